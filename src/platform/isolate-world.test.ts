import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { realmText } from '../loading/realm-text.ts';
import type { Command } from '../paxos/index.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { isolateWorlds } from './isolate-world.ts';
import { TestInbox, unexpected } from './test-kit.ts';
import { WorldExecutor } from '../worlds/index.ts';

/** `slow` does what no meter sees, and never ends. */
const CODE = `class Sum {
  constructor() { this.sum = 0; }
  add(n) { return this.sum += n; }
  slow() { for (;;) this.sum++; }
}
return { Sum };`;

const manifest = {
  name: 'test.Sum',
  exported: 'Sum',
  methods: ['add', 'slow'].map((name) => ({ name, read: false })),
};

function commands(...calls: readonly (readonly [method: string, ...args: unknown[]])[]): Command[] {
  const log = { slot: 7, time: 1000, seed: 3, session: 1 };
  return calls.map(([method, ...args], index) => {
    return { ...log, index, sequence: index + 1, bytes: encodeCommand(method, args) };
  });
}

test('a watchdog in an isolate bites at one call, and leaves the state before it', async (t) => {
  const inbox = new TestInbox();
  const warnings: string[] = [];
  const make = await isolateWorlds({
    realm: await realmText(),
    code: CODE,
    manifest,
    patienceMs: 200,
  });
  const executor = new WorldExecutor({
    make,
    inbox,
    logger: { warn: (line) => void warnings.push(line) },
    now: () => 0,
    fatal: unexpected,
  });
  t.after(() => executor.close());
  await executor.begin(undefined);
  executor.execute(7, commands(['add', 1], ['slow'], ['add', 2]));

  const stuck = await inbox.take('stuck');
  deepEqual([stuck.slot, stuck.index], [7, 1]);
  const [, ...rest] = commands(['add', 1], ['slow'], ['add', 2]);
  executor.execute(
    7,
    rest.map((one, at) => (at === 0 ? { ...one, skipped: true } : one)),
  );
  const executed = await inbox.take('executed');
  const results = [...stuck.results, ...executed.results];

  const [first, skipped, last] = results.map((result) => decodeResult(result));
  deepEqual(first, { kind: 'returned', value: 1 });
  equal(skipped?.kind === 'refused' && skipped.code, 'BUDGET_EXCEEDED');
  deepEqual(last, { kind: 'returned', value: 3 });
  equal(warnings.length > 0 && /timed out/.test(warnings.join()), true);
});
