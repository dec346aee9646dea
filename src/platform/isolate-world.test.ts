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
  text(n) { return 'x'.repeat(n); }
  units(text) { return this.sum += text.length; }
  slow() { for (;;) this.sum++; }
}
return { Sum };`;

const manifest = {
  name: 'test.Sum',
  exported: 'Sum',
  methods: ['add', 'slow', 'text', 'units'].map((name) => ({ name, read: name === 'text' })),
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

test('batches, results and reads of any size cross the border, and the next ones as well', async () => {
  const parts = { realm: await realmText(), code: CODE, manifest, quickMs: 10_000 };
  const make = await isolateWorlds(parts);
  const world = await make(undefined);
  const long = 'y'.repeat(400_000);
  const lists = [
    commands(['add', 1], ['text', 3]),
    commands(['text', 400_000], ['add', 1]),
    commands(['units', long], ['units', long]),
    commands(...Array.from({ length: 20_000 }, () => ['add', 1] as const)),
    commands(['add', 1], ['text', 5]),
  ];
  const sums: unknown[] = [];
  for (const list of lists) {
    const { killed, results } = await world.apply(list, 'quick');
    deepEqual([killed, results.length], [false, list.length]);
    for (const result of results) {
      const said = decodeResult(result);
      if (said.kind === 'returned' && typeof said.value === 'number') sums.push(said.value);
    }
    deepEqual(decodeResult(results.at(-1) ?? new Uint8Array(0)).kind, 'returned');
  }
  equal(sums.at(-1), 820_003);
  for (const pace of ['quick', 'patient'] as const) {
    const reads = [encodeCommand('text', [400_000]), encodeCommand('text', [2])];
    const [large, small] = await world.read(reads, pace);
    const told = decodeResult(large ?? new Uint8Array(0));
    equal(told.kind === 'returned' && String(told.value).length, 400_000);
    deepEqual(decodeResult(small ?? new Uint8Array(0)), { kind: 'returned', value: 'xx' });
  }
  world.end();
});
