import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import type { Message } from '../paxos/index.ts';
import { encodeFrame, encodeWelcome, FRAME, FrameReader } from '../wire/index.ts';
import { REDIAL_MAX_MS } from './limits.ts';
import { eventually, pause } from './test-kit.ts';
import { greeted, memberAt, peerHello, station, welcome } from './tcp-test-kit.ts';
import type { Station } from './tcp-test-kit.ts';

const FETCH: Message = { kind: 'fetch', from: 3 };

/** Waits for a link by using it: what is sent before the welcome is dropped. */
async function messagesFlow(from: Station, to: Station): Promise<void> {
  to.inbox.events.length = 0;
  await eventually(() => {
    from.links.send(to.id, FETCH);
    return to.inbox.events.some((event) => event.kind === 'message' && event.from === from.id);
  }, `a message from ${from.id} to ${to.id}`);
}

test('a message arrives with the id of its sender', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];

  a.it.links.connect([memberAt(2, b.port)]);
  await messagesFlow(a.it, b.it);

  assert.deepEqual(await b.it.inbox.take('message'), { kind: 'message', from: 1, message: FETCH });
  assert.deepEqual(a.it.inbox.events, []);
});

test('what can wait leaves in front of what is sent next, or by itself', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];
  a.it.links.connect([memberAt(2, b.port)]);
  await messagesFlow(a.it, b.it);
  const slots = (): readonly number[] =>
    b.it.inbox.events.flatMap((event) => {
      const isFetch = event.kind === 'message' && event.message.kind === 'fetch';
      return isFetch && event.message.from > 3 ? [event.message.from] : [];
    });

  a.it.links.sendLater(2, { kind: 'fetch', from: 10 });
  a.it.links.send(2, { kind: 'fetch', from: 11 });
  await eventually(() => slots().length === 2, 'both');
  assert.deepEqual(slots(), [10, 11]);

  a.it.links.sendLater(2, { kind: 'fetch', from: 12 });
  a.it.links.sendLater(9, { kind: 'fetch', from: 13 });
  await eventually(() => slots().length === 3, 'the last, with nothing behind it');
});

test('a member that comes back is reached again', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];
  a.it.links.connect([memberAt(2, b.port)]);
  await messagesFlow(a.it, b.it);

  await b.it.stop();
  assert.deepEqual(await a.it.inbox.take('peerLost'), { kind: 'peerLost', id: 2 });
  assert.deepEqual(await b.it.inbox.take('peerLost'), { kind: 'peerLost', id: 1 });
  await b.it.listen(b.port);

  await messagesFlow(a.it, b.it);
});

test('links to those who are no members any more are closed, and nobody is lost', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];
  a.it.links.connect([memberAt(2, b.port)]);
  await messagesFlow(a.it, b.it);

  a.it.links.connect([]);

  // The one who was called sees the call end; the caller ended it.
  await b.it.inbox.take('peerLost');
  await pause(20);
  assert.deepEqual(a.it.inbox.events, []);
});

test('another life at the address of a member is reported, and gets no message', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 9)];
  const member = memberAt(2, b.port);

  a.it.links.connect([member]);

  assert.deepEqual(await a.it.inbox.take('peerMet'), {
    kind: 'peerMet',
    id: 9,
    address: member.address,
  });
  a.it.links.send(2, FETCH);
  await pause(20);
  assert.deepEqual(b.it.inbox.events, [], 'it has not called: it looked for somebody else');
});

test('a refusal is reported with its reason, and the link tried again', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];
  b.it.refusal = { code: 'CODE_MISMATCH', message: 'runs other code' };
  a.it.links.connect([memberAt(2, b.port)]);
  await eventually(() => a.it.refusals.length > 0, 'the refusal');
  assert.deepEqual(a.it.refusals[0], b.it.refusal);

  b.it.refusal = undefined;

  await messagesFlow(a.it, b.it);
});

test('a hello that was overtaken is repeated at once, however often', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];
  b.it.refusal = { code: 'STALE_DIRECTORY', message: 'holds 3 records, but it acknowledged 4' };
  const began = performance.now();
  a.it.links.connect([memberAt(2, b.port)]);

  await eventually(() => a.it.refusals.length >= 8, 'eight refusals');
  assert(performance.now() - began < (8 * REDIAL_MAX_MS) / 2);
  b.it.refusal = undefined;
  await messagesFlow(a.it, b.it);
});

test('an address that cannot be dialled is refused, and harms nobody', async (t) => {
  const { it } = await station(t, 1);

  it.links.connect([{ id: 2, address: 'nonsense', durable: false }, memberAt(3, 1)]);

  assert.equal(it.refusals[0]?.code, 'INVALID_ARGUMENT');
});

test('links work over IPv6', async (t) => {
  const [a, b] = [await station(t, 1), await station(t, 2)];
  await b.it.stop();
  const port = await b.it.listen(0, '::1');

  a.it.links.connect([memberAt(2, port, '[::1]')]);

  await messagesFlow(a.it, b.it);
});

test('the newest connection of a replica speaks for it', async (t) => {
  const { it, port } = await station(t, 1);
  const older = await greeted(t, port, peerHello(2, 1));
  const newer = await greeted(t, port, peerHello(2, 2));
  await eventually(() => older.closed, 'the end of the older connection');
  const { id, address, durable } = peerHello(2);
  const called = { kind: 'peerCalled', member: { id, address, durable } } as const;
  assert.deepEqual(it.inbox.events, [called, called], 'it is not lost, and has not hung up');

  newer.socket.destroy();

  assert.deepEqual(await it.inbox.take('peerLost'), { kind: 'peerLost', id: 2 });
  assert.deepEqual(await it.inbox.take('peerHungUp'), { kind: 'peerHungUp', id: 2 });
});

test('silence is the end of a link, at both ends', async (t) => {
  const { it, port } = await station(t, 1, { tickMs: 10 });
  await greeted(t, port, peerHello(2));
  assert.deepEqual(await it.inbox.take('peerLost'), { kind: 'peerLost', id: 2 });

  const mute = await listener(t, (socket) => socket.write(greeting(3)));
  it.links.connect([memberAt(3, mute)]);

  assert.deepEqual(await it.inbox.take('peerLost'), { kind: 'peerLost', id: 3 });
});

test('an idle link stays', async (t) => {
  const [a, b] = [await station(t, 1, { tickMs: 10 }), await station(t, 2, { tickMs: 10 })];
  a.it.links.connect([memberAt(2, b.port)]);
  await messagesFlow(a.it, b.it);

  await pause(200);

  assert.deepEqual(a.it.inbox.events, []);
  assert(!b.it.inbox.events.some((event) => event.kind === 'peerLost'));
});

test('a member that does not read costs bounded memory, and gets what it can take', async (t) => {
  const { it } = await station(t, 1);
  let received = 0;
  let stalled: Socket | undefined;
  const port = await listener(t, (socket) => {
    const reader = new FrameReader(32 * 1024 * 1024, crc32);
    socket.on('data', (chunk) => {
      received += reader.push(chunk).filter(({ type }) => type === FRAME.message).length;
    });
    socket.write(greeting(2));
    stalled = socket;
  });
  it.links.connect([memberAt(2, port)]);
  await eventually(() => {
    it.links.send(2, FETCH);
    return received > 0;
  }, 'the link');
  stalled?.pause();
  received = 0;

  const entry = new Uint8Array(1024 * 1024);
  const ballot = { round: 1, leader: 1 };
  for (let slot = 1; slot <= 200; slot++) {
    it.links.send(2, { kind: 'accept', ballot, slot, entry, commit: 0 });
  }
  stalled?.resume();

  // All that was not dropped, and then this.
  await eventually(() => {
    it.links.send(2, FETCH);
    return received > 32;
  }, 'what was queued');
  assert(received < 100, `${received} messages`);
});

function greeting(id: number): Uint8Array {
  return encodeFrame(FRAME.welcome, encodeWelcome(welcome(id)), crc32);
}

/** A port where something else than ours answers. */
async function listener(t: TestContext, serve: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.resume();
    serve(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  assert(typeof address === 'object' && address !== null);
  return address.port;
}
