import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { Worker } from 'node:worker_threads';
import type { TestContext } from 'node:test';
import type { ConCoordError } from '../base/index.ts';
import { Random } from '../base/index.ts';
import { hostilePacket } from './hostile-test-kit.ts';
import { NameServer } from './name-server.ts';
import type { NameServerOptions } from './name-server.ts';
import { DOMAIN, nameServers, query, read, SERVICE } from './packets-test-kit.ts';
import type { Reply } from './packets-test-kit.ts';

/** Of 60 packets each; `CONCOORD_SOAK=full` sends a million of them, and needs a longer `--test-timeout`. */
const HOSTILE_ROUNDS = process.env['CONCOORD_SOAK'] === 'full' ? 17_000 : 50;

const ROLL = { epoch: 7, nodes: nameServers(3) };

async function aServer(
  t: TestContext,
  overrides: Partial<NameServerOptions> = {},
): Promise<{ readonly server: NameServer; readonly warnings: string[] }> {
  const warnings: string[] = [];
  const server = await NameServer.listen({
    domain: DOMAIN,
    host: '127.0.0.1',
    port: 0,
    ttl: 30,
    repliesPerSecond: 1e6,
    warn: (text) => warnings.push(text),
    ...overrides,
  });
  t.after(() => server.close());
  return { server, warnings };
}

function resolverOf({ port }: NameServer, host = '127.0.0.1'): Resolver {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`${host}:${port}`]);
  return resolver;
}

async function askByUdp(port: number, packet: Buffer): Promise<Reply> {
  const socket = createSocket('udp4');
  const answered = once(socket, 'message') as Promise<[Buffer]>;
  socket.send(packet, port, '127.0.0.1');
  const [reply] = await answered;
  socket.close();
  return read(packet, reply);
}

function dial(port: number): Socket {
  return connect({ host: '127.0.0.1', port }).on('error', () => undefined);
}

/** Also when the other side broke it off. */
function closed(socket: Socket): Promise<void> {
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

function framed(packet: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(packet.length);
  return Buffer.concat([length, packet]);
}

/** Reads so many replies. */
async function repliesOf(socket: Socket, count: number): Promise<Buffer[]> {
  const replies: Buffer[] = [];
  let received = Buffer.alloc(0);
  for await (const bytes of socket) {
    received = Buffer.concat([received, bytes as Buffer]);
    while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
      const end = 2 + received.readUInt16BE(0);
      replies.push(received.subarray(2, end));
      received = received.subarray(end);
    }
    if (replies.length >= count) break;
  }
  return replies;
}

test('a resolver that is not ours finds the members, and each change of the view at once', async (t) => {
  const { server } = await aServer(t);
  const resolver = resolverOf(server);
  await rejects(resolver.resolve4(DOMAIN), { code: 'ESERVFAIL' });

  await server.publish(ROLL);
  deepEqual(await resolver.resolve4(DOMAIN), ['10.0.0.1', '10.0.0.2', '10.0.0.3']);
  const services = await resolver.resolveSrv(SERVICE);
  deepEqual(
    services.map(({ name, port }) => `${name}:${port}`),
    [1, 2, 3].map((at) => `ip4-10-0-0-${at}.${DOMAIN}:14000`),
  );
  deepEqual(await resolver.resolve4(services[0]?.name ?? ''), ['10.0.0.1']);
  deepEqual(
    await resolver.resolveNs(DOMAIN),
    [1, 2, 3].map((at) => `ip4-10-0-0-${at}.${DOMAIN}`),
  );
  equal((await resolver.resolveSoa(DOMAIN)).serial, 7);
  await server.publish({ epoch: 8, nodes: nameServers(1) });

  deepEqual(await resolver.resolve4(DOMAIN), ['10.0.0.1']);
  equal((await resolver.resolveSoa(DOMAIN)).serial, 8);
  await rejects(resolver.resolve4(`no.${DOMAIN}`), { code: 'ENOTFOUND' });
  await rejects(resolver.resolveMx(DOMAIN), { code: 'ENODATA' });
});

test('what is too long for UDP is asked again over TCP, by a resolver of its own accord', async (t) => {
  const { server } = await aServer(t);
  await server.publish({ epoch: 1, nodes: nameServers(60) });

  equal((await resolverOf(server).resolveSrv(SERVICE)).length, 60);
  const { packet } = await askByUdp(
    server.port,
    query({ name: SERVICE, type: 'SRV', udpBytes: 1232 }),
  );
  equal(packet.flag_tc, true);
});

test('who finds another of its instance at the port stands by, until that one ends', async (t) => {
  const first = await NameServer.listen({
    ...{ domain: DOMAIN, host: '127.0.0.1', port: 0, ttl: 30 },
    warn: () => undefined,
  });
  await first.publish(ROLL);
  const { port } = first;
  let stepUp: () => void = () => undefined;
  const steppedUp = new Promise<void>((resolve) => (stepUp = resolve));
  const said: string[] = [];
  const warn = (text: string): void => {
    said.push(text);
    if (said.length === 2) stepUp();
  };

  const { server } = await aServer(t, { port, members: ['10.0.0.2:14000'], warn });
  await server.publish({ epoch: 8, nodes: nameServers(1) });
  equal(server.standsBy, true);
  equal((await resolverOf(first).resolveSoa(DOMAIN)).serial, 7);
  await first.close();
  await steppedUp;

  equal(server.standsBy, false);
  equal((await resolverOf(server).resolveSoa(DOMAIN)).serial, 8);
  match(
    said.join('\n'),
    /^another replica of this instance answers .*\n.* in the place of another$/,
  );
});

test('strangers at the port are an error: another domain, and another instance of this one', async (t) => {
  const { server } = await aServer(t);
  const { port } = server;
  const members = ['10.0.0.2:14000'];
  const again = (overrides: Partial<NameServerOptions>): Promise<unknown> =>
    aServer(t, { port, members, ...overrides });

  await rejects(again({}), { code: 'ADDRESS_IN_USE' }, 'one that knows no view yet');
  await server.publish(ROLL);
  await rejects(again({ domain: 'other.test' }), { code: 'ADDRESS_IN_USE' });
  await rejects(again({ members: ['10.0.0.2:14001'] }), { code: 'ADDRESS_IN_USE' });
});

test('IPv6 is served like IPv4', async (t) => {
  const { server } = await aServer(t, { host: '::1' });
  await server.publish({ epoch: 1, nodes: [{ kind: 'NAMESERVER', host: '::1', port: 14_000 }] });

  deepEqual(await resolverOf(server, '[::1]').resolve6(DOMAIN), ['::1']);
});

test('several queries on one connection, in pieces, are answered in order', async (t) => {
  const { server } = await aServer(t);
  await server.publish(ROLL);
  const asked = (['A', 'TXT', 'NS'] as const).map((type) => query({ type }));
  const bytes = Buffer.concat(asked.map(framed));
  const socket = dial(server.port).setNoDelay(true);

  for (let at = 0; at < bytes.length; at += 7) {
    await new Promise((resolve) => socket.write(bytes.subarray(at, at + 7), resolve));
  }
  const replies = await repliesOf(socket, 3);

  deepEqual(
    replies.map((reply, at) => read(asked[at] as Buffer, reply).answers[0]?.split(' ')[2]),
    ['A', 'TXT', 'NS'],
  );
});

test('a thousand queries at once, whose replies nobody reads at first, are all answered', async (t) => {
  const { server } = await aServer(t);
  await server.publish({ epoch: 1, nodes: nameServers(60) });
  const asked = query({ name: SERVICE, type: 'SRV' });
  const socket = dial(server.port);
  socket.pause();
  await new Promise((resolve) => {
    socket.write(Buffer.concat(Array.from({ length: 1000 }, () => framed(asked))), resolve);
  });

  const replies = await repliesOf(socket, 1000);

  equal(replies.length, 1000);
  equal(read(asked, replies.at(-1)).answers.length, 60);
});

test('who sends what deserves no reply is hung up on, and nobody else', async (t) => {
  const { server } = await aServer(t);
  await server.publish(ROLL);
  const other = dial(server.port);
  await once(other, 'connect');
  const socket = dial(server.port);
  socket.write(framed(Buffer.from('no query')));
  await closed(socket);

  other.write(framed(query()));
  equal((await repliesOf(other, 1)).length, 1);
});

test('of too many connections of one source, the one that said least lately is closed', async (t) => {
  const { server } = await aServer(t);
  await server.publish(ROLL);
  const sockets = Array.from({ length: 32 }, () => dial(server.port));
  await Promise.all(sockets.map((socket) => once(socket, 'connect')));
  const [first, second] = sockets as [Socket, Socket];
  first.write(framed(query()));
  equal(
    (
      await repliesOf(
        first.on('close', () => undefined),
        1,
      )
    ).length,
    1,
  );

  // Reading it to the end has closed the first: so there is room for one more, and none for a second.
  const more = [dial(server.port), dial(server.port)];
  await closed(second.resume());

  more[1]?.write(framed(query()));
  equal((await repliesOf(more[1] as Socket, 1)).length, 1);
  for (const socket of [...sockets, ...more]) socket.destroy();
});

test('a flood from one source is not answered in full, and the rest may use TCP', async (t) => {
  const { server } = await aServer(t, { repliesPerSecond: 5 });
  await server.publish(ROLL);
  const socket = createSocket('udp4');
  const replies: Buffer[] = [];
  const cut = new Promise<void>((resolve) => {
    socket.on('message', (reply) => {
      replies.push(reply);
      if (((reply[2] as number) & 2) !== 0) resolve();
    });
  });
  const asked = query();
  const sending = setInterval(() => {
    for (let left = 20; left > 0; left--) socket.send(asked, server.port, '127.0.0.1');
  }, 10);
  t.after(() => {
    clearInterval(sending);
    socket.close();
  });

  await cut;

  const [last] = replies.slice(-1);
  deepEqual(
    [last?.length, last?.readUInt16BE(6)],
    [asked.length, 0],
    'no longer than the question',
  );
  equal(replies.filter((reply) => reply.readUInt16BE(6) > 0).length >= 10, true, 'the burst');
  const conversation = dial(server.port);
  conversation.write(framed(asked));
  equal(read(asked, (await repliesOf(conversation, 1))[0]).answers.length, 3, 'over TCP');
});

test('packets without sense, over UDP and TCP, change nothing for the next who asks', async (t) => {
  const { server, warnings } = await aServer(t);
  await server.publish({ epoch: 1, nodes: nameServers(60) });
  const random = new Random(20_261_121);
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  for (let round = 0; round < HOSTILE_ROUNDS; round++) {
    for (let left = 40; left > 0; left--) {
      socket.send(hostilePacket(random), server.port, '127.0.0.1');
    }
    const conversation = dial(server.port).resume();
    conversation.write(
      Buffer.concat(Array.from({ length: 20 }, () => framed(hostilePacket(random)))),
    );
    conversation.end(hostilePacket(random));
    await closed(conversation);
  }

  equal((await resolverOf(server).resolveSrv(SERVICE)).length, 60);
  deepEqual(warnings, []);
});

test('a thread that is lost is replaced by one that answers the same, and people are told', async (t) => {
  const started = once(process, 'worker') as Promise<[Worker]>;
  const { server, warnings } = await aServer(t);
  const [worker] = await started;
  await server.publish(ROLL);
  const restarted = once(process, 'worker') as Promise<[Worker]>;

  await worker.terminate();
  const [next] = await restarted;
  // Listening, then serving what was published before.
  await once(next, 'message');
  await once(next, 'message');

  deepEqual((await resolverOf(server).resolve4(DOMAIN)).length, 3);
  deepEqual(warnings, ['the name server was lost (its thread has ended), and is started again']);
});

test('a port that cannot be had is a clear error', async (t) => {
  const { server } = await aServer(t);
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  t.after(() => taken.close());
  const refused = async (options: Partial<NameServerOptions>): Promise<string> => {
    try {
      await aServer(t, options);
    } catch (error) {
      const { code, message, remedy } = error as ConCoordError;
      return `${code}: ${message}. ${remedy}`;
    }
    return 'it listens';
  };

  match(
    await refused({ port: server.port }),
    /^ADDRESS_IN_USE: the name server cannot listen at 127\.0\.0\.1:\d+: EADDRINUSE\. .*--dns-port/,
  );
  const { port } = taken.address() as AddressInfo;
  match(await refused({ port }), /^ADDRESS_IN_USE/, 'TCP alone is taken');
  match(await refused({ host: '192.0.2.1' }), /^CONNECTION: .* 192\.0\.2\.1:0: EADDRNOTAVAIL/);
  match(await refused({ host: 'no-such-host.invalid' }), /^CONNECTION: .*no-such-host\.invalid/);
});
