import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import { limits, Random } from '../base/index.ts';
import {
  decodeRefusal,
  decodeResponses,
  encodeFrame,
  encodeHello,
  encodeMessage,
  encodeRequests,
  FRAME,
} from '../wire/index.ts';
import { Connection } from './connection.ts';
import { eventually, pause, randomBytes } from './test-kit.ts';
import { clientHello, greeted, peerHello, station, Wire } from './tcp-test-kit.ts';

const CALLS = clientHello('calls');

test('requests of a client become events, and responses go back to it', async (t) => {
  const { it, port } = await station(t, 1);
  const wire = await greeted(t, port, CALLS);

  wire.send(
    FRAME.requests,
    encodeRequests([
      { kind: 'attach', session: 7 },
      { kind: 'attach', session: 8 },
    ]),
  );
  const { connection, request } = await it.inbox.take('request');
  assert.deepEqual(request, { kind: 'attach', session: 7 });
  assert.equal((await it.inbox.take('request')).connection, connection);

  it.clients.respond(connection, { kind: 'expired', session: 7 });
  it.clients.respond(connection, { kind: 'expired', session: 8 });
  assert.deepEqual(decodeResponses(await wire.frame(FRAME.responses)), [
    { kind: 'expired', session: 7 },
    { kind: 'expired', session: 8 },
  ]);

  wire.socket.destroy();
  assert.deepEqual(await it.inbox.take('disconnected'), { kind: 'disconnected', connection });
  it.clients.respond(connection, { kind: 'expired', session: 7 });
  assert.equal(it.clients.count, 0);
});

test('a client is answered that it is heard', async (t) => {
  const { port } = await station(t, 1);
  const wire = await greeted(t, port, CALLS);

  wire.send(FRAME.ping, Uint8Array.of(4, 2));

  assert.deepEqual([...(await wire.frame(FRAME.pong))], [4, 2]);
});

test('an operator asks in JSON and is answered in JSON', async (t) => {
  const { port } = await station(t, 1);
  const wire = await greeted(t, port, clientHello('control'));

  wire.send(FRAME.control, Buffer.from('{"do":"status"}'));

  const reply = Buffer.from(await wire.frame(FRAME.controlReply)).toString();
  assert.deepEqual(JSON.parse(reply), { echo: { do: 'status' } });
});

test('what follows a hello in the same piece may be as large as behind it', async (t) => {
  const { it, port } = await station(t, 1);
  const wire = new Wire(port);
  t.after(() => wire.socket.destroy());
  const command = new Uint8Array(500_000);
  const request = {
    kind: 'read',
    token: 1,
    session: 0,
    after: 0,
    consistency: 'stale',
    atLeast: 0,
    command,
  } as const;
  const pieces = [
    encodeFrame(FRAME.hello, encodeHello(CALLS), crc32),
    encodeFrame(FRAME.requests, encodeRequests([request]), crc32),
  ];
  const stream = Buffer.concat(pieces);

  for (let at = 0; at < stream.length; at += 70_001)
    wire.socket.write(stream.subarray(at, at + 70_001));

  assert.deepEqual((await it.inbox.take('request')).request, request);
});

test('a hello arrives byte by byte', async (t) => {
  const { port } = await station(t, 1);
  const wire = new Wire(port);
  t.after(() => wire.socket.destroy());

  for (const byte of encodeFrame(FRAME.hello, encodeHello(CALLS), crc32)) {
    wire.socket.write(Uint8Array.of(byte));
    await new Promise(setImmediate);
  }

  await wire.frame(FRAME.welcome);
});

const GARBAGE: Readonly<Record<string, Uint8Array>> = {
  noise: randomBytes(new Random(5), 5000),
  'a request of the web': Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'),
  'a frame of 4 GiB': Uint8Array.of(0xff, 0xff, 0xff, 0xff, 1, 2, 3, 4, 1),
  'a frame of nothing': new Uint8Array(16),
  'a wrong checksum': spoiled(encodeFrame(FRAME.hello, encodeHello(CALLS), crc32)),
  'a message before the hello': encodeFrame(
    FRAME.message,
    encodeMessage({ kind: 'fetch', from: 1 }),
    crc32,
  ),
  'a hello that is none': encodeFrame(FRAME.hello, Buffer.from('hello'), crc32),
};

function spoiled(frame: Uint8Array): Uint8Array {
  const bytes = frame.slice();
  bytes[bytes.length - 1] = (bytes.at(-1) as number) ^ 1;
  return bytes;
}

for (const [what, bytes] of Object.entries(GARBAGE)) {
  test(`${what} ends the connection with one line in the log`, async (t) => {
    const { it, port } = await station(t, 1);
    const wire = new Wire(port);

    wire.socket.write(bytes);
    await eventually(() => wire.closed && it.warnings.length > 0, 'the end');

    assert.equal(it.warnings.length, 1);
    assert.match(it.warnings[0] as string, /^connection from 127\.0\.0\.1:\d+ ended: malformed: /);
    assert.deepEqual(it.inbox.events, []);
  });
}

test('garbage behind a hello is not let in, whoever sends it', async (t) => {
  const { it, port } = await station(t, 1);
  const random = new Random(11);
  for (const hello of [CALLS, clientHello('control'), peerHello(4)]) {
    for (const type of Object.values(FRAME)) {
      const wire = await greeted(t, port, hello);
      wire.send(type, randomBytes(random, random.between(0, 200)));
      wire.socket.end();
      await eventually(() => wire.closed, 'the end');
    }
  }

  const kinds = new Set(it.inbox.events.map((event) => event.kind));
  assert.deepEqual([...kinds].sort(), ['disconnected', 'peerCalled', 'peerHungUp', 'peerLost']);
  assert(it.warnings.every((line) => line.includes('malformed')));
});

test('whoever says nothing is closed', async (t) => {
  const { it, port } = await station(t, 1, { helloTimeoutMs: 20 });
  const wire = new Wire(port);
  wire.socket.write(Uint8Array.of(40));

  await eventually(() => wire.closed, 'the end');

  assert.match(it.warnings[0] as string, /ended: no hello$/);
});

test('a frame that does not get complete is not waited for', async (t) => {
  const { it, port } = await station(t, 1, { tickMs: 2 });
  const wire = await greeted(t, port, CALLS);
  const frame = encodeFrame(FRAME.requests, new Uint8Array(100_000), crc32);
  const drip = setInterval(() => wire.socket.write(frame.subarray(5, 6)), 1);
  t.after(() => clearInterval(drip));

  wire.socket.write(frame.subarray(0, 5));

  await eventually(() => wire.closed, 'the end');
  assert.equal((await it.inbox.take('disconnected')).kind, 'disconnected');
});

test('connections beyond the limit are told so', async (t) => {
  const { port } = await station(t, 1, { maxConnections: 3 });
  for (let count = 1; count <= 3; count++) await greeted(t, port, CALLS);

  const wire = new Wire(port);
  wire.send(FRAME.hello, encodeHello(CALLS));

  assert.equal(decodeRefusal(await wire.frame(FRAME.refusal)).code, 'OVERLOADED');
  await eventually(() => wire.closed, 'the end');
});

test('a client that does not read its replies is paused, and then closed', async (t) => {
  const { it, port } = await station(t, 1);
  const wire = await greeted(t, port, CALLS);
  wire.send(FRAME.requests, encodeRequests([{ kind: 'attach', session: 1 }]));
  const { connection } = await it.inbox.take('request');
  wire.socket.pause();
  const respond = async (mebibytes: number): Promise<void> => {
    for (let count = 0; count < mebibytes; count++) {
      const reply = new Uint8Array(limits.MAX_REPLY_BYTES);
      it.clients.respond(connection, { kind: 'reply', session: 1, sequence: 1, slot: 1, reply });
      await new Promise(setImmediate);
    }
  };

  // Enough to fill what the system buffers, and to pass the limit at which we stop reading.
  await respond(10);
  wire.send(FRAME.requests, encodeRequests([{ kind: 'attach', session: 2 }]));
  await pause(30);
  assert.deepEqual(it.inbox.events, []);
  wire.socket.resume();
  assert.deepEqual((await it.inbox.take('request')).request, { kind: 'attach', session: 2 });

  wire.socket.pause();
  await respond(40);
  await it.inbox.take('disconnected');
});

test('a port that is taken is an error with its name', async (t) => {
  const { port } = await station(t, 1);
  const other = await station(t, 2);
  await other.it.stop();

  await assert.rejects(other.it.listen(port), {
    code: 'ADDRESS_IN_USE',
    message: `cannot listen at 127.0.0.1:${port}: EADDRINUSE`,
  });
  await assert.rejects(other.it.listen(0, '203.0.113.1'), { code: 'CONNECTION' });
});

test('a server stops although somebody does not hang up', async (t) => {
  const { it, port } = await station(t, 1);
  const stubborn = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  t.after(() => stubborn.destroy());
  await once(stubborn, 'connect');

  await it.stop();
});

test('everything sent in one turn leaves in one write, without waiting', async (t) => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  const socket = connect({ port: address.port, host: '127.0.0.1' });
  await once(socket, 'connect');
  t.after(() => {
    socket.destroy();
    server.close();
  });
  let writes = 0;
  const write = socket.write.bind(socket);
  socket.write = (bytes: Uint8Array | string): boolean => {
    writes += 1;
    return write(bytes);
  };
  const connection = new Connection(socket, 100, {
    frame: () => undefined,
    closed: () => undefined,
  });

  for (let count = 0; count < 1000; count++)
    connection.send(FRAME.ping, Uint8Array.of(count % 256));
  assert.equal(writes, 0);
  await new Promise<void>((resolve) => {
    process.nextTick(resolve);
  });

  assert.equal(writes, 1);
});
