import type { Attachments } from './attachments.ts';
import type { Context } from './context.ts';
import type { RequestName, SessionNumber } from './entry.ts';
import type { Sessions } from './sessions.ts';

/** For so long, in ms, whoever was woken is expected to call: it need only hear of it, and answer. */
export const EXPECTED_MS = 2;
/** No call stays behind for longer (ms). */
export const PATIENCE_MS = 10;
/** Commands with which callers wait: those of a few objects that are wanted by many. */
const MOST_COMMANDS = 16;
/** Longer ones are not remembered. */
const MOST_BYTES = 64;

/** What the applier tells about calls that wait, and about those that might have. */
export interface Waits {
  /** A call waits in the object. */
  blocked(name: RequestName, command: Uint8Array): void;
  /** A call did not wait. */
  returned(command: Uint8Array): void;
  /** A call of the session waits no more; its reply was told before. */
  woken(session: SessionNumber): void;
}

/**
 * What a leader knows of callers that wait in the object. Whoever was given a lock gives it back soon, and
 * everybody else waits for that; whoever had it before wants it again, and will wait whenever that is
 * decided. So a call that is likely to wait gets no slot of its own, which the next hand-over would stand
 * behind: it stays in the queue while slots are under way and while somebody who was woken is expected to
 * call, and shares the next slot. A wrong guess costs a call some milliseconds; the order of calls is
 * never changed.
 */
export class WaitingCallers implements Waits {
  readonly #context: Context;
  readonly #attached: Attachments;
  readonly #sessions: Sessions;
  /** When they were woken, the earliest first. */
  readonly #woken = new Map<SessionNumber, number>();
  /** With which callers waited last, the latest at the end. */
  readonly #commands = new Set<string>();
  #blocked: RequestName[] = [];

  constructor(context: Context, attached: Attachments, sessions: Sessions) {
    this.#context = context;
    this.#attached = attached;
    this.#sessions = sessions;
  }

  blocked(name: RequestName, command: Uint8Array): void {
    if (this.#attached.of(name.session) === undefined) return;
    this.#blocked.push(name);
    if (command.length > MOST_BYTES) return;
    const key = keyOf(command);
    this.#commands.delete(key);
    this.#commands.add(key);
    const [oldest] = this.#commands;
    if (this.#commands.size > MOST_COMMANDS && oldest !== undefined) this.#commands.delete(oldest);
  }

  returned(command: Uint8Array): void {
    if (this.#mayKnow(command)) this.#commands.delete(keyOf(command));
  }

  woken(session: SessionNumber): void {
    if (this.#attached.of(session) === undefined) return;
    this.#woken.delete(session);
    this.#woken.set(session, this.#context.now);
  }

  /** A session calls. Until when the call may be kept waiting for others (ms); -Infinity when it must not. */
  called(session: SessionNumber, command: Uint8Array | undefined): number {
    this.#woken.delete(session);
    if (command === undefined || !this.#mayKnow(command)) return -Infinity;
    if (!this.#commands.has(keyOf(command))) return -Infinity;
    // It may get the same once more, or give it up in order to wait, and wake somebody by that.
    const owns = this.#sessions.stakes.ownedOf(session).length > 0;
    return owns ? -Infinity : this.#context.now + PATIENCE_MS;
  }

  /** Whether somebody who was woken is expected to call. */
  get expected(): boolean {
    for (const [session, wokenAt] of this.#woken) {
      if (this.#context.now - wokenAt < EXPECTED_MS) return true;
      this.#woken.delete(session);
    }
    return false;
  }

  /** Who has begun to wait since somebody asked; forgets them. */
  takeBlocked(): readonly RequestName[] {
    const blocked = this.#blocked;
    if (blocked.length > 0) this.#blocked = [];
    return blocked;
  }

  clear(): void {
    this.#woken.clear();
    this.#commands.clear();
    this.#blocked = [];
  }

  /** Without an effort for objects in which nobody waits. */
  #mayKnow(command: Uint8Array): boolean {
    return this.#commands.size > 0 && command.length <= MOST_BYTES;
  }
}

function keyOf(command: Uint8Array): string {
  return String.fromCharCode(...command);
}
