import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { MalformedBytes } from '../base/index.ts';
import { makeView } from '../paxos/index.ts';
import {
  chooseWireVersion,
  decodeHello,
  decodeRefusal,
  decodeWelcome,
  encodeHello,
  encodeRefusal,
  encodeWelcome,
} from './handshake.ts';
import type { ClientHello, PeerHello, Welcome } from './handshake.ts';

const INSTANCE = '00112233445566778899aabbccddeeff';

const peer: PeerHello = {
  role: 'peer',
  wire: { min: 1, max: 3 },
  instance: INSTANCE,
  generation: 1,
  id: 0xabcdef,
  incarnation: 4,
  position: 12_345,
  address: '127.0.0.1:14000',
  durable: true,
  codeHash: 'ab'.repeat(32),
  engine: '0123456789abcdef',
  target: 0,
};

const client: ClientHello = {
  role: 'client',
  wire: { min: 1, max: 1 },
  instance: '',
  library: '0.1.0',
  purpose: 'calls',
};

const member = { id: 5, address: '[::1]:14000', durable: false };
const welcome: Welcome = {
  wire: 1,
  instance: INSTANCE,
  generation: 0,
  genesis: makeView(1, 1, [member]),
  id: 5,
  incarnation: 1,
  position: 0,
  address: '[::1]:14000',
  view: makeView(2, 9, [member, { id: 6, address: 'b:2', durable: true }]),
  leader: member,
  objectName: 'concoord.object.counter.Counter',
  codeHash: '',
  methods: [
    { name: 'increment', read: false },
    { name: 'getvalue', read: true },
  ],
};

test('hellos, welcomes and refusals arrive as they were sent', () => {
  deepEqual(decodeHello(encodeHello(peer)), peer);
  deepEqual(decodeHello(encodeHello(client)), client);
  deepEqual(decodeHello(encodeHello({ ...client, purpose: 'control', instance: INSTANCE })), {
    ...client,
    purpose: 'control',
    instance: INSTANCE,
  });
  deepEqual(decodeWelcome(encodeWelcome(welcome)), welcome);
  deepEqual(decodeWelcome(encodeWelcome({ ...welcome, leader: undefined, methods: [] })), {
    ...welcome,
    leader: undefined,
    methods: [],
  });
  const refusal = { code: 'INSTANCE_EXISTS', message: 'join it with -b' } as const;
  deepEqual(decodeRefusal(encodeRefusal(refusal)), refusal);
  const stale = { code: 'STALE_DIRECTORY', message: 'behind', acknowledged: 2 ** 40 } as const;
  deepEqual(decodeRefusal(encodeRefusal(stale)), stale);
  const old = { code: 'INSTANCE_MISMATCH', message: 'recovered', generation: 2 } as const;
  deepEqual(decodeRefusal(encodeRefusal(old)), old);
});

test('a hello begins with the magic and the versions, for every version to read', () => {
  const bytes = encodeHello(peer);

  equal(Buffer.from(bytes.subarray(0, 8)).toString(), 'ConCoord');
  deepEqual([...bytes.subarray(8, 10)], [1, 3]);
});

test('what a later version appends is ignored', () => {
  const later = (bytes: Uint8Array): Uint8Array => Uint8Array.of(...bytes, 1, 2, 3);

  deepEqual(decodeHello(later(encodeHello(peer))), peer);
  deepEqual(decodeHello(later(encodeHello(client))), client);
  deepEqual(decodeWelcome(later(encodeWelcome(welcome))), welcome);
});

test('the highest version that both sides speak is chosen', () => {
  equal(chooseWireVersion({ min: 1, max: 3 }, { min: 2, max: 5 }), 3);
  equal(chooseWireVersion({ min: 4, max: 4 }, { min: 1, max: 4 }), 4);
  throws(() => chooseWireVersion({ min: 3, max: 4 }, { min: 1, max: 2 }), {
    code: 'VERSION_MISMATCH',
  });
  throws(() => chooseWireVersion({ min: 1, max: 1 }, { min: 2, max: 9 }), {
    code: 'VERSION_MISMATCH',
  });
});

test('something else on the port is malformed', () => {
  for (const text of ['', 'GET / HTTP/1.1\r\n\r\n', 'ConCoorX', '\u0016\u0003\u0001']) {
    throws(() => decodeHello(Buffer.from(text)), MalformedBytes);
  }
});

test('impossible identities are malformed', () => {
  throws(() => decodeHello(encodeHello({ ...peer, id: 0 })), MalformedBytes);
  throws(() => decodeHello(encodeHello({ ...peer, target: 2 ** 48 })), MalformedBytes);
  throws(() => decodeHello(encodeHello({ ...peer, address: '' })), MalformedBytes);
  throws(() => decodeHello(encodeHello({ ...peer, wire: { min: 2, max: 1 } })), MalformedBytes);
  throws(() => decodeHello(encodeHello({ ...peer, engine: 'x'.repeat(513) })), MalformedBytes);
  throws(() => decodeWelcome(encodeWelcome({ ...welcome, instance: '' })), MalformedBytes);
});

test('damaged handshakes are malformed, or handshakes, and nothing else', () => {
  const samples = [encodeHello(peer), encodeHello(client), encodeWelcome(welcome)];
  fc.assert(
    fc.property(
      fc.constantFrom(...samples),
      fc.nat(),
      fc.nat({ max: 255 }),
      fc.nat(),
      (sample, at, byte, cut) => {
        const bytes = sample.slice(0, cut % 2 === 0 ? sample.length : cut % sample.length);
        bytes[at % sample.length] = byte;

        for (const decode of [decodeHello, decodeWelcome, decodeRefusal]) {
          try {
            decode(bytes);
          } catch (error) {
            ok(error instanceof MalformedBytes, String(error));
          }
        }
      },
    ),
    { numRuns: 2000 },
  );
});
