import { deepEqual, equal, rejects } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { Counter } from '../proxy/counter.ts';
import { FakeInstance } from './fake-instance-test-kit.ts';
import { Names } from './names.ts';

const TYPE = { A: 1, AAAA: 28, SRV: 33 } as const;

type Zone = Readonly<Record<string, readonly Buffer[]>>;

/** A name server that knows a few records, by `<name> <type>`. */
class NameServer implements AsyncDisposable {
  readonly #socket: Socket = createSocket('udp4');
  readonly #zone: Zone;
  asked = 0;

  private constructor(zone: Zone) {
    this.#zone = zone;
    this.#socket.on('message', (query, { port, address }) => {
      this.asked++;
      this.#socket.send(this.#answer(query), port, address);
    });
  }

  static async start(zone: Zone): Promise<NameServer> {
    const server = new NameServer(zone);
    server.#socket.bind(0, '127.0.0.1');
    await once(server.#socket, 'listening');
    return server;
  }

  get address(): string {
    return `127.0.0.1:${this.#socket.address().port}`;
  }

  #answer(query: Buffer): Buffer {
    let at = 12;
    const labels: string[] = [];
    while (query[at] !== 0) {
      const length = query[at] ?? 0;
      labels.push(query.toString('latin1', at + 1, at + 1 + length));
      at += 1 + length;
    }
    const question = query.subarray(12, at + 5);
    const type = query.readUInt16BE(at + 1);
    const records = this.#zone[`${labels.join('.').toLowerCase()} ${type}`] ?? [];
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(records.length > 0 ? 0x8180 : 0x8183, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(records.length, 6);
    const answers = records.map((data) => {
      const start = Buffer.alloc(12);
      start.writeUInt16BE(0xc00c, 0);
      start.writeUInt16BE(type, 2);
      start.writeUInt16BE(1, 4);
      start.writeUInt16BE(data.length, 10);
      return Buffer.concat([start, data]);
    });
    return Buffer.concat([header, question, ...answers]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#socket.close();
    await once(this.#socket, 'close');
  }
}

function srv(priority: number, port: number, name: string): Buffer {
  const fixed = Buffer.alloc(6);
  fixed.writeUInt16BE(priority, 0);
  fixed.writeUInt16BE(port, 4);
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  return Buffer.concat([fixed, ...labels, Buffer.from([0])]);
}

test('a domain leads to its replicas through SRV, at a given name server', async () => {
  await using instance = await FakeInstance.start(2);
  const [first, second] = instance.replicas;
  await using server = await NameServer.start({
    [`_concoord._tcp.counter.test ${TYPE.SRV}`]: [
      srv(2, second?.port ?? 0, 'b.counter.test'),
      srv(1, first?.port ?? 0, 'a.counter.test'),
    ],
    [`a.counter.test ${TYPE.A}`]: [Buffer.from([127, 0, 0, 1])],
    [`b.counter.test ${TYPE.A}`]: [Buffer.from([127, 0, 0, 1])],
  });
  const names = new Names(server.address);

  deepEqual(await names.find({ kind: 'domain', domain: 'counter.test' }), [
    { address: '127.0.0.1', port: first?.port },
    { address: '127.0.0.1', port: second?.port },
  ]);
  await using c = new Counter('counter.test', { dns: server.address });
  await c.increment();
  equal(await c.getvalue(), 1);
});

test('a replica of a domain that is down is passed over', async () => {
  await using instance = await FakeInstance.start(2);
  const [first, second] = instance.replicas;
  await using server = await NameServer.start({
    [`_concoord._tcp.counter.test ${TYPE.SRV}`]: [
      srv(1, first?.port ?? 0, 'a.counter.test'),
      srv(2, second?.port ?? 0, 'a.counter.test'),
    ],
    [`a.counter.test ${TYPE.A}`]: [Buffer.from([127, 0, 0, 1])],
  });
  await first?.stop();
  instance.replicas.shift();
  instance.leader = undefined;
  await using c = new Counter('counter.test', { dns: server.address, quorumTimeoutMs: 500 });

  await rejects(c.increment(), /knows no leader/);
});

test('host names are asked at the given name server, both kinds of address', async () => {
  const v6 = Buffer.alloc(16);
  v6[15] = 1;
  await using server = await NameServer.start({
    [`a.test ${TYPE.A}`]: [Buffer.from([127, 0, 0, 7]), Buffer.from([127, 0, 0, 8])],
    [`a.test ${TYPE.AAAA}`]: [v6],
  });
  const names = new Names(server.address);
  const a = { kind: 'host', host: 'a.test', port: 5 } as const;

  const [found, again] = await Promise.all([names.find(a), names.find(a)]);

  deepEqual(
    found.map(({ address }) => address),
    ['127.0.0.7', '127.0.0.8', '::1'],
  );
  equal(again, found);
  equal(server.asked, 2);
  await rejects(names.find({ kind: 'host', host: 'b.test', port: 5 }), { code: 'ENOTFOUND' });
  await rejects(names.find({ kind: 'domain', domain: 'b.test' }), { code: 'ENOTFOUND' });
});

test('addresses and local names need no name server', async () => {
  const names = new Names(undefined);

  deepEqual(await names.find({ kind: 'host', host: '::1', port: 5 }), [
    { address: '::1', port: 5 },
  ]);
  const found = await names.find({ kind: 'host', host: 'localhost', port: 5 });
  equal(
    found.some(({ address }) => address === '127.0.0.1' || address === '::1'),
    true,
  );
});

test('a name that does not exist fails calls with the reason', async () => {
  await using server = await NameServer.start({});
  await using c = new Counter('nowhere.test:5', { dns: server.address, quorumTimeoutMs: 100 });

  await rejects(c.increment(), /nowhere\.test:5: .*ENOTFOUND/);
});
