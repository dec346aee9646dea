import { Token } from '../auth/index.ts';
import { ConCoordError, limits } from '../base/index.ts';
import { isServerAddress } from '../naming/index.ts';
import type { Consistency } from '../session/index.ts';

/** Options of a proxy. All are optional. */
export interface ProxyOptions {
  /** How long a call may take before it fails with `TIMEOUT` (ms). Default 60 000; Infinity for ever. */
  readonly timeoutMs?: number | undefined;
  /** How long a call waits for a majority before it fails with `NO_QUORUM` (ms). Default 9000. */
  readonly quorumTimeoutMs?: number | undefined;
  /**
   * How long what this program owns, a lock for one, outlasts the last sign of it (ms). Default 10 000; from
   * 1000 to a day. Whoever waits for a program that has died waits as long.
   */
  readonly leaseMs?: number | undefined;
  /** The name server that is asked for names and domains before the system is: `addr:port`. */
  readonly dns?: string | undefined;
  /** Closes the proxy when it is aborted; calls under way fail with its reason as their cause. */
  readonly signal?: AbortSignal | undefined;
  /** The token of the instance, where it has one. Default: that of the variable CONCOORD_TOKEN, if any. */
  readonly token?: string | undefined;
  /** Not yet: refused with `UNSUPPORTED`. Connects by TLS. */
  readonly tls?: TlsOptions | undefined;
}

/** PEM, as for `tls.connect`. */
export interface TlsOptions {
  readonly ca?: string | Uint8Array | undefined;
  readonly cert?: string | Uint8Array | undefined;
  readonly key?: string | Uint8Array | undefined;
  readonly servername?: string | undefined;
}

/** Options of single calls: `counter.with({ timeoutMs: 500 }).increment()`. */
export interface CallOptions {
  /** Gives the call up when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** As in `ProxyOptions`, for these calls. */
  readonly timeoutMs?: number | undefined;
  /**
   * `stale`: methods that change nothing may answer from a replica that is behind, but never from before
   * what this proxy has seen. They work without a majority. Other methods are called as always.
   */
  readonly read?: Consistency | undefined;
  /**
   * Only with `read: 'stale'`: the answer reflects everything that was acknowledged to anybody longer than
   * this before the call was made (ms). 0 is the strictest: everything acknowledged before. It needs a
   * majority, unless the replica has heard of one so recently; else `NO_QUORUM` or `TIMEOUT`.
   */
  readonly maxLagMs?: number | undefined;
  /** Of what this program owns: the call is refused when one with a greater fence has come before. */
  readonly fence?: bigint | undefined;
}

/** How `hold` acquires. */
export interface HoldOptions {
  /** ms to wait for it, 0 for not at all; without, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
  /** Gives up waiting when it is aborted. */
  readonly signal?: AbortSignal | undefined;
  /** Names one of several flows of this program, which are to exclude each other. */
  readonly owner?: string | undefined;
}

/**
 * How the calls of a proxy follow one another. They always take effect in the order in which they were made.
 *
 * - `one-by-one`: the next call leaves when the one before has its result;
 * - `at-once`: calls leave at once, many may be under way; those of one callback leave in one request;
 * - `gathered`: calls wait for the end of the turn of the event loop or for `flush()`, and leave together.
 */
export type CallMode = 'one-by-one' | 'at-once' | 'gathered';

const CALL_MODES: readonly unknown[] = ['one-by-one', 'at-once', 'gathered'] satisfies CallMode[];

/** Options as they hold after validation, with their defaults. */
export interface CallSettings {
  readonly signal: AbortSignal | undefined;
  readonly timeoutMs: number;
  /** The same for a call that waits in the object: only a limit of the call itself ends that. */
  readonly waitMs: number;
  readonly fence: bigint | undefined;
  readonly read: Consistency;
  /** In whole ms. */
  readonly maxLagMs: number | undefined;
}

export interface ProxySettings {
  readonly call: CallSettings;
  readonly quorumTimeoutMs: number | undefined;
  readonly leaseMs: number | undefined;
  readonly dns: string | undefined;
  readonly signal: AbortSignal | undefined;
  readonly token: Token | undefined;
}

export const DEFAULT_TIMEOUT_MS = 60_000;
/** The longest delay of a timer; nobody waits for longer by number. */
const MOST_MS = 2 ** 31 - 1;

/** Units of a text that was given by mistake. */
const MOST_SHOWN = 80;

/** They fit into a signed column of 64 bits. */
const FENCES = 'from 0 to 2 ** 63 - 1';

type Check = (value: unknown, name: string) => void;

const PROXY_CHECKS: Readonly<Record<keyof ProxyOptions, Check>> = {
  timeoutMs: checkDuration,
  quorumTimeoutMs: checkDuration,
  leaseMs: (value, name) => {
    const { MAX_LEASE_MS: most, MIN_LEASE_MS: least } = limits;
    const known =
      Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
    if (!known) refuse(`${name} is a whole number of milliseconds from ${least} to ${most}`, value);
  },
  dns: checkDns,
  signal: checkSignal,
  // Whatever it is, it is not shown.
  token: (value, name) => {
    if (typeof value !== 'string' || value === '') refuse(`${name} is a string that is not empty`);
  },
  tls: (value, name) => {
    checkOptions(value, TLS_CHECKS, name);
    refuseLater(name, 'TLS');
  },
};

const TLS_CHECKS: Readonly<Record<keyof TlsOptions, Check>> = {
  ca: checkPem,
  cert: checkPem,
  key: checkPem,
  servername: (value, name) => {
    if (typeof value !== 'string') refuse(`${name} is a string`, value);
  },
};

const CALL_CHECKS: Readonly<Record<keyof CallOptions, Check>> = {
  signal: checkSignal,
  timeoutMs: checkDuration,
  read: (value, name) => {
    if (value !== 'stale' && value !== 'linearizable')
      refuse(`${name} is 'linearizable' or 'stale'`, value);
  },
  maxLagMs: (value, name) => {
    const known = typeof value === 'number' && value >= 0 && value < Infinity;
    if (!known) refuse(`${name} is a number of milliseconds, 0 or more`, value);
  },
  fence: (value, name) => {
    const known = typeof value === 'bigint' && value >= 0n && value < 1n << 63n;
    if (!known) refuse(`${name} is the fence of something that is held, a bigint ${FENCES}`, value);
  },
};

/** @throws ConCoordError `INVALID_ARGUMENT`, or `UNSUPPORTED` for what a later version brings. */
export function readProxyOptions(options: unknown): ProxySettings {
  checkOptions(options ?? {}, PROXY_CHECKS, 'options');
  const given = (options ?? {}) as ProxyOptions;
  const { timeoutMs, quorumTimeoutMs, leaseMs, dns, signal, token } = given;
  const secret = token ?? process.env['CONCOORD_TOKEN'] ?? '';
  return {
    call: {
      signal: undefined,
      timeoutMs: timeoutMs ?? DEFAULT_TIMEOUT_MS,
      waitMs: Infinity,
      fence: undefined,
      read: 'linearizable',
      maxLagMs: undefined,
    },
    quorumTimeoutMs,
    leaseMs,
    dns,
    signal,
    token: secret === '' ? undefined : new Token(secret),
  };
}

const HOLD_CHECKS: Readonly<Record<keyof HoldOptions, Check>> = {
  signal: checkSignal,
  timeoutMs: (value, name) => {
    const known = typeof value === 'number' && value >= 0;
    if (!known) refuse(`${name} is a number of milliseconds, 0 or more`, value);
  },
  owner: (value, name) => {
    if (typeof value !== 'string' || value === '') refuse(`${name} is a string that is not empty`);
  },
};

/** @throws ConCoordError `INVALID_ARGUMENT`. */
export function readHoldOptions(options: unknown): HoldOptions {
  // Null is no options, as for the methods of objects: it may have been meant to say something.
  const given = options === undefined ? {} : options;
  checkOptions(given, HOLD_CHECKS, 'options');
  const { owner, signal, timeoutMs } = given as HoldOptions;
  return { owner, signal, timeoutMs: timeoutMs === Infinity ? undefined : timeoutMs };
}

/** @throws ConCoordError `INVALID_ARGUMENT`. */
export function readCallMode(mode: unknown): CallMode {
  if (!CALL_MODES.includes(mode)) refuse(`a mode is one of ${CALL_MODES.join(', ')}`, mode);
  return mode as CallMode;
}

/** What is not given stays as it was. @throws as `readProxyOptions`. */
export function readCallOptions(options: unknown, before: CallSettings): CallSettings {
  checkOptions(options, CALL_CHECKS, 'options');
  const { fence, maxLagMs, read = before.read, signal, timeoutMs } = options as CallOptions;
  if (maxLagMs !== undefined && read !== 'stale') {
    const message =
      "maxLagMs says how old a stale read may be, and this view's reads are not stale";
    throw new ConCoordError('INVALID_ARGUMENT', message, {
      remedy: "Give it together with read: 'stale', or leave it out.",
    });
  }
  return {
    signal: signal ?? before.signal,
    timeoutMs: timeoutMs ?? before.timeoutMs,
    waitMs: timeoutMs ?? before.waitMs,
    fence: fence ?? before.fence,
    read,
    maxLagMs: read === 'stale' ? wholeLag(maxLagMs ?? before.maxLagMs) : undefined,
  };
}

/** Rounded to the stricter side; nobody waits for longer by number. */
function wholeLag(maxLagMs: number | undefined): number | undefined {
  return maxLagMs === undefined ? undefined : Math.min(Math.floor(maxLagMs), MOST_MS);
}

/** Unknown names are refused: an option that is misspelt would silently do nothing. */
function checkOptions(value: unknown, checks: Readonly<Record<string, Check>>, name: string): void {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    refuse(`${name} is an object`, value);
  }
  for (const [key, option] of Object.entries(value)) {
    const check = Object.hasOwn(checks, key) ? checks[key] : undefined;
    if (check === undefined)
      refuse(`${name} has no '${key}', only ${Object.keys(checks).join(', ')}`);
    if (option !== undefined) check(option, key);
  }
}

function checkDuration(value: unknown, name: string): void {
  const known =
    typeof value === 'number' && (value === Infinity || (value > 0 && value <= MOST_MS));
  if (!known)
    refuse(`${name} is a number of milliseconds above 0, at most ${MOST_MS}, or Infinity`, value);
}

function checkSignal(value: unknown, name: string): void {
  if (!(value instanceof AbortSignal)) refuse(`${name} is an AbortSignal`, value);
}

function checkDns(value: unknown, name: string): void {
  if (typeof value !== 'string' || !isServerAddress(value)) {
    refuse(`${name} is the address of a name server, such as '127.0.0.1:53' or '[::1]:53'`, value);
  }
}

function checkPem(value: unknown, name: string): void {
  if (typeof value !== 'string' && !(value instanceof Uint8Array))
    refuse(`${name} is PEM text`, value);
}

/** @param value What was given instead. */
function refuse(rule: string, ...value: readonly [] | readonly [unknown]): never {
  const instead = value.length === 0 ? '' : `, not ${show(value[0])}`;
  throw new ConCoordError('INVALID_ARGUMENT', rule + instead);
}

/** Never by a method of the value: it may be anything. */
function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, MOST_SHOWN));
  if (typeof value === 'number' || typeof value === 'boolean' || value === undefined) {
    return String(value);
  }
  if (value === null) return 'null';
  if (typeof value === 'bigint') {
    const digits = String(value);
    return digits.length > MOST_SHOWN ? `${digits.slice(0, MOST_SHOWN)}…` : `${digits}n`;
  }
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function refuseLater(name: string, what: string): never {
  throw new ConCoordError(
    'UNSUPPORTED',
    `the option ${name} is there for ${what} of a later version`,
    {
      remedy: `Leave ${name} out; this version does not have ${what} yet.`,
    },
  );
}
