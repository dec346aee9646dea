import { deepEqual, equal, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { findBuiltIn } from '../library/index.ts';
import { Lock } from '../proxy/lock.ts';
import type { Engine } from './engine.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import { holdWith } from './held.ts';
import { Hold } from './holds.ts';
import { ConCoordError } from './index.ts';

const LOCK = 'concoord.object.lock.Lock';
const SETTINGS = { timeoutMs: 1000, waitMs: 1000 } as Parameters<typeof holdWith>[1];
const HOLD = new Hold({ generation: 1, session: 1, sequence: 2, slot: 5, index: 0 });

/** What is asked of the engine, each call of which ends with `error`. */
function askedOf(value: unknown, error?: Error): { readonly asked: string[]; engine: Engine } {
  const asked: string[] = [];
  const engine = {
    acquire: async () => ({ value, hold: HOLD }),
    forget: () => void asked.push('forget'),
    giveBack: () => void asked.push('give back'),
    call: async (method: string) => {
      asked.push(method);
      if (error !== undefined) throw error;
    },
  };
  return { asked, engine: engine as unknown as Engine };
}

test('what could not be released goes back by itself, unless the object itself refused', async () => {
  for (const outcome of ['not-applied', 'unknown'] as const) {
    const late = new ConCoordError('TIMEOUT', 'no answer in time', { outcome });
    const { asked, engine } = askedOf(true, late);
    const held = await holdWith(engine, SETTINGS, undefined, { exact: true });
    await rejects(held.release(), late);
    await rejects(held.release(), late, 'it is under way');
    deepEqual(asked, ['forget', 'release', 'give back']);
  }
  for (const error of [
    new ConCoordError('RESULT_GONE', 'no result', { outcome: 'applied' }),
    new RangeError('not yours'),
  ]) {
    const { asked, engine } = askedOf(true, error);
    const held = await holdWith(engine, SETTINGS, undefined, { exact: true });
    await rejects(held.release(), error);
    deepEqual(asked, ['forget', 'release']);
  }
});

test('an item of a queue may be false, and is held all the same', async () => {
  const { asked, engine } = askedOf(false);

  const held = await holdWith(engine, SETTINGS, undefined, { acquire: 'take', release: 'putBack' });
  equal(held.value, false);
  await held.release();

  deepEqual(asked, ['forget', 'putBack']);
});

test('a lock that could not be released in time is given back when replicas answer again', async () => {
  await using instance = await FakeInstance.start(1, undefined, findBuiltIn(LOCK));
  await using lock = new Lock(instance.addresses, { timeoutMs: 200 });
  const held = await lock.hold();
  instance.deaf = true;
  await rejects(held.release(), { code: 'TIMEOUT', outcome: 'unknown' });
  deepEqual(instance.withdrawn, []);

  const gone = new EventTarget();
  const [replica] = instance.replicas;
  if (replica === undefined) throw new Error('there is one');
  replica.onAnswered = () => {
    if (instance.withdrawn.length > 0) gone.dispatchEvent(new Event('withdrawn'));
  };
  const withdrawn = once(gone, 'withdrawn');
  instance.deaf = false;
  replica.breakAll();
  await withdrawn;

  equal(held.call, `1:${instance.withdrawn[0]}`);
});
