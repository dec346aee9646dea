import { checkOptions, describe, roster, RuntimeError, ValueError } from '../object/bundled.ts';
import type { CallerCommand } from '../object/bundled.ts';

/** Who owns what is acquired: the session of the call, and a part of the program if it says so. */
export interface OwnerOptions {
  /** Tells flows of one program apart, which share a session: each owns for itself. */
  readonly owner?: string | undefined;
}

export interface ReleaseOptions extends OwnerOptions {
  /**
   * The key of the call that acquired what is given back, of several that its owner has: `session:sequence`.
   * Without it, that is for the object to say.
   */
  readonly call?: string | undefined;
}

export interface AcquireOptions extends OwnerOptions {
  /** False: the call does not wait, and returns false where it would have to. */
  readonly blocking?: boolean | undefined;
  /** ms for which the call waits at most; it returns false then. Without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

export interface CampaignOptions extends AcquireOptions {
  /** How everybody sees the candidate when it leads: its address, perhaps. Its owner when left out. */
  readonly name?: string | undefined;
}

export interface WaitOptions extends OwnerOptions {
  /** ms for which the call waits at most. Without it, for as long as it takes. */
  readonly timeoutMs?: number | undefined;
}

export interface CountOptions extends OwnerOptions {
  readonly n?: number | undefined;
}

/** What a semaphore is given back: n permits, beginning with those of that call. */
export interface PermitOptions extends CountOptions, ReleaseOptions {}

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

export interface ReleaseCall extends Call {
  /** The key of a call of the same session. */
  readonly of: string | undefined;
}

export interface CampaignCall extends AcquireCall {
  readonly name: string;
}

export interface CountCall extends Call {
  readonly n: number;
}

export interface PermitCall extends CountCall, ReleaseCall {}

/** Longer names of owners are refused: each is kept while its owner waits, or owns. */
const MAX_OWNER_UNITS = 128;

const MOST = Number.MAX_SAFE_INTEGER;

const OWNER_KEYS = ['owner'];
const WAIT_KEYS = ['owner', 'timeoutMs'];
const ACQUIRE_KEYS = ['owner', 'timeoutMs', 'blocking'];
const CAMPAIGN_KEYS = [...ACQUIRE_KEYS, 'name'];
const RELEASE_KEYS = ['owner', 'call'];
const COUNT_KEYS = ['owner', 'n'];
const PERMIT_KEYS = ['owner', 'n', 'call'];

/** @param conflict Says that a call which does not wait has no time-out. */
export function readAcquire(first: unknown, second: unknown, conflict: string): AcquireCall {
  const { options, command } = split(first, second, ACQUIRE_KEYS);
  return acquireCall(options, command, conflict);
}

export function readCampaign(first: unknown, second: unknown): CampaignCall {
  const { options, command } = split(first, second, CAMPAIGN_KEYS);
  const { name } = options as CampaignOptions;
  if (name !== undefined) checkShortText(name, 'name');
  const call = acquireCall(options, command, "can't specify a timeout for a non-blocking call");
  return { ...call, name: name ?? call.owner };
}

function acquireCall(
  options: AcquireOptions,
  command: CallerCommand,
  conflict: string,
): AcquireCall {
  const { blocking = true } = options;
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

export function readRelease(first: unknown, second: unknown): ReleaseCall {
  const { options, command } = split(first, second, RELEASE_KEYS);
  return { command, owner: ownerOf(options, command), of: callOf(options, command) };
}

/**
 * A call with a number: `f(n, command)`, `f({ n, owner }, command)`.
 *
 * @param least What it must be at least; 1 when it is left out.
 */
export function readCount(first: unknown, second: unknown, least: 0 | 1): CountCall {
  const { options, command } = split(named(first, COUNT_KEYS), second, COUNT_KEYS);
  return { command, owner: ownerOf(options, command), n: countOf(options, least) };
}

export function readPermits(first: unknown, second: unknown): PermitCall {
  const { options, command } = split(named(first, PERMIT_KEYS), second, PERMIT_KEYS);
  const n = countOf(options, 1);
  return { command, owner: ownerOf(options, command), of: callOf(options, command), n };
}

/** A number is short for options. What is neither is more likely meant as a number. */
function named(first: unknown, known: readonly string[]): unknown {
  if (typeof first === 'number') return { n: first };
  const isOptions = typeof first === 'object' && first !== null && !Array.isArray(first);
  if (first === undefined || isOptions) return first;
  const options = `options are { ${known.join(', ')} }`;
  throw new TypeError(`n is a number, or ${options}, not ${describe(first)}`);
}

function countOf({ n = 1 }: CountOptions, least: 0 | 1): number {
  return checkWhole(n, 'n', least, `n must be ${least === 0 ? 'zero' : 'one'} or more`);
}

/** @throws ValueError as Python does, TypeError for what is no number. */
export function readTimeout({ timeoutMs }: WaitOptions): number | undefined {
  if (timeoutMs === undefined) return undefined;
  if (typeof timeoutMs !== 'number') {
    throw new TypeError(`timeoutMs is a number of milliseconds, not ${describe(timeoutMs)}`);
  }
  if (timeoutMs >= 0 && timeoutMs <= MOST) return timeoutMs;
  if (timeoutMs > 0) throw new ValueError('timeout value is too large: leave it out');
  throw new ValueError('timeout value must be a non-negative number');
}

export function isCommand(value: unknown): value is CallerCommand {
  if (typeof value !== 'object' || value === null) return false;
  const { session, sequence, key } = value as { [name: string]: unknown };
  return typeof session === 'number' && typeof sequence === 'number' && typeof key === 'string';
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
  checkShortText(owner, 'owner');
  return `${session}/${owner}`;
}

function checkShortText(text: unknown, what: string): void {
  if (typeof text !== 'string') throw new TypeError(`${what} is a text, not ${describe(text)}`);
  if (text.length > 0 && text.length <= MAX_OWNER_UNITS) return;
  throw new ValueError(`${what} is a text of 1 to ${MAX_OWNER_UNITS} characters`);
}

/** @throws ValueError for what is no count of at least 0. */
export function checkCount(value: unknown, what: string): number {
  return checkWhole(value, what, 0, `${what} must be >= 0`);
}

/**
 * @param tooLow Says what it must be at least, for what is a number, but less.
 * @throws ValueError for that, and for what is not whole; TypeError for what is no number.
 */
export function checkWhole(value: unknown, what: string, least: 0 | 1, tooLow: string): number {
  if (typeof value !== 'number') {
    throw new TypeError(`${what} is a number, not ${describe(value)}`);
  }
  if (value < least) throw new ValueError(tooLow);
  if (Number.isSafeInteger(value)) return value;
  const most = value > MOST ? ` of at most ${MOST}` : '';
  throw new ValueError(`${what} must be a whole number${most}, not ${value}`);
}

/** @throws ValueError for a call of somebody else: nobody gives back what another one has. */
function callOf({ call }: ReleaseOptions, { session }: CallerCommand): string | undefined {
  if (call === undefined) return undefined;
  if (typeof call !== 'string') throw new TypeError(`call is a text, not ${describe(call)}`);
  if (!call.startsWith(`${session}:`)) throw new ValueError('call is the key of a call of yours');
  return call;
}

/** Nobody else can be let wait, and whoever is gone must not be given anything. */
function mustBeUnderWay({ key }: CallerCommand): void {
  if (roster().caller.key === key) return;
  throw new RuntimeError('only the call under way can acquire or wait: this is another command');
}
