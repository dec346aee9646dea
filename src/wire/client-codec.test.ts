import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AssertionError, limits, MalformedBytes } from '../base/index.ts';
import { encodeItem, makeView } from '../paxos/index.ts';
import type { ClientRequest, ClientResponse, Item } from '../paxos/index.ts';
import {
  decodeRequests,
  decodeResponses,
  encodeRequests,
  encodeResponses,
  MAX_FRAME_PARTS,
  packRequests,
  packResponses,
} from './client-codec.ts';

const client = Uint8Array.from({ length: 16 }, (_, at) => at);
const numbered = { session: 7, sequence: 12, lowWater: 10, received: [11] };
const view = makeView(3, 40, [
  { id: 1, address: '127.0.0.1:14000', durable: true },
  { id: 2, address: '[::1]:14001', durable: false },
]);

function request(item: Item): ClientRequest {
  return { kind: 'item', item, bytes: encodeItem(item) };
}

const REQUESTS: readonly ClientRequest[] = [
  request({ kind: 'open', client }),
  request({ kind: 'call', ...numbered, command: Uint8Array.of(1, 2, 3) }),
  request({ kind: 'cancel', ...numbered }),
  request({ kind: 'resolve', ...numbered, target: { session: 6, sequence: 1 } }),
  request({ kind: 'close', session: 7 }),
  { kind: 'attach', session: 7 },
  {
    kind: 'read',
    token: 3,
    session: 0,
    after: 0,
    consistency: 'stale',
    atLeast: 99,
    command: Uint8Array.of(9),
  },
  request({ kind: 'acknowledge', session: 7, lowWater: 13 }),
];

const RESPONSES: readonly ClientResponse[] = [
  { kind: 'opened', client, session: 7 },
  { kind: 'attached', session: 7, next: 12 },
  { kind: 'reply', session: 7, sequence: 12, slot: 100, reply: Uint8Array.of(0, 1, 2) },
  { kind: 'readReply', token: 3, slot: 0, result: Uint8Array.of() },
  { kind: 'readRefused', token: 3, reason: 'overloaded' },
  { kind: 'readRefused', token: 4, reason: 'late' },
  { kind: 'resend', session: 7, from: 12, reason: 'diskFull' },
  { kind: 'openRefused', client, reason: 'sessions' },
  { kind: 'expired', session: 7 },
  { kind: 'redirect', leader: '127.0.0.1:14000', view },
  { kind: 'redirect', leader: undefined, view },
  { kind: 'later' },
  { kind: 'view', view },
  { kind: 'renewed', session: 7, token: 1, losses: 0, owned: [3], resting: [] },
  { kind: 'renewed', session: 7, token: 1, losses: 0, owned: [], resting: [3, 5] },
  { kind: 'noQuorum', missing: [1, 2] },
];

test('requests arrive as they were sent, with the bytes that will enter the log', () => {
  const received = decodeRequests(encodeRequests(REQUESTS));

  deepEqual(received, REQUESTS);
  for (const one of REQUESTS) deepEqual(decodeRequests(encodeRequests([one])), [one]);
});

test('responses arrive as they were sent', () => {
  const received = decodeResponses(encodeResponses(RESPONSES));

  deepEqual(received, RESPONSES);
  for (const one of RESPONSES) deepEqual(decodeResponses(encodeResponses([one])), [one]);
});

test('the bytes of an item are a view into the frame, not a copy', () => {
  const body = encodeRequests(REQUESTS);

  const [first] = decodeRequests(body);

  ok(first?.kind === 'item');
  equal(first.bytes.buffer, body.buffer);
});

test('what no client may send is malformed', () => {
  const wrong: ClientRequest[] = [
    request({ kind: 'expire', sessions: [7] }),
    request({ kind: 'call', ...numbered, session: 0, command: client }),
    request({ kind: 'call', ...numbered, sequence: 0, lowWater: 0, command: client }),
    request({ kind: 'cancel', ...numbered, received: [9] }),
    request({ kind: 'resolve', ...numbered, target: { session: 6, sequence: 0 } }),
    request({ kind: 'close', session: 0 }),
    request({ kind: 'acknowledge', session: 0, lowWater: 1 }),
    { kind: 'attach', session: 0 },
    { ...(REQUESTS[6] as ClientRequest & { kind: 'read' }), command: new Uint8Array(2 ** 20 + 1) },
  ];

  for (const sent of wrong) {
    throws(() => decodeRequests(encodeRequests([sent])), MalformedBytes);
  }
});

test('what no replica answers is malformed', () => {
  const wrong: ClientResponse[] = [
    { kind: 'opened', client, session: 0 },
    { kind: 'reply', session: 7, sequence: 0, slot: 1, reply: client },
    { kind: 'reply', session: 7, sequence: 1, slot: 1, reply: new Uint8Array() },
    { kind: 'readReply', token: 1, slot: 1, result: new Uint8Array(2 ** 20 + 3) },
    { kind: 'redirect', leader: '', view },
    { kind: 'noQuorum', missing: [0] },
    {
      kind: 'noQuorum',
      missing: Array.from({ length: limits.MAX_MEMBERS + 1 }, (_, at) => at + 1),
    },
  ];

  for (const response of wrong) {
    throws(() => decodeResponses(encodeResponses([response])), MalformedBytes);
  }
});

test('requests and responses are packed into as many frames as they need, in order', () => {
  const large = new Uint8Array(limits.MAX_REPLY_BYTES);
  const replies = Array.from({ length: 5 }, (_, at): ClientResponse => ({
    kind: 'reply',
    session: 1,
    sequence: at + 1,
    slot: 1,
    reply: large,
  }));
  const reads = Array.from({ length: MAX_FRAME_PARTS + 1 }, (): ClientRequest => ({
    kind: 'attach',
    session: 1,
  }));

  const responseBodies = packResponses(replies);
  const requestBodies = packRequests(reads);

  ok(responseBodies.every((body) => body.length <= limits.MAX_CLIENT_FRAME_BYTES));
  deepEqual(responseBodies.flatMap(decodeResponses), replies);
  deepEqual(
    requestBodies.map((body) => decodeRequests(body).length),
    [MAX_FRAME_PARTS, 1],
  );
  deepEqual(packRequests([]), []);
  deepEqual(packRequests(REQUESTS), [encodeRequests(REQUESTS)]);
  throws(() => encodeRequests(reads), AssertionError);
});

test('damaged bodies are malformed, or something, and nothing else', () => {
  const bodies = [encodeRequests(REQUESTS), encodeResponses(RESPONSES)];
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(fc.constantFrom(...bodies), damage, fc.nat(), (body, changes, cut) => {
      const whole = body.slice();
      for (const [at, byte] of changes) whole[at % whole.length] = byte;
      const bytes = whole.subarray(0, cut % 2 === 0 ? whole.length : cut % whole.length);

      for (const decode of [decodeRequests, decodeResponses]) {
        try {
          decode(bytes);
        } catch (error) {
          ok(error instanceof MalformedBytes, String(error));
        }
      }
    }),
    { numRuns: 3000 },
  );
});
