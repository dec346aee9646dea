import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { unexpected } from '../platform/test-kit.ts';
import { KILLED } from '../realm/index.ts';
import { Bench, KILL, LARGE, LOSE, SLOW, SPOIL, TAKES_TIME } from './world-executor-test-kit.ts';

/** One that may end. */
function mortal(): { readonly bench: Bench; readonly failed: Promise<Error> } {
  let fail: (error: Error) => void = unexpected;
  const failed = new Promise<Error>((resolve) => (fail = resolve));
  return { bench: new Bench((error) => fail(error)), failed };
}

test('batches, reads and captures happen in the order in which they are asked for', async () => {
  const bench = await new Bench().begun();
  const first = bench.run(1, 2);
  const read = bench.sum();
  const captured = bench.capture();

  deepEqual(await first, [1, 3]);
  equal(await read, 3);
  deepEqual(await captured, Uint8Array.of(3));
});

test('a call that is killed leaves no effect, and those after it happen', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);

  deepEqual(await bench.run(2, KILL, 3, KILL, 4), [3, KILL, 6, KILL, 10]);

  equal(await bench.sum(), 10);
  equal(bench.worlds.made, 3);
  equal(bench.worlds.ended, 2, 'no world is used in which a call was killed');
});

test('the way back does not get longer with every call that is killed', async () => {
  const bench = await new Bench().begun();
  await bench.run(...Array.from({ length: 100 }, () => 1));
  await bench.run(KILL);
  const before = bench.worlds.applied;

  for (let times = 0; times < 10; times++) await bench.run(KILL);
  equal(bench.worlds.applied - before, 10);
});

test('the journal has a length: a new base is captured before it gets too long', async () => {
  const bench = await new Bench().begun();
  for (let batch = 0; batch < 50; batch++) {
    await bench.run(...Array.from({ length: 100 }, () => 0));
  }
  const before = bench.worlds.applied;
  await bench.run(KILL);

  ok(bench.worlds.applied - before < 4200, `${bench.worlds.applied - before} commands again`);
});

test('a batch that is too slow to hold up the replica is done again, and as a whole', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);

  deepEqual(await bench.run(2, SLOW, 3), [3, (3 + SLOW) % 256, (6 + SLOW) % 256]);

  equal(await bench.sum(), (6 + SLOW) % 256);
  equal(bench.worlds.ended, 1);
  await bench.run(SLOW);
  equal(bench.worlds.ended, 1, 'it is given time for a while');
});

test('a large state has a shadow, which is captured, and is the way back', async () => {
  const bench = await new Bench().begun();
  await bench.run(LARGE);
  equal((await bench.capture())?.length, LARGE);
  equal(bench.worlds.made, 2, 'the shadow begins with a large capture');
  await bench.run(5);

  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(15));
  deepEqual(await bench.run(1, KILL, 2), [16, KILL, 18]);

  equal(await bench.sum(), 18);
  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(18));
});

test('a state is taken up in the place of the own one, and goes on from there', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);

  equal(await bench.restore(Uint8Array.of(50)), 'restored');
  deepEqual(await bench.run(1, KILL, 2), [51, KILL, 53]);
  equal(await bench.restore(new Uint8Array(0)), 'malformed');
  equal(await bench.sum(), 53);
});

test('a shadow that cannot be made fails a capture at most; the next is as good as ever', async () => {
  const bench = await new Bench().begun();
  bench.worlds.failing = true;
  await bench.run(LARGE);
  await bench.capture();
  await bench.capture();

  bench.worlds.failing = false;
  await bench.sum();
  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(10));
  deepEqual(await bench.run(1, KILL, 2), [11, KILL, 13]);
});

/** As many as are handed to a shadow in one piece. */
const PIECE: readonly number[] = Array.from({ length: 1100 }, () => 0);

test('a shadow that is lost is noticed when it executes, before a call is killed', async () => {
  const bench = await new Bench().withShadow();
  bench.worlds.losing = true;
  await bench.run(...PIECE);
  await bench.sum();
  bench.worlds.losing = false;
  deepEqual(await bench.run(1, KILL, 2), [11, KILL, 13]);
  deepEqual(await bench.capture(), new Uint8Array(LARGE).fill(13));
});

test('a large state that cannot be captured bears one killed call, and ends with the next', async () => {
  const { bench, failed } = mortal();
  await bench.withShadow();
  await bench.run(SPOIL);
  const after = (LARGE + SPOIL + 1) % 256;
  deepEqual(await bench.run(1, KILL), [after, KILL]);
  match(bench.warnings.join(), /the next call that is killed ends this replica/);
  for (let batch = 0; batch < 6; batch++) await bench.run(...PIECE);
  equal(await bench.sum(), after);
  bench.start(KILL);
  match(String(await failed), /no way back to a state that cannot be captured/);
});

test('a shadow that is lost while the state cannot be captured leaves the object as it is', async () => {
  const bench = await new Bench().withShadow();
  bench.worlds.losing = true;
  await bench.run(SPOIL, ...PIECE);
  await bench.sum();
  deepEqual(await bench.run(1), [(LARGE + SPOIL + 1) % 256]);
  match(bench.warnings.join(), /there is no way back/);
});

test('a state that cannot be captured is no end: the log stays, and the way back gets longer', async () => {
  const bench = await new Bench().begun();
  await bench.run(1, SPOIL, 2);

  equal(await bench.capture(), undefined);
  match(bench.warnings.join(), /no snapshot can be taken.* state\.odd is a function/);
  deepEqual(await bench.run(3, KILL, 4), [208, KILL, 212]);
  for (let batch = 0; batch < 100; batch++) {
    await bench.run(...Array.from({ length: 100 }, () => 0));
  }
  deepEqual(await bench.run(KILL, 1), [KILL, 213]);
});

test('nor is one of a shadow', async () => {
  const bench = await new Bench().withShadow();
  await bench.run(SPOIL);

  for (let times = 0; times < 2; times++) equal(await bench.capture(), undefined);
  equal(await bench.sum(), (LARGE + SPOIL) % 256);
  equal(bench.warnings.length, 2);
});

test('a call on which a watchdog bites leaves the state before it', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);
  bench.start(2, LOSE, 4);

  const { slot, index, results } = await bench.inbox.take('stuck');

  deepEqual([slot, index, results], [2, 1, [Uint8Array.of(3)]]);
  equal(await bench.sum(), 3);
  equal(bench.warnings.length, 1, 'it is tried alone, with all the time there is');
  deepEqual(await bench.run([LOSE], 4), [KILLED[0], 7]);
});

test('it is found behind any number of quick calls, which are innocent', async () => {
  const bench = await new Bench().begun();
  await bench.run(1);
  bench.start(...Array.from({ length: 60 }, () => 0), LOSE);

  const { index, results } = await bench.inbox.take('stuck');

  deepEqual([index, results.length], [60, 60]);
  equal(await bench.sum(), 1);
});

test('a call that the log skips is not tried', async () => {
  const bench = await new Bench().begun();

  deepEqual(await bench.run(2, [LOSE], 4, [LOSE], [3]), [2, KILLED[0], 6, KILLED[0], KILLED[0]]);
  equal(bench.warnings.length, 0);
});

test('what took long is heavy', async () => {
  const bench = await new Bench().begun();

  equal(await bench.isHeavy(1), false);
  equal(await bench.isHeavy(TAKES_TIME), true);
  equal(await bench.isHeavy(1), false);
});

test('a read on which a watchdog bites fails alone', async () => {
  const bench = await new Bench().begun();
  await bench.run(5);
  bench.executor.read(1, [Uint8Array.of(0), Uint8Array.of(LOSE), Uint8Array.of(0)]);

  const { results } = await bench.inbox.take('readDone');
  deepEqual(results, [Uint8Array.of(5), KILLED, Uint8Array.of(5)]);
  deepEqual(await bench.run(1), [6]);
});

test('a world that is lost, and no other can be made, ends the replica', async () => {
  const { bench, failed } = mortal();
  await bench.begun();
  bench.worlds.failing = true;
  bench.start(LOSE);

  match(String(await failed), /no memory for another/);
  equal(bench.worlds.ended, bench.worlds.made);
});

test('what is quick is done when the executor returns, also while something else was killed', async () => {
  const bench = await new Bench().begunQuick();
  bench.start(1, 2);
  const { results } = bench.inbox.now('executed');
  deepEqual(results, [Uint8Array.of(1), Uint8Array.of(3)]);
  bench.executor.read(1, [Uint8Array.of(0)]);
  deepEqual(bench.inbox.now('readDone').results, [Uint8Array.of(3)]);

  deepEqual(await bench.run(4, KILL, 5), [7, KILL, 12]);
  bench.start(1);
  deepEqual(bench.inbox.now('executed').results, [Uint8Array.of(13)]);
});

test('what comes behind something slow waits for it', async () => {
  const bench = await new Bench().begunQuick();
  await bench.run(1);
  const captured = bench.capture();
  const ran = bench.run(2);
  const read = bench.sum();

  deepEqual([await captured, await ran, await read], [Uint8Array.of(1), [3], 3]);
});

test('a read that is slow gets its time, and what comes behind it as well', async () => {
  const bench = await new Bench().begunQuick();
  await bench.run(1);
  bench.executor.read(1, [Uint8Array.of(SLOW), Uint8Array.of(0)]);
  bench.executor.read(2, [Uint8Array.of(SLOW)]);

  deepEqual((await bench.inbox.take('readDone')).results, [Uint8Array.of(1), Uint8Array.of(1)]);
  deepEqual((await bench.inbox.take('readDone')).results, [Uint8Array.of(1)]);
  equal(bench.worlds.ended, 1, 'the second one is not even tried quickly');
});

test('what is left of a batch that takes long is executed beside the replica, nothing twice', async () => {
  const bench = await new Bench().begunQuick();
  const numbers = Array.from({ length: 600 }, (_, at) => (at === 5 ? TAKES_TIME : 1));
  bench.start(...numbers);
  equal(bench.inbox.events.length, 0, 'not all of it was done in the turn');

  const { heavy, results } = await bench.inbox.take('executed');
  deepEqual([results.length, heavy, bench.worlds.applied], [600, true, 600]);
  equal(await bench.sum(), (599 + TAKES_TIME) % 256);
  equal(bench.worlds.made, 1, 'no world is lost for that');
});

test('an object that was too slow once is soon quick again, if it was a whim of the machine', async () => {
  const bench = await new Bench().begunQuick();
  await bench.run(SLOW);
  for (let batch = 0; batch < 20; batch++) await bench.run(1);
  bench.start(1);
  deepEqual(bench.inbox.now('executed').results, [Uint8Array.of((SLOW + 21) % 256)]);
});

test('without a way back nothing is tried that could need one', async () => {
  const bench = await new Bench().withShadow();
  bench.worlds.quick = true;
  await bench.run(SPOIL);
  await bench.run(1, KILL);
  bench.executor.read(1, [Uint8Array.of(SLOW)]);

  deepEqual((await bench.inbox.take('readDone')).results, [
    Uint8Array.of((LARGE + SPOIL + 1) % 256),
  ]);
  deepEqual(await bench.run(SLOW), [(LARGE + SPOIL + 1 + SLOW) % 256]);
});

test('whatever is killed, captured and restored: the object is what the others made of it', async () => {
  const step = fc.oneof(
    fc.array(fc.constantFrom(1, 2, 3, KILL, LARGE, SLOW), { minLength: 1, maxLength: 6 }),
    fc.constant('capture' as const),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.boolean(), async (steps, quick) => {
      const bench = await (quick ? new Bench().begunQuick() : new Bench().begun());
      let sum = 0;
      for (const each of steps) {
        if (each === 'capture') {
          equal((await bench.capture())?.[0], sum % 256);
          continue;
        }
        const expected = each.map((number) => {
          if (number === KILL) return KILL;
          sum += number;
          return sum % 256;
        });
        deepEqual(await bench.run(...each), expected);
      }
      equal(await bench.sum(), sum % 256);
      bench.executor.close();
    }),
    { numRuns: 120 },
  );
});
