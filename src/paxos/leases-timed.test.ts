import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import type { Item } from './entry.ts';
import { Leases } from './leases.ts';
import { Sessions } from './sessions.ts';
import { aContext } from './test-kit.ts';

const DAY_MS = 86_400_000;

test('calls that were woken long before their time is over are forgotten', () => {
  const context = aContext();
  const sessions = new Sessions();
  const proposed: Item[] = [];
  const applied = { sessions, logTime: () => context.now };
  const leases = new Leases(context, applied, (item) => proposed.push(item));
  const { stakes } = sessions;
  leases.advance(true);

  const wait = (sequence: number, timeoutMs: number): void => {
    const name = { session: 1, sequence };
    const cell = { ...name, slot: sequence, reply: undefined };
    stakes.block(name, { cell, since: context.now, timeoutMs, resting: [] });
    leases.advance(true);
  };
  wait(1, 3000);
  for (let sequence = 2; sequence < 20_000; sequence++) {
    wait(sequence, DAY_MS);
    stakes.unblock({ session: 1, sequence });
  }

  ok(leases.timed < 5000, `${leases.timed} are kept`);
  deepEqual(proposed, []);
  context.now += 3000;
  leases.advance(true);
  equal(proposed.length, 1);
  deepEqual(proposed[0], { kind: 'timeout', call: { session: 1, sequence: 1 } });
});
