import { roster, RuntimeError, ValueError } from '../object/bundled.ts';
import type { CallerCommand } from '../object/bundled.ts';

/** Who owns what is acquired: the session of the call, and a part of the program if it says so. */
export interface OwnerOptions {
  /** Tells flows of one program apart, which share a session: each owns for itself. */
  readonly owner?: string | undefined;
}

export interface AcquireOptions extends OwnerOptions {
  /** False: the call does not wait, and returns false where it would have to. */
  readonly blocking?: boolean | undefined;
  /** ms for which the call waits at most; it returns false then. Without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

export interface WaitOptions extends OwnerOptions {
  /** ms for which the call waits at most. Without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

export interface CountOptions extends OwnerOptions {
  readonly n?: number | undefined;
}

/** What a method of ours was called with. */
export interface Call {
  readonly command: CallerCommand;
  readonly owner: string;
}

export interface WaitingCall extends Call {
  readonly timeoutMs: number | undefined;
}

export interface AcquireCall extends WaitingCall {
  readonly blocking: boolean;
}

export interface CountCall extends Call {
  readonly n: number;
}

/** Longer names of owners are refused: each is kept while its owner waits, or owns. */
const MAX_OWNER_UNITS = 128;

const OWNER_KEYS = ['owner'];
const WAIT_KEYS = ['owner', 'timeoutMs'];
const ACQUIRE_KEYS = ['owner', 'timeoutMs', 'blocking'];
const COUNT_KEYS = ['owner', 'n'];

/** @param conflict Says that a call which does not wait has no time-out. */
export function readAcquire(first: unknown, second: unknown, conflict: string): AcquireCall {
  const { options, command } = split(first, second, ACQUIRE_KEYS);
  const { blocking = true } = options as AcquireOptions;
  if (typeof blocking !== 'boolean') throw new TypeError('blocking is true or false');
  const timeoutMs = readTimeout(options);
  if (!blocking && timeoutMs !== undefined) throw new ValueError(conflict);
  const owner = ownerOf(options, command);
  mustBeUnderWay(command);
  return { command, owner, timeoutMs, blocking: blocking && timeoutMs !== 0 };
}

export function readWait(first: unknown, second: unknown): WaitingCall {
  const { options, command } = split(first, second, WAIT_KEYS);
  const timeoutMs = readTimeout(options);
  const owner = ownerOf(options, command);
  mustBeUnderWay(command);
  return { command, owner, timeoutMs };
}

export function readCall(first: unknown, second: unknown): Call {
  const { options, command } = split(first, second, OWNER_KEYS);
  return { command, owner: ownerOf(options, command) };
}

/**
 * A call with a number: `f(n, command)`, `f({ n, owner }, command)`.
 *
 * @param least What it must be at least; 1 when it is left out.
 */
export function readCount(first: unknown, second: unknown, least: 0 | 1): CountCall {
  const named = typeof first === 'number' ? { n: first } : first;
  const { options, command } = split(named, second, COUNT_KEYS);
  const { n = 1 } = options as CountOptions;
  if (typeof n !== 'number') throw new TypeError(`n is a number, not ${describe(n)}`);
  if (!(n >= least)) throw new ValueError(`n must be ${least === 0 ? 'zero' : 'one'} or more`);
  if (!Number.isSafeInteger(n)) throw new ValueError(`n must be a whole number, not ${n}`);
  return { command, owner: ownerOf(options, command), n };
}

/** @throws ValueError as Python does, TypeError for what is no number. */
export function readTimeout({ timeoutMs }: WaitOptions): number | undefined {
  if (timeoutMs === undefined) return undefined;
  if (typeof timeoutMs !== 'number') {
    throw new TypeError(`timeoutMs is a number of milliseconds, not ${describe(timeoutMs)}`);
  }
  if (timeoutMs >= 0 && timeoutMs <= Number.MAX_SAFE_INTEGER) return timeoutMs;
  if (timeoutMs > 0) throw new ValueError('timeout value is too large: leave it out');
  throw new ValueError('timeout value must be a non-negative number');
}

export function isCommand(value: unknown): value is CallerCommand {
  if (typeof value !== 'object' || value === null) return false;
  const { session, sequence, key } = value as { [name: string]: unknown };
  return typeof session === 'number' && typeof sequence === 'number' && typeof key === 'string';
}

/** @throws TypeError for what is no plain object, or has other fields: a mistyped one would wait for ever. */
export function checkOptions(options: unknown, known: readonly string[]): object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`options are { ${known.join(', ')} }, not ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const name = key.length > 40 ? `${key.slice(0, 40)}…` : key;
    throw new TypeError(`there is no option ${name}: options are { ${known.join(', ')} }`);
  }
  return options;
}

export function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}

/** Either may be left out: `f(options, command)`, `f(command)`, `f(options)`, `f()`. */
function split(
  first: unknown,
  second: unknown,
  known: readonly string[],
): { readonly options: OwnerOptions; readonly command: CallerCommand } {
  const commandFirst = second === undefined && isCommand(first);
  const options = commandFirst || first === undefined ? {} : checkOptions(first, known);
  const command = commandFirst ? first : (second ?? roster().caller);
  if (!isCommand(command)) {
    throw new TypeError('the last argument is a command: what _concoord_command gets');
  }
  return { options, command };
}

function ownerOf({ owner }: OwnerOptions, { session }: CallerCommand): string {
  if (owner === undefined) return String(session);
  if (typeof owner !== 'string') throw new TypeError(`owner is a text, not ${describe(owner)}`);
  if (owner.length === 0 || owner.length > MAX_OWNER_UNITS) {
    throw new ValueError(`owner is a text of 1 to ${MAX_OWNER_UNITS} characters`);
  }
  return `${session}/${owner}`;
}

/** Nobody else can be let wait, and whoever is gone must not be given anything. */
function mustBeUnderWay({ key }: CallerCommand): void {
  if (roster().caller.key === key) return;
  throw new RuntimeError('only the call under way can acquire or wait: this is another command');
}
