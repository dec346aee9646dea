/**
 * A roster is bundled into the classes of users and never changes in the life of an instance. This plays
 * one of a former version: replicas of that version and of this one must say the same.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../base/index.ts';
import { blocking, Machine, Roster } from '../object/index.ts';
import type { CallContext } from '../object/index.ts';
import { encodeOutcome, readOutcome } from '../paxos/outcome.ts';
import { encodeCommand } from '../wire/index.ts';
import { findBuiltIn } from './registry.ts';

/** It said whether a call is undone, and nothing of what stands. */
class FormerRoster extends Roster {
  override withdraw(session: number, sequence: number, undo: boolean): never {
    return (super.withdraw(session, sequence, undo) !== 'goes on') as never;
  }

  override endSessions(sessions: ReadonlySet<number>): never {
    super.endSessions(sessions);
    return undefined as never;
  }
}

/** One of a version to come, or of a class that has damaged its own. */
class StrangeRoster extends Roster {
  override withdraw(session: number, sequence: number, undo: boolean): never {
    return { became: super.withdraw(session, sequence, undo) } as never;
  }
}

class Calls {
  readonly #machine: Machine;
  #slot = 0;

  constructor(name: string, roster: typeof Roster) {
    const type = present(findBuiltIn(`concoord.object.${name}`), name);
    this.#machine = new Machine({ ...type, blocking: { ...blocking, Roster: roster } });
  }

  call(
    session: number,
    sequence: number,
    method: string,
    args: readonly unknown[] = [],
  ): Uint8Array {
    return this.#machine.apply(encodeCommand(method, args), this.#context(session, sequence));
  }

  withdraw(session: number, sequence: number): Uint8Array {
    return this.#event(session, sequence, { kind: 'withdrawn', undo: true });
  }

  end(session: number): Uint8Array {
    return this.#event(session, 0, { kind: 'ended', sessions: [session] });
  }

  #event(session: number, sequence: number, event: CallContext['event']): Uint8Array {
    const context = { ...this.#context(session, sequence), ...(event && { event }) };
    return this.#machine.apply(new Uint8Array(0), context);
  }

  #context(session: number, sequence: number): CallContext {
    const slot = ++this.#slot;
    return { time: slot, seed: 0, session, sequence, slot, index: 0 };
  }
}

const NOBODY = { woken: [], gained: [], freed: [] };
const UNDONE = encodeOutcome({ ...NOBODY, gaveUp: 'undone' });

test('who gives up waiting for a lock of a former roster is undone, byte for byte', () => {
  const calls = new Calls('lock.Lock', FormerRoster);
  calls.call(1, 1, 'acquire');
  calls.call(2, 1, 'acquire');

  deepEqual(calls.withdraw(2, 1), UNDONE);
  deepEqual(calls.withdraw(2, 1), new Uint8Array(0), 'there is nothing to undo any more');
});

test('what was given by a former roster goes back to who waits', () => {
  const calls = new Calls('lock.Lock', FormerRoster);
  calls.call(1, 1, 'acquire');

  const freed = [{ session: 1, sequence: 1 }];
  deepEqual(calls.withdraw(1, 1), encodeOutcome({ ...NOBODY, freed, gaveUp: 'undone' }));
});

test('who gives up at a condition of a former roster is undone there, as it always was', () => {
  const calls = new Calls('condition.Condition', FormerRoster);
  calls.call(1, 1, 'acquire');
  calls.call(1, 2, 'wait');

  deepEqual(calls.withdraw(1, 2), UNDONE);
});

test('of whose session ends at a condition a former roster says nothing, as it always did', () => {
  const calls = new Calls('condition.Condition', FormerRoster);
  calls.call(1, 1, 'acquire');
  calls.call(1, 2, 'wait');

  deepEqual(calls.end(1), new Uint8Array(0));
});

test('whoever waits when the object is replaced hears so, whatever the roster says', () => {
  const calls = new Calls('lock.Lock', FormerRoster);
  calls.call(1, 1, 'acquire');
  calls.call(2, 1, 'acquire');

  const told = readOutcome(calls.call(3, 1, '__concoordinit__'));

  deepEqual(
    told?.woken.map(({ session, sequence }) => [session, sequence]),
    [[2, 1]],
  );
  deepEqual([told?.freed, told?.stands], [[{ session: 1, sequence: 1 }], undefined]);
});

test('an operator who ends a call that has ended hears so, whatever the roster says', () => {
  for (const roster of [FormerRoster, StrangeRoster]) {
    const calls = new Calls('lock.Lock', roster);
    calls.call(1, 1, 'acquire');
    calls.call(1, 2, 'release');
    const result = calls.call(2, 1, '__end__', [1, 1]);
    deepEqual(result, new Calls('lock.Lock', Roster).call(2, 1, '__end__', [1, 1]));
  }
});

test('what nobody can read makes nobody wait for ever: the call goes on', () => {
  const calls = new Calls('lock.Lock', StrangeRoster);
  calls.call(1, 1, 'acquire');
  calls.call(2, 1, 'acquire');

  equal(calls.withdraw(2, 1).length, 0);
});
