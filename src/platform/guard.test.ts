import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { crc32 } from 'node:zlib';
import { Token } from '../auth/index.ts';
import {
  decodeChallenge,
  decodeRefusal,
  encodeFrame,
  encodeHello,
  encodeRequests,
  FRAME,
  WIRE,
} from '../wire/index.ts';
import { Guard } from './guard.ts';
import { clientHello, INSTANCE, memberAt, peerHello, station, Wire } from './tcp-test-kit.ts';
import type { Station } from './tcp-test-kit.ts';
import { eventually } from './test-kit.ts';

const TOKEN = new Token('the token of the instance');
const HELLO = encodeHello(clientHello('calls'));

async function guarded(t: TestContext): Promise<{ readonly it: Station; readonly port: number }> {
  return station(t, 1, { guard: new Guard(INSTANCE, await TOKEN.keyFor(INSTANCE)) });
}

function dial(t: TestContext, port: number): Wire {
  const wire = new Wire(port);
  t.after(() => wire.socket.destroy());
  return wire;
}

test('whoever has the token is let in, and what follows the proof is read as behind a hello', async (t) => {
  const { it, port } = await guarded(t);
  const wire = dial(t, port);
  wire.send(FRAME.hello, HELLO);
  const { instance, nonce } = decodeChallenge(await wire.frame(FRAME.challenge));
  const command = new Uint8Array(500_000);
  const place = { kind: 'read', token: 1, session: 0, after: 0, atLeast: 0 } as const;
  const request = { ...place, consistency: 'stale', command } as const;
  const proof = (await TOKEN.keyFor(instance)).prove(nonce, HELLO);
  const stream = Buffer.concat([
    encodeFrame(FRAME.proof, proof, crc32),
    encodeFrame(FRAME.requests, encodeRequests([request]), crc32),
  ]);

  for (let at = 0; at < stream.length; at += 70_001) {
    wire.socket.write(stream.subarray(at, at + 70_001));
  }

  deepEqual((await it.inbox.take('request')).request, request);
});

test('without the token there is only the refusal, and each is asked for another proof', async (t) => {
  const { it, port } = await guarded(t);
  const nonces = new Set<string>();
  const attempt = async (answer: (nonce: Uint8Array) => Promise<Uint8Array>): Promise<string> => {
    const wire = dial(t, port);
    wire.send(FRAME.hello, HELLO);
    const { nonce } = decodeChallenge(await wire.frame(FRAME.challenge));
    nonces.add(Buffer.from(nonce).toString('hex'));
    wire.send(FRAME.proof, await answer(nonce));
    const { code, message } = decodeRefusal(await wire.frame(FRAME.refusal));
    equal(code, 'UNAUTHORIZED');
    return message;
  };
  const key = await TOKEN.keyFor(INSTANCE);
  const wrong = await new Token('another token').keyFor(INSTANCE);
  const overheard = key.prove(new Uint8Array(32), HELLO);

  match(await attempt(async () => new Uint8Array()), /asks for a token, and none was given$/);
  match(await attempt(async (nonce) => wrong.prove(nonce, HELLO)), /is not that of the instance$/);
  match(await attempt(async () => overheard), /is not that of the instance$/);
  const other = encodeHello(peerHello(7));
  match(await attempt(async (nonce) => key.prove(nonce, other)), /is not that of the instance$/);

  equal(nonces.size, 4);
  deepEqual(it.inbox.events, []);
  match(it.warnings[0] as string, /^refused 127\.0\.0\.1:\d+: .*none was given \(UNAUTHORIZED\)$/);
});

test('whoever goes on without a proof, or never shows one, is cut off', async (t) => {
  const key = await TOKEN.keyFor(INSTANCE);
  const { port } = await station(t, 1, { guard: new Guard(INSTANCE, key), helloTimeoutMs: 100 });
  const silent = dial(t, port);
  silent.send(FRAME.hello, HELLO);
  const hasty = dial(t, port);
  hasty.send(FRAME.hello, HELLO);
  hasty.send(FRAME.requests, encodeRequests([{ kind: 'attach', session: 7 }]));

  await eventually(() => silent.closed && hasty.closed, 'the end of both');

  equal(
    [...silent.frames, ...hasty.frames].every(({ type }) => type === FRAME.challenge),
    true,
  );
});

test('another version is told so, and not asked for what it may not know', async (t) => {
  const { it, port } = await guarded(t);
  it.refusal = { code: 'VERSION_MISMATCH', message: 'unlike' };
  await it.stop();
  await it.listen(port);
  const wire = dial(t, port);

  const range = { min: WIRE.max + 1, max: WIRE.max + 1 };
  wire.send(FRAME.hello, encodeHello({ ...clientHello('calls'), wire: range }));

  deepEqual(decodeRefusal(await wire.frame(FRAME.refusal)).code, 'VERSION_MISMATCH');
  deepEqual(wire.frames, []);
});

test('replicas link up with the token alone', async (t) => {
  const { it: one, port } = await guarded(t);
  const { it: two } = await station(t, 2, { token: TOKEN });
  const { it: three } = await station(t, 3, { token: new Token('another token') });
  const { it: four } = await station(t, 4);

  for (const it of [two, three, four]) it.links.connect([memberAt(1, port)]);
  await eventually(() => three.refusals.length > 0 && four.refusals.length > 0, 'refusals');
  const called = await one.inbox.take('peerCalled');

  equal(called.member.id, 2);
  equal(
    one.inbox.events.some(({ kind }) => kind === 'peerCalled'),
    false,
    'nobody else got in',
  );
  equal(three.refusals[0]?.code, 'UNAUTHORIZED');
  equal(four.refusals[0]?.code, 'UNAUTHORIZED');
});
