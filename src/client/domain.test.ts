import { equal, match, ok, rejects, throws } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { ConnectionError } from '../base/index.ts';
import { a, domainOf, NameServer, srv } from '../naming/name-server-test-kit.ts';
import { Counter } from '../proxy/counter.ts';
import { BlackHole } from './black-hole-test-kit.ts';
import { FakeInstance, FakeReplica } from './fake-instance-test-kit.ts';

const DOMAIN = 'counter.test';

function portsOf({ replicas }: FakeInstance): number[] {
  return replicas.map(({ port }) => port);
}

/** A port of this machine where nobody listens. */
async function deadPort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

test('a proxy finds its replicas by a domain alone', async () => {
  await using instance = await FakeInstance.start(3);
  await using server = await NameServer.start(domainOf(DOMAIN, portsOf(instance)));
  await using c = new Counter(DOMAIN, { dns: server.address });

  await c.increment();
  equal(await c.getvalue(), 1);
  equal(String(c), `Counter(${DOMAIN})`);
});

test('replicas of a domain that are down are passed over, and so are names that lead nowhere', async () => {
  await using instance = await FakeInstance.start(1);
  const dead = await Promise.all([deadPort(), deadPort(), deadPort()]);
  await using server = await NameServer.start([
    ...domainOf(DOMAIN, [...dead, ...portsOf(instance)]),
    srv(DOMAIN, 'gone.counter.test', 1),
    srv(DOMAIN, '.', 0),
  ]);
  await using c = new Counter(`nowhere.test, ${DOMAIN}`, { dns: server.address });

  await c.increment();
  equal(await c.getvalue(), 1);
});

test('machines without power are passed over together', async () => {
  await using instance = await FakeInstance.start(1);
  const holes = await Promise.all([1, 2, 3].map(() => BlackHole.start()));
  await using server = await NameServer.start([
    ...holes.map(({ port }) => srv(DOMAIN, 'gone.counter.test', port, { priority: 1 })),
    a('gone.counter.test'),
    srv(DOMAIN, 'well.counter.test', instance.replicas[0]?.port ?? 0, { priority: 2 }),
    a('well.counter.test'),
  ]);
  // Less than a connection has for each of them.
  await using c = new Counter(DOMAIN, { dns: server.address, quorumTimeoutMs: 4000 });

  await c.increment();
  equal(await c.getvalue(), 1);
  await Promise.all(holes.map((hole) => hole[Symbol.asyncDispose]()));
});

test('a replica that takes connections and says nothing is passed over', async () => {
  await using instance = await FakeInstance.start(1);
  const mute = createServer().listen(0, '127.0.0.1');
  await once(mute, 'listening');
  const { port } = mute.address() as AddressInfo;
  await using server = await NameServer.start([
    srv(DOMAIN, 'mute.counter.test', port, { priority: 1 }),
    a('mute.counter.test'),
    srv(DOMAIN, 'well.counter.test', instance.replicas[0]?.port ?? 0, { priority: 2 }),
    a('well.counter.test'),
  ]);
  try {
    await using c = new Counter(DOMAIN, { dns: server.address });
    await c.increment();
    equal(await c.getvalue(), 1);
  } finally {
    mute.close();
  }
});

test('a proxy whose every known replica is gone comes back by the name alone', async () => {
  await using instance = await FakeInstance.start(3);
  await using server = await NameServer.start(domainOf(DOMAIN, portsOf(instance)));
  await using c = new Counter(DOMAIN, { dns: server.address });
  await c.increment();

  const former = instance.replicas.splice(0);
  for (let at = 0; at < 3; at++) instance.replicas.push(await FakeReplica.start(instance, at));
  server.records = domainOf(DOMAIN, portsOf(instance));
  for (const replica of former) await replica.stop();

  await c.increment();
  equal(await c.getvalue(), 2);
});

test('a domain that does not exist fails calls at once, as does one without replicas', async () => {
  await using server = await NameServer.start([a('here.test')]);
  const cases = [
    ['gone.test', /^increment\(\): the domain gone\.test does not exist$/],
    ['here.test', /^increment\(\): here\.test lists no replicas: it has no SRV records at _con/],
  ] as const;
  for (const [domain, message] of cases) {
    await using c = new Counter(domain, { dns: server.address });
    await rejects(c.increment(), (error) => {
      ok(error instanceof ConnectionError);
      match(error.message, message);
      match(error.remedy, /host:port/);
      equal(error.code, 'CONNECTION');
      equal(error.retryable, true);
      equal(error.outcome, 'not-applied');
      return true;
    });
    // The same proxy serves once the name does.
    await using instance = await FakeInstance.start(1);
    server.records = [...domainOf(domain, portsOf(instance)), a('here.test')];
    const value = await untilFound(c);
    equal(value, 0);
  }
});

/** An answer that is none serves for a moment, too; between calls the session pauses by itself. */
async function untilFound(c: Counter): Promise<unknown> {
  for (;;) {
    try {
      return await c.getvalue();
    } catch (error) {
      if (!(error instanceof ConnectionError)) throw error;
    }
  }
}

test('a name server that fails is asked again, and what is wrong is told in the end', async () => {
  await using server = await NameServer.start([]);
  server.manner = () => 'SERVFAIL';
  await using c = new Counter(DOMAIN, { dns: server.address, quorumTimeoutMs: 1500 });

  await rejects(c.increment(), {
    code: 'NO_QUORUM',
    message: /no replica answered .*\(counter\.test: its name server fails \(ESERVFAIL\)\)/,
  });
  ok(server.count('SRV') >= 2);
});

test('explicit addresses serve while the domain does not exist', async () => {
  await using instance = await FakeInstance.start(1);
  await using server = await NameServer.start();
  await using c = new Counter(`${DOMAIN}, ${instance.addresses}`, { dns: server.address });

  await c.increment();
  equal(await c.getvalue(), 1);
});

test('a host name that the given name server does not know is the business of the system', async () => {
  await using instance = await FakeInstance.start(1);
  await using server = await NameServer.start();
  const port = instance.replicas[0]?.port;
  await using c = new Counter(`localhost:${port}`, { dns: server.address });

  await c.increment();
  equal(server.asked.length, 0);
});

test('what is malformed is thrown at once', () => {
  for (const text of ['counter', 'counter..test', '_concoord._tcp.counter.test', 'a.test:0']) {
    throws(() => new Counter(text), ConnectionError);
  }
  throws(() => new Counter(DOMAIN, { dns: '127.0.0.1' }), { code: 'INVALID_ARGUMENT' });
});

test('a program ends whose last call is over while a name server keeps silent', async () => {
  await using server = await NameServer.start();
  server.manner = () => 'silent';
  const proxies = new URL('../proxy/counter.ts', import.meta.url);
  const source = `
    import { Counter } from ${JSON.stringify(proxies.href)};
    const c = new Counter('${DOMAIN}', { dns: '${server.address}', timeoutMs: 300 });
    await c.increment().catch(({ code }) => console.log(code, performance.now()));
    process.on('exit', () => console.log(performance.now()));
  `;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source]);
  let said = '';
  child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  await once(child, 'close');

  const [code, failed, ended] = said.trim().split(/\s+/);
  equal(code, 'TIMEOUT');
  // Less than the name server has.
  ok(Number(ended) - Number(failed) < 2000, said);
});
