/** What a program holds when it dies, stands still, or is cut off: nobody else has it too early, or never. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { decodeResponses, FRAME } from '../../src/wire/index.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';
import type { LeaderReport, Place } from './kit.ts';
import { freePorts } from './ports.ts';
import { clock, Puppet } from './puppets.ts';
import { CLIENT, Network } from './relay.ts';
import { sideBySide } from './side-by-side.ts';

const LOCK = 'concoord.object.lock.Lock';
const LEASE_MS = 2000;
const LEASED = { leaseMs: LEASE_MS } as const;
/** From the end of a lease until the next has it, on a machine that does other work as well. */
const HAND_OVER_MS = 1000;
/** Four from each program in a lease: those of three leases. */
const SIGNS = 24;

/** Two programs, of which the first holds the lock and the second waits for it. */
interface Pair {
  readonly holder: Puppet;
  readonly waiter: Puppet;
  readonly first: { readonly at: number; readonly value: bigint };
  readonly second: Promise<{ readonly at: number; readonly value: bigint }>;
}

async function holdAndWait(
  stage: Stage,
  places: readonly Place[],
  waitAt: readonly Place[] = places,
): Promise<Pair> {
  const [holder, waiter] = await Promise.all([
    Puppet.with(stage, bootstrapOf(places), LEASED),
    Puppet.with(stage, bootstrapOf(waitAt), LEASED),
  ]);
  const first = await holder.hold();
  // The session of the waiter is there: what it asks for next is one entry.
  equal(await waiter.call('acquire', [{ blocking: false }]), false);
  const { applied } = await leaderOf(places);
  const second = waiter.hold();
  second.catch(() => undefined);
  await leaderOf(places, (report) => report.applied > applied);
  return { holder, waiter, first, second };
}

/** Three replicas, each behind a relay. */
async function threeBehind(
  stage: Stage,
  network: Network,
): Promise<{ readonly ports: readonly number[]; readonly leader: LeaderReport }> {
  const ports = await freePorts(3);
  const [first = 0, ...others] = ports;
  await stage.replica(first, ['-o', LOCK], await network.front(first));
  const boot = ['-b', addressOf(first)];
  const join = async (port: number): Promise<unknown> =>
    stage.replica(port, boot, await network.front(port));
  await Promise.all(others.map(join));
  return { ports, leader: await allLevel(ports, 3) };
}

sideBySide('leases', {
  'who dies while it holds a lock is followed when its lease is over, and not before': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instanceOf(LOCK, 3);
    await allLevel(ports, 3);
    const { first, holder, second, waiter } = await holdAndWait(stage, ports);

    const killed = clock();
    holder.process.kill();
    const { at, value: fence } = await second;

    ok(fence > first.value, `a later grant has the larger fence: ${fence} after ${first.value}`);
    ok(at - first.at >= LEASE_MS, `not before the lease is over: ${at - first.at} ms`);
    // Its last sign of life was sent up to a quarter of the lease before, or later on a busy machine.
    ok(at - killed >= LEASE_MS / 2, `its signs of life count: ${at - killed} ms`);
    ok(at - killed <= LEASE_MS + HAND_OVER_MS, `after ${at - killed} ms`);
    equal(waiter.hasLost(), false);
    await waiter.release();
  },

  'who stood still and goes on knows that it has lost, and its late write is refused': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instanceOf(LOCK, 3);
    const { ports: counters } = await stage.instance(1);
    await allLevel(ports, 3);
    const { first, holder, second, waiter } = await holdAndWait(stage, ports);
    for (const each of [holder, waiter]) await each.open('counter', bootstrapOf(counters));
    const write = (by: Puppet, fence: bigint): Promise<{ readonly value: unknown }> =>
      by.callThrough('counter', 'increment', [], { fence });
    await write(holder, first.value);

    holder.process.kill('SIGSTOP');
    const { value: fence } = await second;
    ok(fence > first.value);
    await write(waiter, fence);
    // It has this to do as soon as it goes on, and nobody has told it anything.
    const late = write(holder, first.value);
    const refused = rejects(late, { code: 'STALE_FENCE', outcome: 'not-applied' });
    const resumed = clock();
    holder.process.kill('SIGCONT');

    await refused;
    const { at, code } = await holder.lost();
    equal(code, 'LEASE_EXPIRED');
    ok(at >= resumed);
    equal((await waiter.callThrough('counter', 'getvalue')).value, 2);
    await write(waiter, fence);
    equal(waiter.hasLost(), false);
    // What it gives back when it wakes is what it has lost long ago, and not what the other has.
    await holder.release();
    equal(await holder.call('acquire', [{ blocking: false }]), false);
    await waiter.release();
    equal(await holder.call('acquire', [{ blocking: false }]), true);
  },

  'who is cut off from all replicas stops before anybody else can hold it': async () => {
    await using stage = new Stage();
    await using network = new Network();
    const { ports, leader } = await threeBehind(stage, network);
    const around = network.backOf(leader.port);
    const { first, holder, second, waiter } = await holdAndWait(stage, ports, [around]);

    network.rule({ flows: (from) => from !== CLIENT });
    const lost = await holder.lost();
    const next = await second;

    equal(lost.code, 'LEASE_EXPIRED');
    ok(lost.at < next.at, `lost at ${lost.at}, and another has it at ${next.at}`);
    ok(next.value > first.value);
    network.heal();
    equal(await holder.call('locked'), true);
    await waiter.release();
    equal(await holder.call('acquire', [{ blocking: false }]), true);
  },

  'who holds and who waits give signs of life, and the log does not grow by them': async () => {
    await using stage = new Stage();
    await using network = new Network();
    const { ports } = await threeBehind(stage, network);
    const { holder, second, waiter } = await holdAndWait(stage, ports);
    const renewed = { answers: 0, resolve: (): void => undefined };
    const enough = new Promise<void>((resolve) => (renewed.resolve = resolve));
    const { applied } = await allLevel(ports, 3);

    network.rule({
      judge: (from, _to, frame, way) => {
        if (from !== CLIENT || way !== 'back' || frame.type !== FRAME.responses) return 'pass';
        const answers = decodeResponses(frame.body).filter(({ kind }) => kind === 'renewed');
        renewed.answers += answers.length;
        if (renewed.answers >= SIGNS) renewed.resolve();
        return 'pass';
      },
    });
    await enough;

    const after = await allLevel(ports, 3);
    deepEqual([after.decided, after.applied], [applied, applied]);
    await holder.release();
    equal((await second).value > 0n, true);
    await waiter.release();
  },
});
