import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Machine } from '../object/index.ts';
import type { Command } from '../paxos/index.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { SHADOW_FROM_BYTES } from '../worlds/index.ts';
import { LocalExecutor } from './local-executor.ts';
import { TALLY, TALLY_SHADOW } from './shadow-test-kit.ts';
import { TestInbox } from './test-kit.ts';

const NOTHING = (): undefined => undefined;

/** An executor, and what it says. */
class Bench {
  readonly inbox = new TestInbox();
  readonly warnings: string[] = [];
  readonly executor: LocalExecutor;
  #calls = 0;

  constructor(
    t: TestContext,
    { shadow = TALLY_SHADOW, lagBytes = Infinity }: { shadow?: URL; lagBytes?: number } = {},
  ) {
    this.executor = new LocalExecutor({
      machine: new Machine(TALLY),
      inbox: this.inbox,
      logger: {
        debug: NOTHING,
        info: NOTHING,
        warn: (line: string) => void this.warnings.push(line),
      },
      type: TALLY.name,
      shadow,
      lagBytes,
    });
    t.after(() => this.executor.close());
  }

  call(method: string, ...args: unknown[]): Command {
    const bytes = encodeCommand(method, args);
    const sequence = ++this.#calls;
    return { slot: sequence, index: 0, time: 0, seed: 0, session: 1, sequence, bytes };
  }

  run(method: string, ...args: unknown[]): void {
    const command = this.call(method, ...args);
    this.executor.execute(command.slot, [command]);
  }

  capture(): Promise<Uint8Array | undefined> {
    return new Promise((resolve) => this.executor.capture(resolve));
  }

  /** Whether the state is captured before anything else happens. */
  capturesAtOnce(): boolean {
    let done = false;
    this.executor.capture(() => (done = true));
    return done;
  }

  /** A large object, whose shadow has begun. */
  async grown(): Promise<this> {
    this.run('grow');
    assert.ok(this.capturesAtOnce());
    assert.notEqual(await this.capture(), undefined);
    return this;
  }
}

function countIn(state: Uint8Array | undefined): unknown {
  assert.ok(state !== undefined);
  return value(new Machine(TALLY, state).read(encodeCommand('get', [])));
}

function value(result: Uint8Array | undefined): unknown {
  const decoded = decodeResult(
    result ?? new Uint8Array(0),
    (name, message) => new Error(name + message),
  );
  return decoded.kind === 'returned' ? decoded.value : decoded;
}

test('commands run in order, and their results come back in the same turn', (t) => {
  const bench = new Bench(t);

  bench.executor.execute(1, [bench.call('add', 2), bench.call('add', 3)]);
  bench.executor.read(9, [bench.call('get').bytes]);

  const [executed, read] = bench.inbox.events;
  assert(executed?.kind === 'executed' && read?.kind === 'readDone');
  assert.equal(executed.last, 1);
  assert.deepEqual(executed.results.map(value), [2, 5]);
  assert.equal(read.batch, 9);
  assert.deepEqual(read.results.map(value), [5]);
});

test('a captured state goes on elsewhere, and a malformed one changes nothing', async (t) => {
  const [one, other] = [new Bench(t), new Bench(t)];
  one.run('add', 7);
  const outcomes: string[] = [];

  const state = await one.capture();
  other.executor.restore(state as Uint8Array, (outcome) => outcomes.push(outcome));
  other.executor.restore(Uint8Array.of(1, 2, 3), (outcome) => outcomes.push(outcome));

  assert.deepEqual(outcomes, ['restored', 'malformed']);
  assert.equal(countIn(await other.capture()), 7);
});

test('a state that cannot be captured costs the snapshot', async (t) => {
  const bench = new Bench(t);
  bench.run('spoil');

  assert.equal(await bench.capture(), undefined);

  assert.match(bench.warnings.join(), /no snapshot.*odd/);
});

test('a large state is captured from a shadow while calls go on', async (t) => {
  const bench = await new Bench(t).grown();
  bench.run('add', 1);

  const captured = bench.capture();
  bench.run('add', 10);

  const executed = bench.inbox.events.filter(({ kind }) => kind === 'executed');
  assert.equal(executed.length, 3, 'the second call was answered, and nothing was captured yet');
  const state = await captured;
  assert.equal(countIn(state), 1);
  assert.ok((state?.length ?? 0) > SHADOW_FROM_BYTES);
  assert.equal(countIn(await bench.capture()), 11);
});

test('an object that is large at the start has its shadow at once', async (t) => {
  const bench = new Bench(t);
  bench.run('grow');

  bench.executor.begin(undefined);

  assert.ok(!bench.capturesAtOnce());
  assert.equal(countIn(await bench.capture()), 0);
});

test('an object that has become small again is captured at once', async (t) => {
  const bench = await new Bench(t).grown();
  bench.run('shrink');

  assert.equal(countIn(await bench.capture()), 0);

  assert.ok(bench.capturesAtOnce());
});

test('a state that a shadow cannot capture costs the snapshot, too', async (t) => {
  const bench = await new Bench(t).grown();
  bench.run('spoil');

  assert.equal(await bench.capture(), undefined);

  assert.match(bench.warnings.join(), /no snapshot.*odd/);
});

test('a shadow follows a state that is taken up in the place of the own one', async (t) => {
  const other = new Bench(t);
  other.run('grow');
  other.run('add', 100);
  const state = (await other.capture()) as Uint8Array;
  const bench = await new Bench(t).grown();
  bench.run('add', 1);

  const before = bench.capture();
  bench.executor.restore(state, NOTHING);
  bench.run('add', 10);

  assert.equal(countIn(await before), 1);
  assert.equal(countIn(await bench.capture()), 110);
});

test('a shadow that is lost fails its captures, and the next is made without', async (t) => {
  const bench = await new Bench(t).grown();
  bench.run('add', 1);
  bench.run('perish');

  assert.equal(await bench.capture(), undefined);

  assert.match(bench.warnings[0] ?? '', /is lost/);
  bench.run('add', 1);
  const state = await bench.capture();
  assert.equal(countIn(state), 2);
});

test('a shadow that comes to other results is not trusted', async (t) => {
  const bench = await new Bench(t).grown();
  bench.run('stray');

  assert.equal(await bench.capture(), undefined);

  assert.match(bench.warnings[0] ?? '', /other results/);
});

test('shadows that are lost again and again are given up', async (t) => {
  const missing = new URL('there-is-no-such-module.ts', import.meta.url);
  const bench = new Bench(t, { shadow: missing });
  bench.run('grow');

  for (let lost = 0; lost < 3; lost++) {
    assert.ok(bench.capturesAtOnce());
    assert.equal(await bench.capture(), undefined);
  }

  assert.ok(bench.capturesAtOnce() && bench.capturesAtOnce());
  assert.equal(bench.warnings.length, 3);
});

test('an object does not run away from its shadow', async (t) => {
  const bench = new Bench(t, { lagBytes: 300_000 });
  bench.run('grow');
  assert.ok(bench.capturesAtOnce());
  await bench.inbox.take('executed');

  for (let call = 0; call < 4; call++) bench.run('add', 1, new Uint8Array(100_000));
  bench.executor.read(1, [encodeCommand('get', [])]);

  assert.deepEqual(
    bench.inbox.events.map(({ kind }) => kind),
    ['executed', 'executed'],
    'the others wait',
  );
  await bench.inbox.until(() => bench.inbox.events.length === 5, 'that the shadow catches up');
  assert.equal(bench.inbox.events.at(-1)?.kind, 'readDone');
});
