import { deepEqual, equal, notEqual, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 } from 'node:zlib';
import * as fc from 'fast-check';
import { limits, MalformedBytes } from '../base/index.ts';
import { encodeBatch, encodeItem, makeView, NOOP } from '../paxos/index.ts';
import type { Ballot, Message, PValue } from '../paxos/index.ts';
import { FRAME, FrameReader } from './frame.ts';
import { decodeMessage, encodeMessage, encodeMessageFrame } from './message-codec.ts';

const counter = fc.nat({ max: 2 ** 31 - 1 }).map((low) => low * 1000);
const slot = counter.map((value) => value + 1);
const id = fc.integer({ min: 1, max: 2 ** 48 - 1 });
const ballot = record({ round: slot, leader: id });
const entry = fc.oneof(
  fc.constant(NOOP),
  fc
    .tuple(fc.nat(), fc.uint8Array({ minLength: 16, maxLength: 16 }))
    .map(([time, client]) => encodeBatch(time, 7, [encodeItem({ kind: 'open', client })])),
);
const member = fc
  .tuple(id, fc.string({ minLength: 1, maxLength: 20 }), fc.boolean(), fc.boolean())
  .map(([of, address, durable, answers]) => {
    return { id: of, address, durable, ...(answers ? { nameServer: true as const } : {}) };
  });
const view = fc
  .tuple(
    slot,
    slot,
    fc.uniqueArray(member, {
      minLength: 1,
      maxLength: limits.MAX_MEMBERS,
      selector: (m) => m.address,
      comparator: (a, b) => a === b,
    }),
  )
  .map(([epoch, start, members]) =>
    makeView(
      epoch,
      start,
      members.map((m, at) => ({ ...m, id: at + 1 })),
    ),
  );
const hash = fc
  .uint8Array({ minLength: 8, maxLength: 8 })
  .map((b) => Buffer.from(b).toString('hex'));
const checkpoint = record({ slot: counter, digest: fc.oneof(hash, fc.constant('')) });
const snapshot = record({ slot, bytes: fc.integer({ min: 1000, max: 2 ** 30 }), hash });
const small = fc.nat({ max: 500 });

const message: fc.Arbitrary<Message> = fc.oneof(
  record({ kind: fc.constant('prepare' as const), ballot, from: slot }),
  fc
    .tuple(ballot, slot, counter, fc.array(fc.tuple(fc.nat({ max: 9 }), entry)), counter)
    .map(promise),
  record({ kind: fc.constant('accept' as const), ballot, slot, entry, commit: counter }),
  fc.tuple(ballot, slot, small, counter).map(([b, first, more, position]) => ({
    kind: 'accepted' as const,
    ballot: b,
    first,
    last: first + more,
    position,
  })),
  record({ kind: fc.constantFrom('preempted' as const, 'campaign' as const), ballot }),
  record({
    kind: fc.constant('heartbeat' as const),
    ballot,
    commit: counter,
    round: counter,
    epoch: slot,
    positions: fc.uniqueArray(fc.tuple(id, counter), { selector: ([replica]) => replica }),
  }),
  fc
    .tuple(ballot, counter, counter, small, fc.option(checkpoint, { nil: undefined }))
    .map(([b, round, applied, more, known]) => ({
      kind: 'alive' as const,
      ballot: b,
      round,
      commit: applied + more,
      applied,
      checkpoint: known,
    })),
  record({ kind: fc.constant('preVote' as const), round: slot, commit: counter, epoch: slot }),
  record({
    kind: fc.constant('preVoteReply' as const),
    round: slot,
    granted: fc.boolean(),
    promised: counter,
    commit: counter,
  }),
  record({ kind: fc.constant('fetch' as const), from: counter }),
  fc.tuple(slot, fc.array(entry), small).map(([from, entries, more]) => ({
    kind: 'decided' as const,
    from,
    entries,
    commit: from + entries.length + more,
  })),
  record({ kind: fc.constant('snapshotOffer' as const), snapshot }),
  record({ kind: fc.constant('snapshotFetch' as const), snapshot, offset: small }),
  record({
    kind: fc.constant('snapshotChunk' as const),
    snapshot,
    offset: small,
    chunk: fc.uint8Array({ maxLength: 500 }),
  }),
  record({ kind: fc.constant('join' as const), member, commit: counter }),
  record({ kind: fc.constant('leave' as const), member }),
  record({ kind: fc.constant('departed' as const), view }),
  record({
    kind: fc.constant('follow' as const),
    leader: fc.option(member, { nil: undefined }),
    view,
  }),
  record({ kind: fc.constant('diverged' as const), checkpoint }),
);

function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true });
}

type Promised = [Ballot, number, number, [number, Uint8Array][], number];

function promise([promised, from, commit, values, position]: Promised): Message {
  const accepted: PValue[] = [];
  let at = commit;
  for (const [gap, value] of values) {
    at += 1 + gap;
    const round = Math.max(1, promised.round - gap);
    accepted.push({ slot: at, ballot: { round, leader: promised.leader }, entry: value });
  }
  return { kind: 'promise', ballot: promised, from, commit, accepted, position };
}

const b: Ballot = { round: 5, leader: 9 };
const e = Uint8Array.of(1, 0);

function refused(wrong: Message): void {
  throws(() => decodeMessage(encodeMessage(wrong)), MalformedBytes, JSON.stringify(wrong));
}

test('every message arrives as it was sent', () => {
  fc.assert(
    fc.property(message, (sent) => deepEqual(decodeMessage(encodeMessage(sent)), sent)),
    { numRuns: 2000 },
  );
});

test('a message can be encoded as a frame at once, for many receivers', () => {
  fc.assert(
    fc.property(message, (sent) => {
      const frame = encodeMessageFrame(sent, crc32);

      const [received, ...more] = new FrameReader(2 ** 20, crc32).push(frame);

      equal(more.length, 0);
      equal(received?.type, FRAME.message);
      deepEqual(received?.body, encodeMessage(sent));
    }),
  );
});

test('an entry does not keep the buffer alive in which it arrived', () => {
  const bytes = encodeMessage({ kind: 'accept', ballot: b, slot: 7, entry: e, commit: 6 });

  const received = decodeMessage(bytes);

  ok(received.kind === 'accept');
  notEqual(received.entry.buffer, bytes.buffer);
  deepEqual(received.entry, e);
});

test('what no replica can mean is malformed', () => {
  const pvalue = (at: number, round: number): PValue => ({
    slot: at,
    ballot: { round, leader: 9 },
    entry: e,
  });
  const promised = (...accepted: PValue[]): Message => ({
    kind: 'promise',
    ballot: b,
    from: 1,
    commit: 3,
    accepted,
    position: 0,
  });
  const name = { slot: 4, bytes: 10, hash: '00' };

  refused({ kind: 'prepare', ballot: b, from: 0 });
  refused({ kind: 'prepare', ballot: { round: 0, leader: 9 }, from: 1 });
  refused({ kind: 'prepare', ballot: { round: 1, leader: 0 }, from: 1 });
  refused({ kind: 'prepare', ballot: { round: 1, leader: 2 ** 48 }, from: 1 });
  refused({ kind: 'prepare', ballot: { round: 2 ** 52 + 2, leader: 9 }, from: 1 });
  refused(promised(pvalue(5, 1), pvalue(4, 1)));
  refused(promised(pvalue(4, 1), pvalue(4, 2)));
  refused(promised(pvalue(3, 1)));
  refused(promised(pvalue(4, 6)));
  refused({ kind: 'accept', ballot: b, slot: 0, entry: e, commit: 0 });
  refused({ kind: 'accept', ballot: b, slot: 1, entry: Uint8Array.of(1), commit: 0 });
  const long = new Uint8Array(limits.MAX_ENTRY_BYTES + 1);
  refused({ kind: 'accept', ballot: b, slot: 1, entry: long, commit: 0 });
  refused({ kind: 'accepted', ballot: b, first: 3, last: 2, position: 0 });
  const positions = [
    [7, 1],
    [7, 2],
  ] as const;
  refused({ kind: 'heartbeat', ballot: b, commit: 1, round: 1, epoch: 1, positions });
  refused({ kind: 'alive', ballot: b, round: 1, commit: 1, applied: 2, checkpoint: undefined });
  refused({ kind: 'decided', from: 3, entries: [e, e], commit: 3 });
  refused({ kind: 'decided', from: 1, entries: Array.from({ length: 513 }, () => e), commit: 600 });
  refused({ kind: 'snapshotFetch', snapshot: name, offset: 11 });
  refused({ kind: 'snapshotChunk', snapshot: name, offset: 9, chunk: e });
  refused({ kind: 'snapshotOffer', snapshot: { slot: 4, bytes: 2 ** 40, hash: '00' } });
  refused({ kind: 'snapshotOffer', snapshot: { slot: 4, bytes: 1, hash: '' } });
  refused({ kind: 'leave', member: { id: 0, address: 'a:1', durable: false } });
  refused({ kind: 'leave', member: { id: 1, address: '', durable: false } });
  refused({ kind: 'leave', member: { id: 1, address: 'a'.repeat(301), durable: false } });
  const nobody = makeView(1, 1, [{ id: 0, address: 'a:1', durable: false }]);
  refused({ kind: 'departed', view: nobody });
});

test('damaged messages are malformed, or messages, and nothing else', () => {
  const damage = fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 3 });
  fc.assert(
    fc.property(message, damage, fc.option(fc.nat()), (sent, changes, cut) => {
      const whole = encodeMessage(sent);
      for (const [at, byte] of changes) whole[at % whole.length] = byte;
      const bytes = cut === null ? whole : whole.subarray(0, cut % whole.length);

      try {
        const received = decodeMessage(bytes);
        deepEqual(decodeMessage(encodeMessage(received)), received);
      } catch (error) {
        ok(error instanceof MalformedBytes, String(error));
      }
    }),
    { numRuns: 3000 },
  );
});
