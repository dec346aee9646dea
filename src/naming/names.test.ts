import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { a, aaaa, domainOf, NameServer, srv } from './name-server-test-kit.ts';
import { NameFailure } from './index.ts';
import { FRESH_MS, Names } from './names.ts';

const DOMAIN = { kind: 'domain', domain: 'counter.test' } as const;

function failsWith(pattern: RegExp, absent: boolean) {
  return (error: unknown): boolean => {
    ok(error instanceof NameFailure);
    match(error.message, pattern);
    equal(error.absent, absent);
    equal(error.code, 'CONNECTION');
    ok(error.remedy.length > 20);
    return true;
  };
}

test('a domain leads to its replicas through SRV, at a given name server', async () => {
  await using server = await NameServer.start([
    srv('counter.test', 'b.counter.test', 2, { priority: 2 }),
    srv('counter.test', 'a.counter.test', 1, { priority: 1 }),
    a('a.counter.test', '127.0.0.7'),
    a('b.counter.test'),
    aaaa('b.counter.test'),
  ]);

  deepEqual(await new Names(server.address).find(DOMAIN), [
    { address: '127.0.0.7', port: 1 },
    { address: '127.0.0.1', port: 2 },
    { address: '::1', port: 2 },
  ]);
});

test('a domain is asked for anew, but not more than once in a moment', async () => {
  await using server = await NameServer.start(domainOf('counter.test', [1]));
  let now = 0;
  const names = new Names(server.address, () => now);
  const [first, again] = await Promise.all([names.find(DOMAIN), names.find(DOMAIN)]);
  equal(again, first);
  equal(await names.find(DOMAIN), first);
  equal(server.count('SRV'), 1);

  server.records = domainOf('counter.test', [2]);
  now = FRESH_MS - 1;
  equal(await names.find(DOMAIN), first);
  now = FRESH_MS;

  deepEqual(await names.find(DOMAIN), [{ address: '127.0.0.1', port: 2 }]);
});

test('an answer that does not fit is asked for by TCP', async () => {
  await using server = await NameServer.start(domainOf('counter.test', [1, 2, 3]));
  server.manner = ({ type }) => (type === 'SRV' ? 'truncated' : 'right');

  const found = await new Names(server.address).find(DOMAIN);

  deepEqual(new Set(found.map(({ port }) => port)), new Set([1, 2, 3]));
  deepEqual(
    server.asked.filter(({ type }) => type === 'SRV').map(({ by }) => by),
    ['udp', 'tcp'],
  );
});

test('a name that does not exist and one without replicas are told apart', async () => {
  await using server = await NameServer.start([a('here.test')]);
  const find = (domain: string) => new Names(server.address).find({ kind: 'domain', domain });

  await rejects(find('gone.test'), failsWith(/^the domain gone\.test does not exist$/, true));
  await rejects(
    find('here.test'),
    failsWith(
      /^here\.test lists no replicas: it has no SRV records at _concoord\._tcp\.here/,
      true,
    ),
  );
  server.records = [{ ...a('_concoord._tcp.here.test') }];
  await rejects(find('here.test'), failsWith(/^here\.test lists no replicas/, true));
  server.records = [srv('here.test', '.', 0)];
  await rejects(find('here.test'), failsWith(/says in its SRV records that it has no rep/, true));
});

test('a name server that fails is no proof that there is nothing', async () => {
  const cases = [
    ['SERVFAIL', /^counter\.test: its name server fails \(ESERVFAIL\)/],
    ['REFUSED', /^counter\.test: the name server refuses to answer for it \(EREFUSED\)/],
    ['NOTIMP', /^counter\.test: .* \(ENOTIMP\)/],
    ['nonsense', /^counter\.test: .*(?:BADRESP|TIMEOUT|CANCELLED)/],
    ['strange', /^counter\.test: its name server does not answer in time/],
    ['silent', /^counter\.test: its name server does not answer in time/],
  ] as const;
  await Promise.all(
    cases.map(async ([manner, message]) => {
      const label = manner.toLowerCase();
      await using other = await NameServer.start(domainOf('counter.test', [1]));
      other.manner = () => manner;
      const before = performance.now();
      await rejects(new Names(other.address).find(DOMAIN), failsWith(message, false), label);
      // Bounded, whatever happens; a busy machine may take its time.
      ok(performance.now() - before < 20_000, label);
    }),
  );

  const nobody = createSocket('udp4').bind(0, '127.0.0.1');
  await once(nobody, 'listening');
  const dns = `127.0.0.1:${nobody.address().port}`;
  nobody.close();
  await once(nobody, 'close');
  await rejects(new Names(dns).find(DOMAIN), failsWith(/\((?:ECONNREFUSED|ETIMEOUT)\)/, false));
});

test('targets that cannot be dialled or resolved are passed over', async () => {
  const server = await NameServer.start([
    ...domainOf('counter.test', [0, 7]),
    srv('counter.test', '.', 9),
    srv('counter.test', 'gone.counter.test', 9),
    srv('counter.test', 'a b.counter.test', 9),
    srv('counter.test', 'ring.counter.test', 9),
    srv('counter.test', 'mute.counter.test', 9),
    { name: 'ring.counter.test', type: 'CNAME', ttl: 30, data: 'gnir.counter.test' },
    { name: 'gnir.counter.test', type: 'CNAME', ttl: 30, data: 'ring.counter.test' },
  ]);
  await using _ = server;
  server.manner = ({ name }) => (name.startsWith('mute') ? 'silent' : 'right');

  deepEqual(await new Names(server.address).find(DOMAIN), [{ address: '127.0.0.1', port: 7 }]);

  server.records = [
    ...domainOf('counter.test', [7]),
    srv('counter.test', 'too.counter.test', 7),
    srv('counter.test', '127.0.0.1', 7),
    a('too.counter.test'),
  ];
  deepEqual(await new Names(server.address).find(DOMAIN), [{ address: '127.0.0.1', port: 7 }]);

  server.records = [srv('counter.test', 'ring.counter.test', 9)];
  await rejects(
    new Names(server.address).find(DOMAIN),
    failsWith(/^counter\.test lists ring\.counter\.test, which lead to no address/, false),
  );
});

test('of hundreds of records only some are followed', async () => {
  const ports = Array.from({ length: 400 }, (_, at) => at + 1);
  await using server = await NameServer.start([
    ...ports.map((port) => srv('counter.test', `r${port}.counter.test`, port)),
    ...ports.flatMap((port) =>
      Array.from({ length: 12 }, (_, at) => a(`r${port}.counter.test`, `127.0.${at}.1`)),
    ),
  ]);
  server.manner = ({ type }) => (type === 'SRV' ? 'truncated' : 'right');

  const found = await new Names(server.address).find(DOMAIN);

  equal(new Set(found.map(({ port }) => port)).size, 16);
  equal(found.length, 16 * 4);
  equal(server.count('A'), 16);
});

test('a server that answers one kind of question and keeps silent to the other holds nobody up', async () => {
  await using server = await NameServer.start(domainOf('counter.test', [1]));
  server.manner = ({ type }) => (type === 'AAAA' ? 'silent' : 'right');

  deepEqual(await new Names(server.address).find(DOMAIN), [{ address: '127.0.0.1', port: 1 }]);
});

test('host names are asked at the given name server, both kinds of address', async () => {
  await using server = await NameServer.start([
    a('a.test', '127.0.0.7'),
    a('a.test', '127.0.0.8'),
    aaaa('a.test'),
  ]);
  const names = new Names(server.address);
  const host = { kind: 'host', host: 'a.test', port: 5 } as const;

  const [found, again] = await Promise.all([names.find(host), names.find(host)]);

  deepEqual(
    found.map(({ address }) => address),
    ['127.0.0.7', '127.0.0.8', '::1'],
  );
  equal(again, found);
  equal(server.asked.length, 2);
  await rejects(names.find({ ...host, host: 'b.test' }), failsWith(/^b\.test: it does not/, false));
});

test('what the given name server does not know, the system is asked for', async () => {
  await using server = await NameServer.start();
  const localhost = { kind: 'host', host: 'localhost', port: 5 } as const;
  for (const names of [new Names(undefined), new Names(server.address)]) {
    const found = await names.find(localhost);
    ok(found.some(({ address }) => address === '127.0.0.1' || address === '::1'));
    deepEqual(await names.find({ ...localhost, host: '::1' }), [{ address: '::1', port: 5 }]);
  }
  equal(server.asked.length, 0);
});

test('targets that only the system knows are found by it', async () => {
  await using server = await NameServer.start([srv('counter.test', 'localhost', 7)]);

  const found = await new Names(server.address).find(DOMAIN);
  ok(found.some(({ address }) => address === '127.0.0.1' || address === '::1'));
  ok(found.every(({ port }) => port === 7));
});

test('who does not wait any more hears that there was no answer', async () => {
  await using server = await NameServer.start(domainOf('counter.test', [1]));
  server.manner = () => 'held';
  const names = new Names(server.address);
  const asked = names.find(DOMAIN);

  names.stop();

  await rejects(asked, failsWith(/does not answer in time/, false));
  server.manner = () => 'right';
  deepEqual(await names.find(DOMAIN), [{ address: '127.0.0.1', port: 1 }]);
});
