import { crc32 } from 'node:zlib';
import { ByteReader, ByteWriter } from '../src/base/index.ts';
import { findBuiltIn } from '../src/library/index.ts';
import { Machine } from '../src/object/index.ts';
import { encodeItem, makeView } from '../src/paxos/index.ts';
import type {
  ClientRequest,
  ClientResponse,
  Item,
  LogRecord,
  Message,
} from '../src/paxos/index.ts';
import * as wire from '../src/wire/index.ts';
import type {
  CallResult,
  Challenge,
  Frame,
  Hello,
  MethodCall,
  Refusal,
  Welcome,
} from '../src/wire/index.ts';

/**
 * One sample, at least, of everything that goes over the wire or to disk. The bytes of each are
 * kept under test/fixtures, for every version of the format that there ever was.
 */
export interface Format {
  readonly encode: (sample: unknown) => Uint8Array;
  readonly decode: (bytes: Uint8Array) => unknown;
  readonly samples: Readonly<Record<string, unknown>>;
}

const ballot = { round: 300, leader: 0x8000_0000_0001 };
const entry = Uint8Array.of(1, 0);
const snapshot = { slot: 32_768, bytes: 4096, hash: '0123456789abcdef' };
const checkpoint = { slot: 1024, digest: 'fedcba9876543210' };
const member = { id: 0xabc_def0_1234, address: '127.0.0.1:14000', durable: true };
const view = makeView(2, 77, [member, { id: 5, address: '[::1]:14001', durable: false }]);
const nameServer = { id: 6, address: '10.0.0.1:14000', durable: false, nameServer: true } as const;
const client = Uint8Array.from({ length: 16 }, (_, at) => 16 * at);
const numbered = { session: 70, sequence: 12, lowWater: 10, received: [11] };
const command = wire.encodeCommand('increment', []);

function format<T>(
  encode: (sample: T) => Uint8Array,
  decode: (bytes: Uint8Array) => T,
  samples: Readonly<Record<string, T>>,
): Format {
  return { encode: encode as (sample: unknown) => Uint8Array, decode, samples };
}

const VALUES: Readonly<Record<string, unknown>> = {
  undefined: undefined,
  null: null,
  booleans: [true, false],
  integers: [0, 1, -1, 63, 64, -64, -65, 300, 2 ** 31, 2 ** 52 - 1, -(2 ** 52)],
  floats: [0.5, -0, 2 ** 52, -(2 ** 52) - 1, 2 ** 53, 1e300, Infinity, -Infinity, Number.NaN],
  bigints: [0n, 1n, -1n, 255n, 256n, -(2n ** 64n), 2n ** 100n],
  strings: ['', 'abc', '\u0000', '\ufeffä€😀', 'x'.repeat(70), '\ud800', 'a\udc00'],
  bytes: [Uint8Array.of(), Uint8Array.of(0, 127, 255)],
  dates: [new Date(0), new Date(-1), new Date(8.64e15), new Date(Number.NaN)],
  arrays: [[], [undefined, [null]]],
  objects: JSON.parse('{"b": {}, "a": [1], "": 2, "__proto__": {"x": 1}, "\\ud800": 3}'),
  bare: Object.assign(Object.create(null), { key: 'value' }),
  maps: new Map<unknown, unknown>([
    ['a', 1],
    [{ key: true }, new Map()],
  ]),
  sets: new Set<unknown>([Number.NaN, 0, 'a', new Set()]),
  errors: [new Error(''), new TypeError('bad', { cause: new RangeError('why') })],
};

const RESULTS: Readonly<Record<string, CallResult>> = {
  nothing: { kind: 'returned', value: undefined },
  value: { kind: 'returned', value: { count: 2 } },
  thrown: { kind: 'thrown', name: 'KeyError', message: 'no such key' },
  thrownValue: { kind: 'thrown', name: 'Error', message: 'x', value: 'x' },
  refused: { kind: 'refused', code: 'NO_SUCH_METHOD', message: 'Counter has no method "x"' },
  notRead: { kind: 'notRead' },
};

const MESSAGES: Readonly<Record<string, Message>> = {
  prepare: { kind: 'prepare', ballot, from: 1 },
  promise: {
    kind: 'promise',
    ballot,
    from: 41,
    commit: 40,
    accepted: [
      { slot: 41, ballot: { round: 1, leader: 5 }, entry },
      { slot: 43, ballot, entry: Uint8Array.of(1, 0) },
    ],
    position: 1000,
  },
  accept: { kind: 'accept', ballot, slot: 44, entry, commit: 40 },
  accepted: { kind: 'accepted', ballot, first: 41, last: 44, position: 1001 },
  preempted: { kind: 'preempted', ballot },
  heartbeat: {
    kind: 'heartbeat',
    ballot,
    commit: 44,
    round: 9,
    epoch: 2,
    positions: [
      [5, 0],
      [member.id, 1001],
    ],
  },
  alive: { kind: 'alive', ballot, round: 9, commit: 44, applied: 43, checkpoint },
  aliveWithoutCheckpoint: {
    kind: 'alive',
    ballot,
    round: 9,
    commit: 0,
    applied: 0,
    checkpoint: undefined,
  },
  preVote: { kind: 'preVote', round: 301, commit: 44, epoch: 2 },
  preVoteReply: { kind: 'preVoteReply', round: 301, granted: true, promised: 300, commit: 44 },
  fetch: { kind: 'fetch', from: 0 },
  decided: { kind: 'decided', from: 41, entries: [entry, entry], commit: 44 },
  snapshotOffer: { kind: 'snapshotOffer', snapshot },
  snapshotFetch: { kind: 'snapshotFetch', snapshot, offset: 0 },
  snapshotChunk: { kind: 'snapshotChunk', snapshot, offset: 4000, chunk: new Uint8Array(96) },
  join: { kind: 'join', member, commit: 0 },
  leave: { kind: 'leave', member },
  joinAsNameServer: { kind: 'join', member: nameServer, commit: 7 },
  departedWithNameServer: { kind: 'departed', view: makeView(3, 80, [member, nameServer]) },
  departed: { kind: 'departed', view },
  campaign: { kind: 'campaign', ballot },
  follow: { kind: 'follow', leader: member, view },
  followNobody: { kind: 'follow', leader: undefined, view },
  diverged: { kind: 'diverged', checkpoint },
  divergedAll: { kind: 'diverged', checkpoint: { slot: 1024, digest: '' } },
  stuck: { kind: 'stuck', ballot, round: 7, slot: 45, index: 3 },
  readIndex: { kind: 'readIndex', token: 0xfeed_beef },
  readIndexReply: { kind: 'readIndexReply', token: 0xfeed_beef, index: 300 },
};

const RECORDS: Readonly<Record<string, LogRecord>> = {
  promised: { kind: 'promised', ballot },
  accepted: { kind: 'accepted', ballot, slot: 44, entry },
  decided: { kind: 'decided', slot: 45, entry },
  commit: { kind: 'commit', slot: 45 },
};

function items(...list: Item[]): ClientRequest[] {
  return list.map((item) => ({ kind: 'item', item, bytes: encodeItem(item) }));
}

const REQUESTS: Readonly<Record<string, ClientRequest[]>> = {
  none: [],
  open: items({ kind: 'open', client }),
  calls: items(
    { kind: 'call', ...numbered, command },
    { kind: 'cancel', ...numbered, sequence: 13 },
  ),
  resolve: items({ kind: 'resolve', ...numbered, target: { session: 9, sequence: 3 } }),
  acknowledge: items({ kind: 'acknowledge', session: 70, lowWater: 14 }),
  close: items({ kind: 'close', session: 70 }),
  leased: items({ kind: 'open', client, leaseMs: 30_000 }),
  withdraw: items({
    ...{ kind: 'withdraw', session: 70, sequence: 14, lowWater: 12, received: [13] },
    callSequence: 12,
  }),
  fenced: items({
    ...{ kind: 'call', session: 70, sequence: 14, lowWater: 14, received: [] },
    ...{ fence: (1n << 63n) - 2n, command: Uint8Array.of(1, 2, 3) },
  }),
  renew: [{ kind: 'renew', token: 300, session: 70 }],
  attach: [{ kind: 'attach', session: 70 }],
  reads: [
    {
      kind: 'read',
      token: 1,
      session: 70,
      after: 12,
      consistency: 'linearizable',
      atLeast: 0,
      command,
    },
    { kind: 'read', token: 2, session: 0, after: 0, consistency: 'stale', atLeast: 300, command },
  ],
  boundedRead: [
    {
      kind: 'read',
      token: 3,
      session: 0,
      after: 0,
      consistency: 'stale',
      atLeast: 300,
      maxLagMs: 500,
      command,
    },
  ],
};

const RESPONSES: Readonly<Record<string, ClientResponse[]>> = {
  waiting: [{ kind: 'waiting', session: 70, sequence: 300 }],
  renewed: [
    { kind: 'renewed', session: 70, token: 300, losses: 1, owned: [12, 300], resting: [] },
    { kind: 'renewed', session: 70, token: 0, losses: 0, owned: [], resting: [] },
  ],
  resting: [
    { kind: 'renewed', session: 70, token: 300, losses: 1, owned: [12], resting: [7, 300] },
  ],
  later: [{ kind: 'later' }],
  view: [{ kind: 'view', view }],
  opened: [{ kind: 'opened', client, session: 70 }],
  attached: [{ kind: 'attached', session: 70, next: 12 }],
  replies: [
    { kind: 'reply', session: 70, sequence: 12, slot: 44, reply: Uint8Array.of(0, 1, 0, 0) },
    { kind: 'reply', session: 70, sequence: 13, slot: 44, reply: Uint8Array.of(1) },
  ],
  forgotten: [{ kind: 'reply', session: 70, sequence: 12, slot: 44, reply: Uint8Array.of(4) }],
  readReply: [{ kind: 'readReply', token: 1, slot: 44, result: Uint8Array.of(1, 0, 4, 4) }],
  readRefused: [
    { kind: 'readRefused', token: 1, reason: 'notLeader' },
    { kind: 'readRefused', token: 2, reason: 'overloaded' },
  ],
  readLate: [{ kind: 'readRefused', token: 3, reason: 'late' }],
  resend: [
    { kind: 'resend', session: 70, from: 12, reason: 'gap' },
    { kind: 'resend', session: 70, from: 12, reason: 'overloaded' },
    { kind: 'resend', session: 70, from: 12, reason: 'diskFull' },
  ],
  openRefused: [
    { kind: 'openRefused', client, reason: 'sessions' },
    { kind: 'openRefused', client, reason: 'overloaded' },
  ],
  expired: [{ kind: 'expired', session: 70 }],
  redirect: [
    { kind: 'redirect', leader: '127.0.0.1:14000', view },
    { kind: 'redirect', leader: undefined, view },
  ],
  noQuorum: [{ kind: 'noQuorum', missing: [5] }],
};

const INSTANCE = '00112233445566778899aabbccddeeff';

const HELLOS: Readonly<Record<string, Hello>> = {
  peer: {
    role: 'peer',
    wire: { min: 1, max: 1 },
    instance: INSTANCE,
    generation: 1,
    id: 5,
    incarnation: 2,
    position: 1001,
    address: '[::1]:14001',
    durable: true,
    codeHash: 'ab12',
    engine: 'cd34',
    target: member.id,
  },
  client: {
    role: 'client',
    wire: { min: 1, max: 2 },
    instance: '',
    library: '0.1.0',
    purpose: 'calls',
  },
  operator: {
    role: 'client',
    wire: { min: 1, max: 1 },
    instance: INSTANCE,
    library: '0.1.0',
    purpose: 'control',
  },
};

const CHALLENGES: Readonly<Record<string, Challenge>> = {
  challenge: { instance: INSTANCE, nonce: Uint8Array.from({ length: 32 }, (_, at) => 7 * at) },
};

const WELCOMES: Readonly<Record<string, Welcome>> = {
  leader: {
    wire: 1,
    instance: INSTANCE,
    generation: 1,
    genesis: makeView(1, 1, [member]),
    id: member.id,
    incarnation: 3,
    position: 1001,
    address: member.address,
    view,
    leader: member,
    objectName: 'concoord.object.counter.Counter',
    codeHash: 'ab12',
    methods: [
      { name: 'increment', read: false },
      { name: 'getvalue', read: true },
    ],
  },
};

const REFUSALS: Readonly<Record<string, Refusal>> = {
  instance: { code: 'INSTANCE_MISMATCH', message: 'another instance lives here' },
  stale: { code: 'STALE_DIRECTORY', message: 'the directory is behind', acknowledged: 300 },
  generation: { code: 'INSTANCE_MISMATCH', message: 'it was recovered', generation: 2 },
};

const FRAMES: Readonly<Record<string, Frame>> = Object.fromEntries(
  Object.entries(wire.FRAME).map(([name, type]) => [
    name,
    { type, body: Uint8Array.of(type, 255) },
  ]),
);

/** The state of a counter that was incremented twice. */
function encodeState(count: unknown): Uint8Array {
  const machine = counter();
  const context = { time: 0, seed: 0, session: 1, sequence: 1, slot: 1, index: 0 };
  machine.apply(wire.encodeCommand('__concoordinit__', [count]), context);
  return machine.capture();
}

function decodeState(bytes: Uint8Array): unknown {
  const machine = counter();
  machine.restore(bytes);
  const result = wire.decodeResult(machine.read(wire.encodeCommand('getvalue', [])));
  return result.kind === 'returned' ? result.value : result;
}

function counter(): Machine {
  const type = findBuiltIn('concoord.object.counter.Counter');
  if (type === undefined) throw new Error('there is no counter');
  return new Machine(type);
}

function encodeRecord(record: LogRecord): Uint8Array {
  const writer = new ByteWriter();
  wire.writeRecord(writer, record);
  return writer.finish();
}

function decodeRecord(bytes: Uint8Array): LogRecord {
  const reader = new ByteReader(bytes);
  const record = wire.readRecord(reader);
  reader.end();
  return record;
}

function decodeFrame(bytes: Uint8Array): Frame {
  const [frame] = new wire.FrameReader(1000, crc32).push(bytes);
  return frame as Frame;
}

const value = (sample: unknown): Uint8Array => wire.encodeValue(sample, 'value');

export const FORMATS: Readonly<Record<string, Format>> = {
  value: format(value, (bytes) => wire.decodeValue(bytes), VALUES),
  command: format<MethodCall>(
    ({ method, args }) => wire.encodeCommand(method, args),
    (bytes) => wire.decodeCommand(bytes),
    {
      increment: { method: 'increment', args: [] },
      put: { method: 'put', args: ['key', { a: [1, 2] }] },
    },
  ),
  result: format(wire.encodeResult, (bytes) => wire.decodeResult(bytes), RESULTS),
  message: format(wire.encodeMessage, wire.decodeMessage, MESSAGES),
  record: format(encodeRecord, decodeRecord, RECORDS),
  requests: format(wire.encodeRequests, wire.decodeRequests, REQUESTS),
  responses: format(wire.encodeResponses, wire.decodeResponses, RESPONSES),
  hello: format(wire.encodeHello, wire.decodeHello, HELLOS),
  welcome: format(wire.encodeWelcome, wire.decodeWelcome, WELCOMES),
  challenge: format(wire.encodeChallenge, wire.decodeChallenge, CHALLENGES),
  refusal: format(wire.encodeRefusal, wire.decodeRefusal, REFUSALS),
  frame: format(({ type, body }) => wire.encodeFrame(type, body, crc32), decodeFrame, FRAMES),
  state: format(encodeState, decodeState, { two: 2, negative: -1 }),
};
