/**
 * Classes that users write, and packages that they use, on real replicas: every call has the outcome that it
 * has on a plain instance in this process, also when the state has gone through a snapshot into a replica
 * that joined later, and that one answers.
 *
 * `CONCOORD_SEED=48151` makes the calls of a run again.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { inspect } from 'node:util';
import { limits, Random } from '../../src/base/index.ts';
import { parseAddress } from '../../src/cli/address.ts';
import { ask } from '../../src/cli/control.ts';
import { BareProxy, close, invoke } from '../../src/client/index.ts';
import { CLASSES } from '../classes-kit/examples.ts';
import { makeLocal, writeSubject } from '../classes-kit/local.ts';
import type { Local } from '../classes-kit/local.ts';
import { PACKAGES } from '../classes-kit/packages.ts';
import type { Subject } from '../classes-kit/subject.ts';
import { addressOf, allAlive, bootstrapOf, leaderOf, Stage } from '../end-to-end/kit.ts';
import { freePort, freePorts } from '../end-to-end/ports.ts';
import { sized } from './size.ts';

const SEED = Number(process.env['CONCOORD_SEED'] ?? randomInt(2 ** 31));
const CALLS = sized(40, 400);
/** So many of these make a snapshot due. */
const BALLAST = new Uint8Array(limits.MAX_COMMAND_BYTES - 4096);
const BALLASTS = Math.ceil(limits.SNAPSHOT_EVERY_BYTES / BALLAST.length) + 1;

type Outcome = { readonly returned: unknown } | { readonly thrown: string };

function thrown(error: unknown): Outcome {
  return { thrown: error instanceof Error ? `${error.name}: ${error.message}` : String(error) };
}

/** The same calls to both. */
class Pair {
  readonly #random: Random;
  readonly #calls: readonly (readonly [string, (a: number, b: number) => readonly unknown[]])[];
  readonly local: Local;
  remote: BareProxy;

  constructor(subject: Subject, local: Local, remote: BareProxy, seed: number) {
    const programs = (subject.programs ?? []).map(
      (_, at) => [`program${at}`, (a: number, b: number) => [a, b]] as const,
    );
    this.#calls = [...Object.entries(subject.calls ?? {}), ...programs];
    this.#random = new Random(seed);
    this.local = local;
    this.remote = remote;
  }

  async call(method: string, args: readonly unknown[]): Promise<void> {
    const [expected, outcome] = [this.#here(method, args), await this.#there(method, args)];
    const shown = inspect(args, { maxArrayLength: 4 });
    deepEqual(outcome, expected, `${method}(${shown}), with CONCOORD_SEED=${SEED}`);
  }

  async some(count: number): Promise<void> {
    for (let left = count; left > 0; left--) {
      const [method, args] = this.#calls[this.#random.between(0, this.#calls.length - 1)] ?? [
        'reveal',
        () => [],
      ];
      await this.call(method, args(this.#random.between(0, 7), this.#random.between(0, 7)));
    }
  }

  #here(method: string, args: readonly unknown[]): Outcome {
    try {
      const name = method === '__str__' ? 'toString' : method;
      // What is returned may change later.
      return { returned: structuredClone(this.local[name]?.(...args)) };
    } catch (error) {
      return thrown(error);
    }
  }

  async #there(method: string, args: readonly unknown[]): Promise<Outcome> {
    try {
      return { returned: await invoke(this.remote, method, args) };
    } catch (error) {
      return thrown(error);
    }
  }
}

async function story(t: TestContext, subject: Subject, seed: number): Promise<void> {
  await using stage = new Stage();
  const folder = join(stage.folder, 'sources');
  writeSubject(folder, subject);
  const local = await makeLocal(folder);
  const ports = await freePorts(3);
  const [first = 0] = ports;
  const founder = await stage.replica(first, ['-o', './subject.ts#Subject'], { cwd: folder });
  const boot = ['-b', addressOf(first)];
  await Promise.all(ports.slice(1).map((port) => stage.replica(port, boot)));
  await allAlive(ports, 3);
  const pair = new Pair(subject, local, new BareProxy(bootstrapOf(ports)), seed);
  await pair.some(CALLS);
  for (let times = 0; times < BALLASTS; times++) await pair.call('fill', [BALLAST]);
  await founder.printed('stderr', /took a snapshot at slot/);
  await pair.some(CALLS / 4);

  const port = await freePort();
  const joiner = await stage.replica(port, boot);
  match(joiner.stderr, /loaded the snapshot of another member/);
  await allAlive([...ports, port], 4);
  await pair.some(CALLS / 4);
  founder.kill();
  await close(pair.remote);
  const left = [...ports.slice(1), port];
  pair.remote = new BareProxy(bootstrapOf(left));
  await pair.some(CALLS / 4);
  // From now on all results are those of the state that was handed over.
  const { port: leader } = await leaderOf(left);
  if (leader !== port) {
    await ask(parseAddress(addressOf(leader)), { do: 'transfer', to: addressOf(port) });
  }
  await leaderOf([port]);
  await pair.some(CALLS);
  await pair.call('reveal', []);
  const { members, diverged } = await leaderOf(left, ({ members: all, decided }) =>
    all.every(({ alive, applied }) => !alive || applied >= decided),
  );

  equal(diverged, false);
  equal(members.filter(({ alive }) => alive).length, 3);
  await close(pair.remote);
  t.diagnostic(`seed ${SEED}`);
}

describe('classes of users on replicas do what they do in one process', { concurrency: 3 }, () => {
  for (const [name, subject] of Object.entries({ ...CLASSES, ...PACKAGES })) {
    test(name, (t) => story(t, subject, SEED));
  }
});
