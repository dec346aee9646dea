/** How a call that waits ends when nobody wakes it, and that the next in the queue goes on then. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { hold, invoke, ObjectProxy } from '../../src/client/index.ts';
import type { CallMode, ConCoordError, ProxyOptions } from '../../src/client/index.ts';
import { allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';
import { clock, Puppet } from './puppets.ts';
import { sideBySide } from './side-by-side.ts';
import { OWN, writeWaitingClasses } from './waiting-classes.ts';

/** Proxies of one lock, each a client of its own. */
class Clients {
  readonly ports: readonly number[];
  readonly #open: ObjectProxy[] = [];

  constructor(ports: readonly number[]) {
    this.ports = ports;
  }

  open(mode?: CallMode, options?: ProxyOptions): ObjectProxy {
    const proxy = new ObjectProxy(bootstrapOf(this.ports), options, mode);
    this.#open.push(proxy);
    return proxy;
  }

  /** A client whose session is there, so that its next call is the next entry. */
  async ready(mode?: CallMode, options?: ProxyOptions): Promise<ObjectProxy> {
    const proxy = this.open(mode, options);
    equal(await acquire(proxy, { blocking: false }), false);
    return proxy;
  }

  /** Resolves when the call is in the queue. */
  async queued<T>(call: () => Promise<T>): Promise<{ readonly result: Promise<T> }> {
    const { applied } = await leaderOf(this.ports);
    const result = call();
    result.catch(() => undefined);
    await leaderOf(this.ports, (report) => report.applied > applied);
    return { result };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#open.map((proxy) => proxy.close()));
  }
}

function acquire(proxy: ObjectProxy, ...args: readonly unknown[]): Promise<boolean> {
  return invoke(proxy, 'acquire', args);
}

function release(proxy: ObjectProxy): Promise<void> {
  return invoke(proxy, 'release', []);
}

async function giveUp(object: string): Promise<void> {
  await using stage = new Stage();
  writeWaitingClasses(stage);
  const { ports } = await stage.instanceOf(object, 3);
  await allLevel(ports, 3);
  await using clients = new Clients(ports);
  const owner = clients.open();
  equal(await acquire(owner), true);
  const [a, b, c, last] = await Promise.all([1, 2, 3, 4].map(() => clients.ready()));
  ok(a !== undefined && b !== undefined && c !== undefined && last !== undefined);

  const abort = new AbortController();
  const aborted = await clients.queued(() => acquire(a.with({ signal: abort.signal })));
  const late = await clients.queued(() => acquire(b, { timeoutMs: 300 }));
  const closed = await clients.queued(() => acquire(c));
  const next = await clients.queued(() => acquire(last));

  equal(await late.result, false, 'its own time is over');
  const why = new Error('enough');
  abort.abort(why);
  await rejects(aborted.result, { name: 'AbortError', cause: why, outcome: 'not-applied' });
  await rejects(acquire(b.with({ timeoutMs: 200 })), { code: 'TIMEOUT', outcome: 'not-applied' });
  const refused = rejects(closed.result, { code: 'CLOSED' });
  await c.close();
  await refused;

  await release(owner);
  equal(await next.result, true, 'who is left has it');
  equal(await acquire(a, { blocking: false }), false);
  await release(last);
  equal(await acquire(a, { blocking: false }), true);
}

sideBySide('waiting-ends', {
  'abort, time-out and close take a caller out of the queue of a lock': () =>
    giveUp('concoord.object.lock.Lock'),

  'abort, time-out and close take a caller out of the queue of a class of a user': () =>
    giveUp(OWN.gate),

  'who gives up at a condition or a barrier is told that something has happened': async () => {
    await using stage = new Stage();
    const condition = await stage.instanceOf('concoord.object.condition.Condition', 3);
    await using a = new Clients(condition.ports);
    const owner = a.open();
    await acquire(owner);
    const remedy = /^What the call did before it waited stands/;
    const late = { code: 'TIMEOUT', outcome: 'applied', remedy, retryable: false };
    await rejects(invoke(owner.with({ timeoutMs: 300 }), 'wait', []), late);
    await rejects(release(owner), { name: 'RuntimeError' });
    equal(await acquire(a.open(), { blocking: false }), true, 'it has given the lock up');

    const barrier = await stage.instanceOf('concoord.object.barrier.Barrier', 3);
    await using b = new Clients(barrier.ports);
    const abort = new AbortController();
    const one = b.open();
    await invoke(one, '__concoordinit__', [2]);
    const waits = await b.queued(() => invoke(one.with({ signal: abort.signal }), 'wait', []));
    abort.abort();
    await rejects(waits.result, { name: 'AbortError', outcome: 'applied', remedy });
    await rejects(invoke(b.open(), 'wait', []), { name: 'BrokenBarrierError' });
  },

  'without a majority, who gives up is told so in time, and that nobody knows': async () => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instanceOf('concoord.object.lock.Lock', 3);
    await allLevel(ports, 3);
    await using clients = new Clients(ports);
    const owner = clients.open();
    equal(await acquire(owner), true);
    const [a, b, c] = await Promise.all([1, 2, 3].map(() => clients.ready()));
    ok(a !== undefined && b !== undefined && c !== undefined);
    const abort = new AbortController();
    const aborted = await clients.queued(() => acquire(a.with({ signal: abort.signal })));
    const held = await clients.queued(() => hold(b, { timeoutMs: 2000 }));
    const late = await clients.queued(() => acquire(c.with({ timeoutMs: 2000 })));

    for (const replica of replicas.slice(1)) replica.kill('SIGKILL');
    abort.abort();

    await rejects(aborted.result, { name: 'AbortError', outcome: 'unknown' });
    for (const { result } of [held, late]) {
      await rejects(result, { code: 'TIMEOUT', outcome: 'unknown' });
    }
  },

  'a fresh object ends those who wait for the old one, and what was held': async () => {
    await using stage = new Stage();
    writeWaitingClasses(stage);
    for (const object of ['concoord.object.lock.Lock', OWN.gate]) {
      const { ports } = await stage.instanceOf(object, 3);
      await allLevel(ports, 3);
      await using clients = new Clients(ports);
      const owner = clients.open('at-once', { leaseMs: 1000 });
      const held = await hold(owner);
      const waiters = await Promise.all([1, 2].map(() => clients.ready()));
      const waiting = [];
      for (const waiter of waiters) waiting.push(await clients.queued(() => acquire(waiter)));
      const refused = waiting.map(({ result }) => rejects(result, { code: 'OBJECT_REPLACED' }));

      await invoke(clients.open(), '__concoordinit__', []);

      await Promise.all(refused);
      const lost = held.signal.aborted
        ? Promise.resolve()
        : new Promise((resolve) => held.signal.addEventListener('abort', resolve));
      await lost;
      equal((held.signal.reason as ConCoordError).code, 'LEASE_EXPIRED');
      const again = await hold(waiters[0] as ObjectProxy);
      ok(again.fence > held.fence, 'fences go on growing');
      // What was held of the old object is not that of the fresh one.
      await held.release();
      equal(await acquire(owner, { blocking: false }), false);
      await again.release();
    }
  },

  'a proxy of type 0 that waits refuses further calls, types 2 and 3 make them': async () => {
    await using stage = new Stage();
    writeWaitingClasses(stage);
    const { ports } = await stage.instanceOf(OWN.gate, 3);
    await allLevel(ports, 3);
    await using clients = new Clients(ports);
    const owner = clients.open();
    equal(await acquire(owner), true);
    const basic = await clients.ready('one-by-one');
    const gathered = await clients.ready('gathered');
    const first = await clients.queued(() => acquire(basic));
    const second = await clients.queued(() => acquire(gathered));

    await rejects(invoke(basic, 'locked', []), { code: 'BLOCKED', outcome: 'not-applied' });
    deepEqual(
      await Promise.all([invoke(gathered, 'locked', []), acquire(gathered, { blocking: false })]),
      [true, false],
    );
    await release(owner);
    equal(await first.result, true);
    equal(await invoke(basic, 'locked', []), true, 'it goes on when it waits no more');
    await release(basic);
    equal(await second.result, true);
    await release(gathered);
    equal(await invoke(owner, 'locked', []), false);
  },

  'a program that ends while it waits is passed over when its lease is over': async () => {
    await using stage = new Stage();
    const { ports } = await stage.instanceOf('concoord.object.lock.Lock', 3);
    await allLevel(ports, 3);
    await using clients = new Clients(ports);
    const owner = clients.open();
    equal(await acquire(owner), true);
    const puppet = await Puppet.with(stage, bootstrapOf(ports), { leaseMs: 1000 });
    equal(await puppet.call('acquire', [{ blocking: false }]), false);
    const gone = await clients.queued(() => puppet.call('acquire'));
    const last = await clients.ready();
    const next = await clients.queued(() => acquire(last));

    await puppet.leave();
    await rejects(gone.result, /the puppet has ended/);
    await release(owner);
    const began = clock();
    equal(await next.result, true);
    ok(clock() - began <= 2500, 'within its lease and a second');
    await release(last);
  },
});
