import { RuntimeError } from './error-classes.ts';
import type { CallContext, CallerCommand } from './type.ts';

/** Calls that may wait in one object. */
export const MAX_WAITING = 100_000;

/** What becomes of those who wait for something or own it: a lock, for one. */
export interface Place {
  /**
   * The caller waits here no more, and receives nothing: it gave up, or its session has ended. Returns
   * whether something stands that its call has done: it gave up a lock, or breaks a barrier.
   */
  withdraw(command: CallerCommand): boolean;
  /** Its time is over: it is to be woken, here or later, or goes on waiting elsewhere. */
  timeOut(command: CallerCommand): void;
  /** Whatever was owned by this call is free again, as if it had never been given. */
  forfeit(command: CallerCommand): void;
  /**
   * What the call with this key had acquired does not come back when `waiting` ends, as a condition gives a
   * lock back. False when it would not, or when nothing else would.
   */
  renounce?(waiting: CallerCommand, key: string): boolean;
  /** For people: the text of `__repr__()`. */
  __repr__(): string;
}

/**
 * What became of a call whose caller gave up: `undone` when it has no effect, since it waited, or owned what
 * is free now; `ended` when it waits no more, and what it had done stands.
 */
export type Withdrawal = 'undone' | 'ended' | 'goes on';

/** A call that waits. */
export interface Waiting {
  readonly command: CallerCommand;
  /** Undefined when the object of the user keeps the command itself. */
  place: Place | undefined;
  readonly otherwise: unknown;
}

/** What a call owns in one place. The pair grows with every grant: it is what a fence is made of. */
export interface Owned {
  readonly command: CallerCommand;
  readonly place: Place;
  readonly slot: number;
  readonly index: number;
}

/** The call under way. */
export interface UnderWay extends CallContext {
  /** A method that runs in the middle of it and must not wait, as messages name it: a predicate, for one. */
  readonly inside?: string;
}

/** A caller that does not wait any more, and with what it is woken. */
export interface Wake {
  readonly command: CallerCommand;
  readonly outcome: { readonly value: unknown } | { readonly error: unknown };
}

/** What became of others by a call, or an event: told to the replica when it is over. */
export interface Changes {
  readonly woken: readonly Wake[];
  /** Calls that own something since. */
  readonly gained: readonly CallerCommand[];
  /** Calls that own nothing any more. */
  readonly freed: readonly CallerCommand[];
}

/**
 * Who waits in an object, and which calls own what of it. It is part of the state. Every grant and every
 * wake-up goes through here, so that nothing is ever given to a caller that is gone.
 *
 * Fields are plain: the roster is captured with the object.
 */
export class Roster {
  /** By session and sequence number. */
  readonly waiting = new Map<number, Map<number, Waiting>>();
  /** How many calls wait. */
  count = 0;
  /** By session, and in each by the key of the command: in most cases one place. */
  readonly owned = new Map<number, Map<string, Owned[]>>();
  context: UnderWay | undefined;
  woken: Wake[] = [];
  gained: CallerCommand[] = [];
  freed: CallerCommand[] = [];

  begin(context: CallContext): void {
    this.context = context;
  }

  /** The end of a call or an event: what it changed for others, as it is now. */
  end(): Changes {
    const { woken, gained, freed } = this;
    this.context = undefined;
    if (woken.length > 0) this.woken = [];
    if (gained.length > 0) this.gained = [];
    if (freed.length > 0) this.freed = [];
    return { woken, gained: this.whoOwn(gained, true), freed: this.whoOwn(freed, false) };
  }

  /** In one call, something can be given and taken back again, also more than once. */
  whoOwn(commands: readonly CallerCommand[], something: boolean): readonly CallerCommand[] {
    if (commands.length === 0) return commands;
    const found = new Map<string, CallerCommand>();
    for (const command of commands) {
      if ((this.first(command) !== undefined) === something) found.set(command.key, command);
    }
    return [...found.values()];
  }

  /** The call under way. Throws `RuntimeError` where there is none: in a constructor. */
  get caller(): CallerCommand {
    if (this.context === undefined) throw new RuntimeError('only a call of a client can do this');
    const { session, sequence } = this.context;
    return commandOf(session, sequence);
  }

  /** Lets the call under way wait. Its method must throw `BlockingReturn` then. */
  park(place: Place | undefined, otherwise: unknown): CallerCommand {
    const command = this.caller;
    const inside = this.context?.inside;
    // Here, since nobody gives up a lock, or breaks a barrier, before it waits.
    if (inside !== undefined) {
      throw new RuntimeError(`${inside} can neither wait nor wake others`);
    }
    let ofSession = this.waiting.get(command.session);
    if (ofSession?.has(command.sequence) === true) {
      throw new RuntimeError('this call waits already');
    }
    if (this.count >= MAX_WAITING) throw new RuntimeError(`${MAX_WAITING} calls wait already`);
    if (ofSession === undefined) this.waiting.set(command.session, (ofSession = new Map()));
    ofSession.set(command.sequence, { command, place, otherwise });
    this.count++;
    return command;
  }

  isWaiting(command: CallerCommand): boolean {
    return this.findWaiting(command) !== undefined;
  }

  findWaiting({ session, sequence }: CallerCommand): Waiting | undefined {
    return this.waiting.get(session)?.get(sequence);
  }

  /** It waits no more. */
  leave({ session, sequence }: CallerCommand): void {
    const ofSession = this.waiting.get(session);
    if (ofSession?.delete(sequence) !== true) return;
    this.count--;
    if (ofSession.size === 0) this.waiting.delete(session);
  }

  /** It goes on waiting, in another place. */
  move(command: CallerCommand, place: Place): void {
    const waiting = this.findWaiting(command);
    if (waiting !== undefined) waiting.place = place;
  }

  /** Gives a waiting caller what it waits for; false when it waits no more. */
  wake(command: CallerCommand, value: unknown): boolean {
    return this.release(command, { value });
  }

  /** The same with an error. */
  fail(command: CallerCommand, error: unknown): boolean {
    return this.release(command, { error });
  }

  release(command: CallerCommand, outcome: Wake['outcome']): boolean {
    const waiting = this.findWaiting(command);
    if (waiting === undefined) return false;
    this.leave(command);
    this.woken.push({ command: waiting.command, outcome });
    return true;
  }

  /**
   * Notes that a call owns something in a place.
   *
   * @param as Another call of the same owner, which owns it already: both have the same fence.
   */
  own(command: CallerCommand, place: Place, as?: CallerCommand): void {
    const like = as === undefined ? undefined : this.find(as, place);
    const { slot, index } = like ?? this.context ?? { slot: 0, index: 0 };
    let ofSession = this.owned.get(command.session);
    if (ofSession === undefined) this.owned.set(command.session, (ofSession = new Map()));
    const all = ofSession.get(command.key);
    const owned = { command, place, slot, index };
    if (all !== undefined) return void all.push(owned);
    ofSession.set(command.key, [owned]);
    this.gained.push(command);
  }

  /** It owns nothing there any more. */
  disown(command: CallerCommand, place: Place): void {
    const ofSession = this.owned.get(command.session);
    const all = ofSession?.get(command.key);
    const at = all?.findIndex((owned) => owned.place === place) ?? -1;
    if (ofSession === undefined || all === undefined || at < 0) return;
    all.splice(at, 1);
    if (all.length > 0) return;
    ofSession.delete(command.key);
    if (ofSession.size === 0) this.owned.delete(command.session);
    this.freed.push(command);
  }

  /** What a call owns in a place. */
  find(command: CallerCommand, place: Place): Owned | undefined {
    const all = this.owned.get(command.session)?.get(command.key) ?? [];
    // No function, which the loader would take for one that is kept: `find` is also a name of ours.
    for (const owned of all) if (owned.place === place) return owned;
    return undefined;
  }

  /** The first thing that a call owns, for its fence. */
  first(command: CallerCommand): Owned | undefined {
    return this.owned.get(command.session)?.get(command.key)?.[0];
  }

  /** The time of a waiting call is over. */
  timeOut(session: number, sequence: number): void {
    const waiting = this.waiting.get(session)?.get(sequence);
    if (waiting === undefined) return;
    const { command, place, otherwise } = waiting;
    if (place === undefined) this.wake(command, otherwise);
    else place.timeOut(command);
  }

  /**
   * A caller gave up.
   *
   * @param undo Whether what it was given is taken back, too.
   */
  withdraw(session: number, sequence: number, undo: boolean): Withdrawal {
    const key = keyOf(session, sequence);
    const waiting = this.waiting.get(session)?.get(sequence);
    if (waiting !== undefined) this.leave(waiting.command);
    const stands = waiting?.place?.withdraw(waiting.command) === true;
    // What it was given on the way to where it waits goes back in any case.
    if (waiting === undefined && !undo) return 'goes on';
    const owned = [...(this.owned.get(session)?.get(key) ?? [])];
    for (const { command, place } of owned) this.giveBack(command, place);
    if (waiting !== undefined) return stands ? 'ended' : 'undone';
    return owned.length > 0 || this.renounce(session, key) ? 'undone' : 'goes on';
  }

  /** It has given back what it acquired, for as long as another call of the session waits. */
  renounce(session: number, key: string): boolean {
    for (const { command, place } of this.waiting.get(session)?.values() ?? []) {
      if (place?.renounce?.(command, key) === true) return true;
    }
    return false;
  }

  /**
   * The sessions own nothing any more and wait nowhere. First all of them stop waiting: nothing is handed on
   * from one of them to another. Returns the calls that waited, and of which something stands.
   */
  endSessions(sessions: ReadonlySet<number>): readonly CallerCommand[] {
    const gone: Waiting[] = [];
    for (const session of sessions) gone.push(...(this.waiting.get(session)?.values() ?? []));
    for (const { command } of gone) this.leave(command);
    const stands: CallerCommand[] = [];
    for (const { command, place } of gone) {
      if (place?.withdraw(command) === true) stands.push(command);
    }
    for (const session of sessions) {
      const all = [...(this.owned.get(session)?.values() ?? [])].flat();
      for (const { command, place } of all) this.giveBack(command, place);
    }
    return stands;
  }

  giveBack(command: CallerCommand, place: Place): void {
    place.forfeit(command);
    this.disown(command, place);
  }
}

export function keyOf(session: number, sequence: number): string {
  return `${session}:${sequence}`;
}

export function commandOf(session: number, sequence: number): CallerCommand {
  return { session, sequence, key: keyOf(session, sequence) };
}

/** The roster of the object that is being called. In a bundle, it is a variable of the module. */
let current = /* @__PURE__ */ new Roster();

export function roster(): Roster {
  return current;
}

/** Takes the place of the roster: several objects may live in one process. */
export function setRoster(next: Roster): void {
  current = next;
}
