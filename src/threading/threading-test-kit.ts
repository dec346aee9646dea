import { deepEqual, equal, ok } from 'node:assert/strict';
import { BlockingReturn } from '../object/bundled.ts';
import type { CallerCommand, Place } from '../object/bundled.ts';
import { Roster, setRoster } from '../object/roster.ts';
import type { Changes, Withdrawal } from '../object/roster.ts';

/** How a call of a client ended, or that it waits. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown } | 'waits';

/** One that waits, as its replica sees it. */
interface Parked {
  readonly command: CallerCommand;
  readonly timeoutMs: number | undefined;
}

/**
 * Plays the replica of an object: makes calls of sessions, ends waits, and keeps who was woken with what.
 * After every step, it looks whether what the roster told it agrees with what the roster holds.
 */
export class Replica {
  readonly roster = new Roster();
  readonly sequences = new Map<number, number>();
  /** Calls that wait, by key. */
  readonly parked = new Map<string, Parked>();
  /** Calls that own something, by key, as it was told. */
  readonly owners = new Set<string>();
  readonly outcomes = new Map<string, Outcome>();
  readonly ended = new Set<number>();
  /** Keys of calls in the order in which they were woken. */
  readonly order: string[] = [];
  slot = 0;

  /** The next call of the session. Its command is what the method gets. */
  call(session: number, method: (command: CallerCommand) => unknown): string {
    const sequence = (this.sequences.get(session) ?? 0) + 1;
    this.sequences.set(session, sequence);
    const command = { session, sequence, key: `${session}:${sequence}` };
    this.begin(session, sequence);
    let outcome: Outcome;
    try {
      outcome = { value: method(command) };
    } catch (error) {
      outcome = { error };
      if (error instanceof BlockingReturn) {
        outcome = 'waits';
        this.parked.set(command.key, { command, timeoutMs: error.timeoutMs });
      }
    }
    this.outcomes.set(command.key, outcome);
    this.finish();
    return command.key;
  }

  /** The same, for a call that does not wait: what it returns, or throws. */
  now(session: number, method: (command: CallerCommand) => unknown): unknown {
    const outcome = this.outcomes.get(this.call(session, method));
    if (outcome === undefined || outcome === 'waits') throw new Error('the call waits');
    if ('error' in outcome) throw outcome.error;
    return outcome.value;
  }

  timeOut(key: string): void {
    this.event((command) => this.roster.timeOut(command.session, command.sequence), key);
  }

  /** The caller gives up. */
  withdraw(key: string, undo = false): Withdrawal {
    let became: Withdrawal = 'goes on';
    this.event(({ session, sequence }) => {
      became = this.roster.withdraw(session, sequence, undo);
    }, key);
    if (this.parked.delete(key)) this.outcomes.set(key, { error: 'withdrawn' });
    this.check();
    return became;
  }

  /** Returns the keys of the calls that waited, and of which something stands. */
  endSessions(...sessions: number[]): readonly string[] {
    for (const session of sessions) this.ended.add(session);
    for (const [key, { command }] of this.parked) {
      if (this.ended.has(command.session)) this.parked.delete(key);
    }
    this.begin(0, 0);
    const stands = this.roster.endSessions(new Set(sessions));
    this.finish();
    return stands.map(({ key }) => key);
  }

  waits(key: string): boolean {
    return this.parked.has(key);
  }

  /** What the call was answered with, at once or later. */
  result(key: string): unknown {
    const outcome = this.outcomes.get(key);
    ok(outcome !== undefined && outcome !== 'waits', `${key} has an answer`);
    return 'error' in outcome ? outcome.error : outcome.value;
  }

  event(run: (command: CallerCommand) => void, key: string): void {
    const [session = 0, sequence = 0] = key.split(':').map(Number);
    this.begin(0, 0);
    run({ session, sequence, key });
    this.finish(key);
  }

  begin(session: number, sequence: number): void {
    setRoster(this.roster);
    this.slot++;
    const context = { time: this.slot, seed: 0, session, sequence, slot: this.slot, index: 0 };
    this.roster.begin(context);
  }

  finish(unchecked?: string): void {
    const changes = this.roster.end();
    for (const { command, outcome } of changes.woken) {
      equal(this.parked.delete(command.key), true, `${command.key} is woken while it waits, once`);
      equal(this.ended.has(command.session), false, 'nobody is woken whose session has ended');
      this.outcomes.set(command.key, outcome);
      this.order.push(command.key);
    }
    this.note(changes);
    if (unchecked === undefined) this.check();
  }

  note({ gained, freed }: Changes): void {
    for (const { key, session } of gained) {
      equal(this.ended.has(session), false, 'nothing is given to a session that has ended');
      this.owners.add(key);
    }
    for (const { key } of freed) this.owners.delete(key);
  }

  check(): void {
    const waiting = [...this.roster.waiting.values()].flatMap((all) => [...all.values()]);
    deepEqual(waiting.map(({ command }) => command.key).sort(), [...this.parked.keys()].sort());
    equal(this.roster.count, waiting.length);
    deepEqual(this.owned().sort(), [...this.owners].sort());
    for (const session of [...this.roster.owned.keys(), ...this.roster.waiting.keys()]) {
      equal(this.ended.has(session), false, `session ${session} has ended`);
    }
  }

  /** Keys of the calls that own something, or something of that place. */
  owned(place?: Place): string[] {
    return [...this.roster.owned.values()].flatMap((bySession) =>
      [...bySession]
        .filter(([, all]) => place === undefined || all.some((owned) => owned.place === place))
        .map(([key]) => key),
    );
  }

  /** Keys of the calls that wait in the place, in no order. */
  waitingAt(place: Place): string[] {
    return [...this.roster.waiting.values()].flatMap((bySession) =>
      [...bySession.values()]
        .filter((waiting) => waiting.place === place)
        .map(({ command }) => command.key),
    );
  }
}

/** How many sessions there are at a time, in programs of random steps. */
export const SESSIONS = 4;

/** Sessions that have ended are followed by others. */
export class Lives {
  readonly ended = new Map<number, number>();

  of(place: number): number {
    return place + 10 * (this.ended.get(place) ?? 0);
  }

  /** The numbers of those that end now. */
  end(session: number, together: boolean): readonly number[] {
    const places = together ? [session, (session % SESSIONS) + 1] : [session];
    const sessions = places.map((place) => this.of(place));
    for (const place of places) this.ended.set(place, (this.ended.get(place) ?? 0) + 1);
    return sessions;
  }
}

export function chosenOf<T>(all: Iterable<T>, pick: number): T | undefined {
  const list = [...all];
  return list[pick % Math.max(1, list.length)];
}

export function sessionOf(key: string): number {
  return Number(key.split(':')[0]);
}
