/** Whose wait ends without what it had given up for it hears so, and what it held is known to be lost. */
import { equal, ok, rejects } from 'node:assert/strict';
import { hold, invoke, ObjectProxy } from '../../src/client/index.ts';
import type { ConCoordError, ProxyOptions } from '../../src/client/index.ts';
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

async function codeOf(signal: AbortSignal): Promise<string> {
  if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
  return (signal.reason as ConCoordError).code;
}

async function acquiresNow(proxy: ObjectProxy): Promise<void> {
  equal(await invoke(proxy, 'acquire', [{ blocking: false }]), true);
}

sideBySide('waiting-losses', {
  'who gives up at a condition does not hold its lock any more': async () => {
    await using stage = new Stage();
    const ports = await instanceOf(stage, CONDITION);
    await using one = proxyOf(ports, { leaseMs: LEASE_MS });
    await using other = proxyOf(ports);
    const held = await hold(one);

    const late = { code: 'TIMEOUT', outcome: 'applied' };
    await rejects(invoke(one.with({ timeoutMs: 300 }), 'wait', []), late);

    equal(await codeOf(held.signal), 'LEASE_EXPIRED');
    await acquiresNow(other);
  },

  'nor does whose wait an operator ends': async () => {
    await using stage = new Stage();
    const ports = await instanceOf(stage, CONDITION);
    await using one = proxyOf(ports, { leaseMs: LEASE_MS });
    await using other = proxyOf(ports);
    const held = await hold(one);
    const [waits] = await waiting(ports, () => invoke(one, 'wait', []));
    const address = addressOf(ports[0] as number);
    const shown = (await stage.run('locks', address)).stdout;
    const [name] = /\b\d+:\d+\b/.exec(shown) ?? [];
    ok(name !== undefined, shown);

    equal((await stage.run('locks', address, '--end', name)).code, 0);

    await rejects(waits as Promise<unknown>, { name: 'RuntimeError' });
    equal(await codeOf(held.signal), 'LEASE_EXPIRED');
    await acquiresNow(other);
  },

  'nor does who waits when the object is replaced': async () => {
    await using stage = new Stage();
    const ports = await instanceOf(stage, CONDITION);
    await using one = proxyOf(ports, { leaseMs: LEASE_MS });
    await using other = proxyOf(ports);
    const held = await hold(one);
    const [waits] = await waiting(ports, () => invoke(one, 'wait', []));

    await invoke(other, '__concoordinit__', []);

    await rejects(waits as Promise<unknown>, { code: 'OBJECT_REPLACED' });
    equal(await codeOf(held.signal), 'LEASE_EXPIRED');
    await acquiresNow(other);
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
