/**
 * The catalog of everything that can go wrong for a user: stable code, remedy, and whether a repetition can
 * help. docs/errors.md explains each code; a test holds the two together.
 */
export const ERROR_CATALOG = {
  ABORTED: {
    retry: 'no',
    remedy: 'The caller aborted the call; ask outcome() if it matters whether it ran.',
  },
  ADDRESS_IN_USE: {
    retry: 'no',
    remedy: 'Choose another port with -p, or stop the process that has this one.',
  },
  BLOCKED: {
    retry: 'yes',
    remedy: 'Use another proxy for this call, or one of type 1, which makes many calls at once.',
  },
  BOOTSTRAP_UNREACHABLE: {
    retry: 'yes',
    remedy: 'Start a member at one of the bootstrap addresses, or correct -b.',
  },
  BUDGET_EXCEEDED: {
    retry: 'no',
    remedy: 'Do less in one call: split the work over several, or keep it in a better structure.',
  },
  CLOSED: { retry: 'no', remedy: 'The proxy was closed; create a new one.' },
  CODE_MISMATCH: {
    retry: 'no',
    remedy: 'Start the replica with the same object, or without -o to receive it.',
  },
  CONNECTION: {
    retry: 'yes',
    remedy: 'Check the connection string and that a replica listens there.',
  },
  CORRUPT_DATA: {
    retry: 'no',
    remedy: 'Move the directory away and start with -b: the replica rejoins as a new member.',
  },
  DATA_DIRECTORY: { retry: 'no', remedy: 'Name the directory of this replica with --data-dir.' },
  DATA_DIRECTORY_LOCKED: {
    retry: 'no',
    remedy: 'Stop the other process, or choose another --data-dir.',
  },
  DISK_FULL: {
    retry: 'yes',
    remedy: 'Make space on the disk of the replica; it resumes by itself.',
  },
  DIVERGED: {
    retry: 'no',
    remedy: 'Replicas computed different states: keep them and report the object.',
  },
  ENGINE_MISMATCH: {
    retry: 'no',
    remedy: 'Run replicas on JavaScript engines that compute alike.',
  },
  INSTANCE_EXISTS: {
    retry: 'no',
    remedy: 'Start with -b and the named addresses to join that instance.',
  },
  INSTANCE_MISMATCH: {
    retry: 'no',
    remedy: 'The addresses belong to different instances; correct the connection string.',
  },
  INVALID_ARGUMENT: { retry: 'no', remedy: 'Correct the argument that the message names.' },
  INVALID_CLASS: { retry: 'no', remedy: 'Change the class as the message says, or its name.' },
  INVALID_STATE: {
    retry: 'no',
    remedy: 'Keep data in fields, and functions in methods or at the top of the module.',
  },
  INVALID_VALUE: {
    retry: 'no',
    remedy: 'Send plain data; the message has the path to the offending value.',
  },
  NO_QUORUM: {
    retry: 'yes',
    remedy: 'Start or reach enough replicas for a majority of the view (of two members, both).',
  },
  LEASE_EXPIRED: {
    retry: 'yes',
    remedy: 'Call again: the replicas had not heard of this program for longer than its lease.',
  },
  NO_SUCH_METHOD: {
    retry: 'no',
    remedy: 'Generate the proxy from the class that the replicas run.',
  },
  NOT_A_MEMBER: {
    retry: 'no',
    remedy: 'Move the directory away, if there is one, and start with -b to join as a new member.',
  },
  OBJECT_REPLACED: {
    retry: 'yes',
    remedy: 'Call again: the object is another one now, where nobody owns anything yet.',
  },
  OVERLOADED: {
    retry: 'yes',
    remedy: 'Slow down, or wait: the instance is at a limit that the message names.',
  },
  PORT_FORBIDDEN: {
    retry: 'no',
    remedy: 'Choose a port above 1023, or allow this process the lower ones.',
  },
  PROTOCOL: { retry: 'no', remedy: 'Use the same version of the library on both sides.' },
  REMOTE_NODE: {
    retry: 'yes',
    remedy: 'Mend what the message names on that machine, and run the same command again.',
  },
  RESULT_GONE: {
    retry: 'no',
    remedy: 'The call took effect, once: do not repeat it, look at the state of the object.',
  },
  ROUTE53: {
    retry: 'no',
    remedy: 'Correct the credentials, or the hosted zone, that the message names.',
  },
  SESSION_EXPIRED: {
    retry: 'no',
    remedy: 'Ask outcome() for calls that were under way; new calls use a new session.',
  },
  SETTINGS: { retry: 'no', remedy: 'Correct the file that the message names, or move it away.' },
  STALE_FENCE: {
    retry: 'no',
    remedy: 'Stop: somebody else has owned what this fence is of since. Acquire it again.',
  },
  STALE_DIRECTORY: {
    retry: 'no',
    remedy: 'This directory is a copy or was put back: start with -b and an empty directory.',
  },
  TIMEOUT: { retry: 'no', remedy: 'Ask outcome() whether the call ran, or raise timeoutMs.' },
  TOO_LARGE: {
    retry: 'no',
    remedy: 'Keep arguments, results and state within the limits in the message.',
  },
  UNAUTHORIZED: {
    retry: 'no',
    remedy:
      'Give the token of the instance: --token-file, CONCOORD_TOKEN, or the option token of a proxy.',
  },
  UNSAFE_CHANGE: {
    retry: 'no',
    remedy: 'Restore enough members first, or use --force and accept the stated risk.',
  },
  UNSUPPORTED: {
    retry: 'no',
    remedy: 'Leave it out for now: this version does not have it yet.',
  },
  VERSION_MISMATCH: {
    retry: 'no',
    remedy: 'Upgrade the older side; neighbouring versions work together.',
  },
} as const satisfies Record<string, { readonly retry: 'yes' | 'no'; readonly remedy: string }>;

export type ErrorCode = keyof typeof ERROR_CATALOG;

/** What is known of a call that failed: it had no effect, only its result is lost, or nobody can tell yet. */
export type Outcome = 'not-applied' | 'applied' | 'unknown';

export interface ErrorDetails {
  readonly cause?: unknown;
  readonly outcome?: Outcome;
  /** Names the call for `outcome(proxy, requestId)`. */
  readonly requestId?: string;
  /** Replaces the catalog's remedy where the facts allow a better one. */
  readonly remedy?: string;
  /** Replaces the catalog's word where the facts allow a better one. */
  readonly retryable?: boolean;
}

/** Every error of the library itself. What the object throws arrives as what it threw. */
export class ConCoordError extends Error {
  override readonly name: string = 'ConCoordError';
  /** Which error this is: stable, and explained in docs/errors.md. */
  readonly code: ErrorCode;
  /** What to do about it: a sentence for people. */
  readonly remedy: string;
  /** The same call can succeed later without any change, once the cause is gone. */
  readonly retryable: boolean;
  /**
   * Of a call: `not-applied` when it had no effect and never will, `applied` when it took effect and only its
   * result is lost, `unknown` when only the log can tell.
   */
  readonly outcome: Outcome | undefined;
  /** Of a call whose outcome is unknown: what `outcome(proxy, requestId)` takes. */
  readonly requestId: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = details.remedy ?? ERROR_CATALOG[code].remedy;
    this.retryable = details.retryable ?? ERROR_CATALOG[code].retry === 'yes';
    this.outcome = details.outcome;
    this.requestId = details.requestId;
  }
}

/** The connection string is malformed. */
export class ConnectionError extends ConCoordError {
  override readonly name = 'ConnectionError';

  constructor(message: string, details: ErrorDetails = {}) {
    super('CONNECTION', message, details);
  }
}
