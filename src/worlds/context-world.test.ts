import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { MalformedBytes } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { realmText } from '../loading/index.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { contextWorlds, contextWorldsAtOnce } from './context-world.ts';
import type { WorldParts } from './world.ts';

/** By hand, so that one method can do what the meter does not see. */
const CODE = `
  let total = 0;
  class Sum {
    value = 0;
    add(number) { this.value += number; total += number; return [this.value, total]; }
    both() { return [this.value, total]; }
    burn() { this.value += 1000; total += 1000; return this.burn2(); }
    burn2() { if (--$.fuel < 0 || ($.depth += 1) > $.maxDepth) $.exhausted(); return this.burn2(); }
    hold() { this.held = () => 1; }
    hang() { for (;;); }
  }
  if ($.scopes) $.scopes.add({ total: [() => total, (v) => (total = v)] });
  return { Sum };`;
const METHODS = ['add', 'both', 'burn', 'hold', 'hang'];

async function parts(code = CODE): Promise<WorldParts> {
  const methods = METHODS.map((name) => ({ name, read: name === 'both' }));
  return {
    realm: await realmText(),
    code,
    manifest: { name: 'sum.Sum', exported: 'Sum', methods },
  };
}

let sequence = 0;

function command(method: string, ...args: readonly unknown[]): Command {
  sequence++;
  const bytes = encodeCommand(method, args);
  return { slot: sequence, index: 0, time: 0, seed: 0, session: 1, sequence, bytes };
}

const BOTH = [encodeCommand('both', [])];

test('a world in a context goes on from what another captured', async () => {
  const make = contextWorldsAtOnce(await parts());
  const world = make(undefined);
  world.apply([command('add', 3), command('add', 4)]);
  const state = world.capture();

  const other = make(state);

  deepEqual(other.capture(), state);
  deepEqual(
    other.read(BOTH).map((result) => decodeResult(result)),
    [{ kind: 'returned', value: [7, 7] }],
  );
});

test('a batch ends at a call that is killed; another world knows nothing of it', async () => {
  const make = contextWorldsAtOnce(await parts());
  const world = make(undefined);
  world.apply([command('add', 3)]);
  const state = world.capture();

  const { killed, results } = world.apply([command('add', 1), command('burn'), command('add', 1)]);

  equal(killed, true);
  equal(results.length, 2);
  deepEqual(
    make(state)
      .read(BOTH)
      .map((result) => decodeResult(result)),
    [{ kind: 'returned', value: [3, 3] }],
  );
});

test('errors of the world are errors here, with the words of their cause', async () => {
  const make = contextWorldsAtOnce(await parts());
  const world = make(undefined);
  world.apply([command('hold')]);

  throws(() => world.capture(), { code: 'INVALID_VALUE', message: /held/ });
  throws(() => make(Uint8Array.of(1, 2, 3)), MalformedBytes);
  const broken = contextWorldsAtOnce(await parts('throw new RangeError("not today")'));
  throws(() => broken(undefined), { name: 'Error', message: 'not today' });
});

test('what the meter does not see is ended, and loses the world', async () => {
  const make = contextWorlds(await parts(), 3000);
  const world = await make(undefined);
  const [result] = (await world.apply([command('add', 5)], 'quick')).results;
  deepEqual(decodeResult(result ?? new Uint8Array(0)), { kind: 'returned', value: [5, 5] });

  throws(() => world.apply([command('hang')], 'quick'), { code: 'ERR_SCRIPT_EXECUTION_TIMEOUT' });
});
