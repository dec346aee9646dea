/** What is around a class of the user: the processes that load it, and the callers that its errors reach. */
import { deepEqual, equal, rejects } from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { invoke } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, bootstrapOf, eventually, Stage } from './kit.ts';
import { freePort } from './ports.ts';
import { childrenOf } from './raw.ts';

test('what a replica needs to load a class does not live on beside it', async () => {
  await using stage = new Stage();
  const text = 'export class Tally { n = 0; add(): number { return ++this.n; } }';
  writeFileSync(join(stage.folder, 'tally.ts'), text);
  const [one, two] = [await freePort(), await freePort()];
  const founder = await stage.replica(one, ['-o', 'tally.Tally']);
  const joiner = await stage.replica(two, ['-b', addressOf(one)]);

  for (const { pid } of [founder, joiner]) {
    await eventually('no child process', () => (childrenOf(pid).length === 0 ? true : undefined));
  }
  equal(childrenOf(process.pid).length > 1, true, 'they are seen where there are some');
});

test('an error of a class of the user arrives as a plain error with its name and message', async () => {
  await using stage = new Stage();
  const text = `
    class Overdrawn extends Error { override readonly name = 'Overdrawn'; lacking = 5; }
    class Nameless extends RangeError {}
    export class Account {
      take(): void { throw new Overdrawn('5 are lacking'); }
      want(): void { throw new Nameless('too far'); }
      say(): void { throw 'no'; }
    }`;
  writeFileSync(join(stage.folder, 'account.ts'), text);
  const { ports } = await stage.instanceOf('account.Account', 1);
  await using c = new Counter(bootstrapOf(ports));

  await rejects(invoke(c, 'take', []), (error) => {
    const { constructor, name, message } = error as Error;
    deepEqual([constructor, name, message], [Error, 'Overdrawn', '5 are lacking']);
    return !('lacking' in (error as Error));
  });
  await rejects(invoke(c, 'want', []), (error) => error instanceof RangeError);
  await rejects(invoke(c, 'say', []), (error) => error === 'no');
});
