import { deepEqual, equal, ok, rejects, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import type { ObjectType } from '../object/index.ts';
import { Counter } from '../proxy/counter.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import {
  BareProxy,
  close,
  flush,
  hold,
  invoke,
  KeyError,
  ObjectProxy,
  outcome,
  withOptions,
} from './index.ts';
import type { CallOptions, ProxyOptions } from './index.ts';

test('a proxy shows what it is and where, and keeps its state to itself', async () => {
  await using c = new Counter('127.0.0.1:14000 ,[::1]:14001');

  equal(String(c), 'Counter(127.0.0.1:14000, [::1]:14001)');
  equal(inspect(c), 'Counter(127.0.0.1:14000, [::1]:14001)');
  equal(inspect({ c }), '{ c: Counter(127.0.0.1:14000, [::1]:14001) }');
  equal(String(c.with({ timeoutMs: 1 })), String(c));
  deepEqual(Reflect.ownKeys(c), []);
  deepEqual(Reflect.ownKeys(c.with({})), []);
  equal(JSON.stringify(c), '{}');
});

test('a proxy is no thenable, so it can be returned from an async function', async () => {
  await using c = new Counter('127.0.0.1:14000');
  const make = async (): Promise<Counter> => c;

  ok(!('then' in c));
  equal(await make(), c);
});

test('making a proxy connects to nobody, and closing it at once is quick', async () => {
  await using instance = await FakeInstance.start(1);
  const c = new Counter(instance.addresses);
  await c.close();

  equal(instance.replicas[0]?.connections, 0);
});

test('a view is of the same class and the same connection, and adds up options', async () => {
  await using instance = await FakeInstance.start(1);
  await using c = new Counter(instance.addresses);
  await c.increment();
  const controller = new AbortController();
  const view = c.with({ signal: controller.signal }).with({ timeoutMs: 5000 });

  ok(view instanceof Counter);
  await view.increment();
  equal(await c.getvalue(), 2);
  equal(instance.sessions, 1);
  controller.abort();
  await rejects(view.increment(), { name: 'AbortError' });
  await c.increment();
});

test('a view of a class of the user keeps what the class has', async () => {
  class Named extends Counter {
    readonly label = 'mine';
  }
  await using c = new Named('127.0.0.1:14000');

  equal(c.with({ timeoutMs: 5 }).label, 'mine');
  equal(String(c), 'Named(127.0.0.1:14000)');
});

test('the exported functions serve when the object has methods of their names', async () => {
  class Door extends BareProxy {
    close(): Promise<string> {
      return invoke(this, 'close', []);
    }
    with(other: string): Promise<string> {
      return invoke(this, 'with', [other]);
    }
    flush(): Promise<string> {
      return invoke(this, 'flush', []);
    }
  }
  await using instance = await FakeInstance.start(1, undefined, DOOR);
  const door = new Door(instance.addresses);

  equal(await door.close(), 'closed');
  equal(await withOptions(door, { timeoutMs: 5000 }).with('force'), 'opened with force');
  equal(await door.flush(), 'flushed');
  await flush(door);
  await close(door);
  await rejects(door.close(), { code: 'CLOSED' });
});

const DOOR: ObjectType = {
  name: 'door.Door',
  construct: class {
    close(): string {
      return 'closed';
    }
    with(other: string): string {
      return `opened with ${other}`;
    }
    flush(): string {
      return 'flushed';
    }
    fail(kind: string): never {
      if (kind === 'key') throw new KeyError('no such key');
      if (kind === 'type') throw new TypeError('of the wrong type');
      if (kind === 'own') throw Object.assign(new Error('of my own'), { name: 'DoorError' });
      throw { kind };
    }
    echo(value: unknown): unknown {
      return value;
    }
  },
  methods: ['close', 'with', 'flush', 'fail', 'echo'].map((name) => ({ name, read: false })),
  version: 1,
};

test('an idle proxy tells the replicas that it has a large result, without being asked', async () => {
  await using instance = await FakeInstance.start(1, undefined, DOOR);
  await using door = new BareProxy(instance.addresses);
  const told = new Promise<number>((resolve) => (instance.onAcknowledge = resolve));
  const large = 'x'.repeat(20_000);

  equal(await invoke(door, 'echo', [large]), large);

  equal(await told, 2);
});

test('what the object throws arrives as what it was', async () => {
  await using instance = await FakeInstance.start(1, undefined, DOOR);
  await using door = new BareProxy(instance.addresses);
  const fail = (kind: string): Promise<unknown> => invoke(door, 'fail', [kind]);

  await rejects(
    fail('key'),
    (error) => error instanceof KeyError && error.message === 'no such key',
  );
  await rejects(fail('type'), TypeError);
  await rejects(fail('own'), { name: 'DoorError', message: 'of my own' });
  await rejects(fail('other'), (error) => {
    deepEqual(error, { kind: 'other' });
    return true;
  });
  await rejects(invoke(door, 'absent', []), { code: 'NO_SUCH_METHOD' });
});

test('values arrive as they were, and others are refused before they are sent', async () => {
  await using instance = await FakeInstance.start(1, undefined, DOOR);
  await using door = new BareProxy(instance.addresses);
  const value = { list: [1n, -0, NaN, new Date(5)], map: new Map([['a', new Set([null])]]) };
  deepEqual(await invoke(door, 'echo', [value]), value);
  const sessions = instance.replicas[0]?.frames.length;

  await rejects(invoke(door, 'echo', [{ a: [() => 1] }]), (error: Error) =>
    /arguments\[0\]\.a\[0\]/.test(error.message),
  );
  await rejects(invoke(door, 'echo', ['x'.repeat(2_000_000)]), { code: 'TOO_LARGE' });
  equal(instance.replicas[0]?.frames.length, sessions);
});

test('options that are wrong, or misspelt, are refused', () => {
  const cases = [
    [],
    'fast',
    { timeoutMs: 0 },
    { timeoutMs: -1 },
    { timeoutMs: '5' },
    { timeoutMs: Number.NaN },
    { timeoutMs: 2 ** 31 },
    { quorumTimeoutMs: 0 },
    { dns: '127.0.0.1' },
    { dns: 'example.org:53' },
    { dns: '127.0.0.1:0' },
    { signal: {} },
    { token: '' },
    { token: 5 },
    { tls: true },
    { tls: { ca: 5 } },
    { tls: { cipher: 'x' } },
    { timeout: 5 },
    { read: 'stale' },
  ];
  for (const options of cases) {
    throws(() => new Counter('a:1', options as unknown as ProxyOptions), {
      code: 'INVALID_ARGUMENT',
    });
  }
  throws(() => new Counter('a:1', { tls: { ca: 'x' } }), { code: 'UNSUPPORTED' });
});

test('options of calls are checked like those of proxies', async () => {
  await using c = new Counter('a:1', { timeoutMs: Infinity, dns: '[::1]:53', signal: undefined });
  const bounds = [-1, Number.NaN, Infinity, '5', null].map((maxLagMs) => ({
    read: 'stale',
    maxLagMs,
  }));
  const others = [null, undefined, 5, { timeoutMs: 0 }, { read: 'old' }, { dns: 'x' }];
  for (const options of [...others, ...bounds]) {
    throws(() => c.with(options as CallOptions), { code: 'INVALID_ARGUMENT' });
  }
  const range = 'fence is the fence of something that is held, a bigint from 0 to 2 ** 63 - 1';
  const fences = { '"1"': '1', 1: 1, '-1n': -1n, '9223372036854775808n': 1n << 63n };
  for (const [shown, fence] of Object.entries(fences)) {
    const message = `${range}, not ${shown}`;
    throws(() => c.with({ fence: fence as never }), { code: 'INVALID_ARGUMENT', message });
  }
  throws(() => c.with({ fence: 1n << 5000n }), { message: /, not \d{80}…$/ });
  ok(c.with({ fence: (1n << 63n) - 1n }));
  ok(c.with({ read: 'stale', timeoutMs: Infinity, signal: undefined }));
});

test('hold takes options or none, and null is neither', async () => {
  await using c = new Counter('a:1');
  for (const [shown, options] of Object.entries({ null: null, 5: 5, 'an array': [] })) {
    const message = `options is an object, not ${shown}`;
    await rejects(hold(c, options as never), { code: 'INVALID_ARGUMENT', message });
  }
});

test('maxLagMs goes with stale reads, and is told so where it cannot be meant', async () => {
  await using c = new Counter('a:1');
  const refused = { code: 'INVALID_ARGUMENT', message: /maxLagMs.*stale/, remedy: /read: 'stale'/ };
  throws(() => c.with({ maxLagMs: 500 }), refused);
  throws(() => c.with({ read: 'linearizable', maxLagMs: 500 }), refused);
  const stale = c.with({ read: 'stale', maxLagMs: 0 });
  throws(() => stale.with({ read: 'linearizable' }).with({ maxLagMs: 1 }), refused);
  ok(c.with({ read: 'stale' }).with({ maxLagMs: 0.5 }).with({ maxLagMs: Number.MAX_VALUE }));
});

test('the exported functions refuse what is no proxy', () => {
  for (const proxy of [{}, Object.create(null), undefined, new (class extends Array {})()]) {
    throws(() => close(proxy as object), { code: 'INVALID_ARGUMENT' });
    throws(() => outcome(proxy as object, '1-1-ab'), { code: 'INVALID_ARGUMENT' });
  }
  ok(ObjectProxy.prototype instanceof BareProxy);
});
