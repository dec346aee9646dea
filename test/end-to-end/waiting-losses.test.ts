/** Whose wait ends without what it had given up for it hears so, and what it held is known to be lost. */
import { equal, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { hold, invoke, ObjectProxy } from '../../src/client/index.ts';
import type { ConCoordError, Held, ProxyOptions } from '../../src/client/index.ts';
import { addressOf, allLevel, bootstrapOf, eventually, leaderOf, Stage } from './kit.ts';
import { Puppet } from './puppets.ts';
import { sideBySide } from './side-by-side.ts';

const CONDITION = 'concoord.object.condition.Condition';
/** Long, so that nobody is told by the sign of life that is due anyway. */
const LEASE_MS = 60_000;

async function instanceOf(stage: Stage, object: string): Promise<readonly number[]> {
  const { ports } = await stage.instanceOf(object, 1);
  await allLevel(ports, 1);
  return ports;
}

function proxyOf(ports: readonly number[], options?: ProxyOptions): ObjectProxy {
  return new ObjectProxy(bootstrapOf(ports), options);
}

/** Resolves when the call waits in the object. */
async function waiting<T>(ports: readonly number[], call: () => Promise<T>): Promise<Promise<T>[]> {
  const { applied } = await leaderOf(ports);
  const result = call();
  result.catch(() => undefined);
  await leaderOf(ports, (report) => report.applied > applied);
  return [result];
}

/** A condition whose lock one client holds, and another does not. */
class Scene implements AsyncDisposable {
  readonly stage: Stage;
  readonly ports: readonly number[];
  readonly one: ObjectProxy;
  readonly other: ObjectProxy;
  readonly #held: Held;

  private constructor(stage: Stage, ports: readonly number[], one: ObjectProxy, held: Held) {
    this.stage = stage;
    this.ports = ports;
    this.one = one;
    this.other = proxyOf(ports);
    this.#held = held;
  }

  static async open(): Promise<Scene> {
    const stage = new Stage();
    const ports = await instanceOf(stage, CONDITION);
    const one = proxyOf(ports, { leaseMs: LEASE_MS });
    return new Scene(stage, ports, one, await hold(one));
  }

  /** The one hears that it has lost the lock, and the other can have it. */
  async isLost(): Promise<void> {
    const { signal } = this.#held;
    if (!signal.aborted) await once(signal, 'abort');
    equal((signal.reason as ConCoordError).code, 'LEASE_EXPIRED');
    equal(await invoke(this.other, 'acquire', [{ blocking: false }]), true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([this.one.close(), this.other.close()]);
    await this.stage[Symbol.asyncDispose]();
  }
}

sideBySide('waiting-losses', {
  'who gives up at a condition does not hold its lock any more': async () => {
    await using scene = await Scene.open();

    const late = { code: 'TIMEOUT', outcome: 'applied' };
    await rejects(invoke(scene.one.with({ timeoutMs: 300 }), 'wait', []), late);

    await scene.isLost();
  },

  'nor does whose wait an operator ends': async () => {
    await using scene = await Scene.open();
    const [waits] = await waiting(scene.ports, () => invoke(scene.one, 'wait', []));
    const address = addressOf(scene.ports[0] as number);
    const shown = (await scene.stage.run('locks', address)).stdout;
    const [name] = /\b\d+:\d+\b/.exec(shown) ?? [];
    ok(name !== undefined, shown);

    equal((await scene.stage.run('locks', address, '--end', name)).code, 0);

    await rejects(waits as Promise<unknown>, { name: 'RuntimeError' });
    await scene.isLost();
  },

  'nor does who waits when the object is replaced': async () => {
    await using scene = await Scene.open();
    const [waits] = await waiting(scene.ports, () => invoke(scene.one, 'wait', []));

    await invoke(scene.other, '__concoordinit__', []);

    await rejects(waits as Promise<unknown>, { code: 'OBJECT_REPLACED' });
    await scene.isLost();
  },

  'whose lease is over at a barrier has broken it, and is told so': async () => {
    await using stage = new Stage();
    const ports = await instanceOf(stage, 'concoord.object.barrier.Barrier');
    await using other = proxyOf(ports);
    await invoke(other, '__concoordinit__', [2]);
    const puppet = await Puppet.with(stage, bootstrapOf(ports), { leaseMs: 1000 });
    const [waits] = await waiting(ports, () => puppet.call('wait'));

    puppet.process.kill('SIGSTOP');
    const isBroken = async (): Promise<true | undefined> =>
      (await invoke(other, 'broken', [])) === true ? true : undefined;
    await eventually('the lease is over', isBroken);
    puppet.process.kill('SIGCONT');

    await rejects(waits as Promise<unknown>, { code: 'LEASE_EXPIRED', outcome: 'applied' });
    await rejects(invoke(other, 'wait', []), { name: 'BrokenBarrierError' });
  },
});
