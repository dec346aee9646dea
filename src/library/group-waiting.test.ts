/** Who waits for the next epoch of a group. */
import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { present } from '../base/index.ts';
import { Machine, reviveByName } from '../object/index.ts';
import type { CallContext } from '../object/index.ts';
import { readOutcome } from '../paxos/outcome.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import type { MeshMembership } from './meshmembership.ts';
import { findBuiltIn } from './registry.ts';

class Groups {
  readonly #machine: Machine;
  #slot = 0;
  /** What waiting callers got, by session. */
  woken: unknown[] = [];

  constructor() {
    const type = present(findBuiltIn('concoord.object.meshmembership.MeshMembership'), 'the type');
    this.#machine = new Machine(type);
    this.call(0, 'add_group', 'g', 0);
  }

  call(session: number, method: string, ...args: unknown[]): unknown {
    return this.#apply(encodeCommand(method, args), { session });
  }

  /** What becomes of the call of a session that waits. */
  event(session: number, event: NonNullable<CallContext['event']>): void {
    this.#apply(new Uint8Array(), { session, event });
  }

  move(): void {
    const state = this.#machine.capture();
    this.#machine.restore(state);
    deepEqual(this.#machine.capture(), state);
  }

  get waiters(): number {
    const { groups } = this.#machine.object as MeshMembership;
    return [...groups.values()].reduce((sum, { waiters }) => sum + waiters.length, 0);
  }

  /** Each session calls once while it waits: its calls have one number. */
  #apply(command: Uint8Array, given: Pick<CallContext, 'session' | 'event'>): unknown {
    this.#slot += 1;
    const context = {
      time: this.#slot,
      seed: 0,
      sequence: 1,
      slot: this.#slot,
      index: 0,
      ...given,
    };
    const bytes = this.#machine.apply(command, context);
    const outcome = readOutcome(bytes);
    for (const { session, result } of outcome?.woken ?? []) {
      this.woken.push([session, valueOf(result)]);
    }
    if (outcome?.waitsMs !== undefined) return 'waits';
    const result = outcome === undefined ? bytes : outcome.result;
    return result === undefined || result.length === 0 ? undefined : valueOf(result);
  }
}

function valueOf(bytes: Uint8Array): unknown {
  const result = decodeResult(bytes, reviveByName);
  if (result.kind === 'returned') return result.value;
  return result.kind === 'thrown' ? `${result.name}: ${result.message}` : result.kind;
}

test('whoever waits is told of the next epoch, once', () => {
  const groups = new Groups();
  equal(groups.call(1, 'wait', 'g'), 'waits');
  equal(groups.call(2, 'wait', 'g', 1, { timeoutMs: 1000 }), 'waits');
  groups.move();
  groups.call(3, 'approve_join', 'g', 'a', 0);
  deepEqual(groups.woken, [], 'an epoch that is gone changes nothing');

  deepEqual(groups.call(3, 'approve_join', 'g', 'a', 1), [true, 2]);
  const told = [['a'], 2];
  deepEqual(groups.woken, [
    [1, told],
    [2, told],
  ]);
  groups.call(3, 'approve_join', 'g', 'b', 2);
  equal(groups.woken.length, 2);
});

test('who knows an older epoch does not wait', () => {
  const groups = new Groups();
  groups.call(3, 'approve_join', 'g', 'a', 1);

  deepEqual(groups.call(1, 'wait', 'g', 1), [['a'], 2]);
  equal(groups.call(1, 'wait', 'g', 2), 'waits');
  groups.call(3, 'notify_failure', 'g', 2, 'a');
  deepEqual(groups.woken, [[1, [[], 3]]]);
});

test('who has given up is not told, and who is out of time gets false', () => {
  const groups = new Groups();
  for (const session of [1, 2, 3]) groups.call(session, 'wait', 'g', undefined, { timeoutMs: 5 });
  groups.event(1, { kind: 'timedOut' });
  groups.event(2, { kind: 'withdrawn', undo: false });
  deepEqual(groups.woken, [[1, false]]);
  groups.event(0, { kind: 'ended', sessions: [3] });

  groups.call(9, 'approve_join', 'g', 'a', 1);
  deepEqual(groups.woken, [[1, false]]);
});

test('those who wait for a group that ends are told so', () => {
  const groups = new Groups();
  groups.call(1, 'wait', 'g');
  groups.call(2, 'remove_group', 'g');

  deepEqual(groups.woken, [[1, 'KeyError: g']]);
  equal(groups.call(1, 'wait', 'g'), 'KeyError: g');
});

test('those who gave up do not pile up', () => {
  const groups = new Groups();
  for (let session = 1; session <= 1000; session++) {
    groups.call(session, 'wait', 'g');
    groups.event(session, { kind: 'withdrawn', undo: false });
  }
  equal(groups.waiters <= 64, true, `${groups.waiters} are kept`);
});

test('wrong arguments are refused before anybody waits', () => {
  const groups = new Groups();

  for (const timeoutMs of [0, -1, 0.5, NaN]) {
    const refused = String(groups.call(1, 'wait', 'g', 1, { timeoutMs }));
    equal(refused.split(':')[0], 'RangeError');
  }
  const mistyped = [{ timeout: 5 }, [5], 5, { timeoutMs: '5' }].map((options) => ['g', 1, options]);
  for (const args of [['g', '1'], [7], ...mistyped]) {
    equal(String(groups.call(1, 'wait', ...args)).split(':')[0], 'TypeError');
  }
  equal(groups.waiters, 0);
});
