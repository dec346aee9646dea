import { deepEqual, equal, rejects } from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import { test } from 'node:test';
import { firstOf } from './first-of.ts';
import { gather, GRACE_MS } from './gather.ts';

/** A question that the test answers. */
class Asked {
  resolve: (answer: readonly string[]) => void = () => {};
  reject: (error: Error) => void = () => {};
  begun = false;
  readonly answer = new Promise<readonly string[]>((resolve, reject) => {
    this.resolve = resolve;
    this.reject = reject;
  });
  readonly ask = (): Promise<readonly string[]> => {
    this.begun = true;
    return this.answer;
  };
}

test('the second is asked when the first keeps silent, and the quicker answer counts', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const [one, two] = [new Asked(), new Asked()];
  const first = firstOf([one.ask, two.ask], 1000);

  t.mock.timers.tick(999);
  deepEqual([one.begun, two.begun], [true, false]);
  t.mock.timers.tick(1);
  equal(two.begun, true);
  two.resolve(['2']);
  one.reject(new Error('late'));
  deepEqual(await first, ['2']);
});

test('the second is asked at once when the first fails, and the first failure is told', async () => {
  const [one, two] = [new Asked(), new Asked()];
  const first = firstOf([one.ask, two.ask], 1000);
  one.reject(new Error('one'));
  await turn();
  equal(two.begun, true);

  two.reject(new Error('two'));
  await rejects(first, { message: 'one' });
  await rejects(firstOf([], 1000), /nobody was asked/);
});

test('an answer waits a moment for others, and keeps their order', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const asked = [new Asked(), new Asked(), new Asked()] as const;
  const gathered = gather(asked.map(({ answer }) => answer));
  asked[2].resolve(['3']);
  await turn();
  asked[0].resolve(['1']);
  await turn();
  t.mock.timers.tick(GRACE_MS);

  deepEqual(await gathered, { found: ['1', '3'], failure: undefined });
  asked[1].reject(new Error('too late'));
});

test('what brings nothing ends no wait; when all have ended, nobody waits', async () => {
  const asked = [new Asked(), new Asked()] as const;
  const gathered = gather(asked.map(({ answer }) => answer));
  const why = new Error('why');
  asked[0].resolve([]);
  asked[1].reject(why);

  deepEqual(await gathered, { found: [], failure: why });
  deepEqual(await gather([]), { found: [], failure: undefined });
});
