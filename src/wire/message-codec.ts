import { ByteReader, ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import {
  compareBallots,
  readBallot,
  readCounter,
  readId,
  readView,
  writeBallot,
  writeView,
} from '../paxos/index.ts';
import type { Ballot, Entry, Message, MessageOf, PValue, ReplicaId } from '../paxos/index.ts';
import {
  readBoolean,
  readCheckpoint,
  readCheckedEntry,
  readMember,
  readSnapshotName,
  writeBoolean,
  writeCheckpoint,
  writeMember,
  writeSnapshotName,
} from './field.ts';
import { FRAME, sealFrame } from './frame.ts';
import type { Checksum } from './frame.ts';
import { finishScratch, takeScratch } from './scratch.ts';

/** First byte of every message; then its kind, then its fields in the order of the type. */
export const MESSAGE_VERSION = 1;

const KIND = {
  prepare: 1,
  promise: 2,
  accept: 3,
  accepted: 4,
  preempted: 5,
  heartbeat: 6,
  alive: 7,
  preVote: 8,
  preVoteReply: 9,
  fetch: 10,
  decided: 11,
  snapshotOffer: 12,
  snapshotFetch: 13,
  snapshotChunk: 14,
  join: 15,
  leave: 16,
  departed: 17,
  campaign: 18,
  follow: 19,
  diverged: 20,
  readIndex: 21,
  readIndexReply: 22,
  stuck: 23,
} as const satisfies Record<Message['kind'], number>;

/** Members, learners, and a few that left, of which a leader remembers positions. */
const MAX_POSITIONS = 8 * limits.MAX_MEMBERS;
/** All fields of a message but its entries and chunks. */
const SMALL_BYTES = 512;

export function encodeMessage(message: Message): Uint8Array {
  const bulk = bulkOf(message);
  if (bulk === 0) {
    const small = takeScratch();
    writeMessage(small, message);
    return finishScratch(small);
  }
  const writer = new ByteWriter(SMALL_BYTES + bulk);
  writeMessage(writer, message);
  return writer.finish();
}

/**
 * The whole frame at once: an `accept` is encoded like this and then goes to every peer, by
 * `FrameWriter.addFrame` or as it is. An entry is copied once, into the frame.
 */
export function encodeMessageFrame(message: Message, checksum: Checksum): Uint8Array {
  const bulk = bulkOf(message);
  const writer = bulk === 0 ? takeScratch() : new ByteWriter(SMALL_BYTES + bulk);
  writer.u32(0).u32(0).u8(0);
  writeMessage(writer, message);
  const frame = bulk === 0 ? finishScratch(writer) : writer.finish();
  sealFrame(frame, FRAME.message, checksum);
  return frame;
}

/** Throws `MalformedBytes` unless the message is one that a replica could have meant. */
export function decodeMessage(bytes: Uint8Array): Message {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== MESSAGE_VERSION) throw new MalformedBytes(`message of version ${version}`);
  const message = readMessage(reader, reader.u8());
  reader.end();
  return message;
}

/** Bytes of entries and chunks: what decides whether a buffer of its own is worth it. */
function bulkOf(message: Message): number {
  switch (message.kind) {
    case 'accept':
      return message.entry.length;
    case 'snapshotChunk':
      return message.chunk.length;
    case 'promise':
      return message.accepted.reduce((sum, { entry }) => sum + entry.length + 32, 0);
    case 'decided':
      return message.entries.reduce((sum, entry) => sum + entry.length + 8, 0);
    default:
      return 0;
  }
}

function writeMessage(writer: ByteWriter, message: Message): void {
  writer.u8(MESSAGE_VERSION).u8(KIND[message.kind]);
  switch (message.kind) {
    case 'prepare':
      return void writeBallot(writer, message.ballot).varint(message.from);
    case 'promise':
      return writePromise(writer, message);
    case 'accept':
      writeBallot(writer, message.ballot).varint(message.slot).varint(message.commit);
      return void writer.bytes(message.entry);
    case 'accepted':
      writeBallot(writer, message.ballot).varint(message.first).varint(message.last);
      return void writer.varint(message.position);
    case 'preempted':
    case 'campaign':
      return void writeBallot(writer, message.ballot);
    case 'heartbeat':
      return writeHeartbeat(writer, message);
    case 'alive':
      return writeAlive(writer, message);
    case 'preVote':
      return void writer.varint(message.round).varint(message.commit).varint(message.epoch);
    case 'preVoteReply':
      writeBoolean(writer.varint(message.round), message.granted);
      return void writer.varint(message.promised).varint(message.commit);
    case 'fetch':
      return void writer.varint(message.from);
    case 'decided':
      writer.varint(message.from).varint(message.commit).varint(message.entries.length);
      for (const entry of message.entries) writer.bytes(entry);
      return;
    case 'snapshotOffer':
      return void writeSnapshotName(writer, message.snapshot);
    case 'snapshotFetch':
      return void writeSnapshotName(writer, message.snapshot).varint(message.offset);
    case 'snapshotChunk':
      writeSnapshotName(writer, message.snapshot).varint(message.offset);
      return void writer.bytes(message.chunk);
    case 'join':
      writeMember(writer, message.member);
      return void writer.varint(message.commit);
    case 'leave':
      return writeMember(writer, message.member);
    case 'departed':
      return writeView(writer, message.view);
    case 'follow':
      writeBoolean(writer, message.leader !== undefined);
      if (message.leader !== undefined) writeMember(writer, message.leader);
      return writeView(writer, message.view);
    case 'diverged':
      return writeCheckpoint(writer, message.checkpoint);
    case 'stuck':
      return writeStuck(writer, message);
    case 'readIndex':
      return void writer.varint(message.token);
    case 'readIndexReply':
      return void writer.varint(message.token).varint(message.index);
  }
}

function writeStuck(writer: ByteWriter, message: MessageOf<'stuck'>): void {
  writeBallot(writer, message.ballot).varint(message.round);
  writer.varint(message.slot).varint(message.index);
}

function writePromise(writer: ByteWriter, message: MessageOf<'promise'>): void {
  writeBallot(writer, message.ballot).varint(message.from).varint(message.commit);
  writer.varint(message.position).varint(message.accepted.length);
  for (const { slot, ballot, entry } of message.accepted) {
    writeBallot(writer.varint(slot), ballot).bytes(entry);
  }
}

function writeHeartbeat(writer: ByteWriter, message: MessageOf<'heartbeat'>): void {
  writeBallot(writer, message.ballot).varint(message.commit).varint(message.round);
  writer.varint(message.epoch).varint(message.positions.length);
  for (const [id, position] of message.positions) writer.varint(id).varint(position);
}

function writeAlive(writer: ByteWriter, message: MessageOf<'alive'>): void {
  writeBallot(writer, message.ballot).varint(message.round).varint(message.commit);
  writer.varint(message.applied);
  writeBoolean(writer, message.checkpoint !== undefined);
  if (message.checkpoint !== undefined) writeCheckpoint(writer, message.checkpoint);
}

function readMessage(reader: ByteReader, kind: number): Message {
  switch (kind) {
    case KIND.prepare:
      return { kind: 'prepare', ballot: readBallot(reader), from: readCounter(reader, 1) };
    case KIND.promise:
      return readPromise(reader);
    case KIND.accept:
      return readAccept(reader);
    case KIND.accepted:
      return readAccepted(reader);
    case KIND.preempted:
      return { kind: 'preempted', ballot: readBallot(reader) };
    case KIND.heartbeat:
      return readHeartbeat(reader);
    case KIND.alive:
      return readAlive(reader);
    case KIND.preVote:
      return readPreVote(reader);
    case KIND.preVoteReply:
      return readPreVoteReply(reader);
    case KIND.fetch:
      return { kind: 'fetch', from: readCounter(reader, 0) };
    case KIND.decided:
      return readDecided(reader);
    case KIND.snapshotOffer:
      return { kind: 'snapshotOffer', snapshot: readSnapshotName(reader) };
    case KIND.snapshotFetch:
      return readSnapshotFetch(reader);
    case KIND.snapshotChunk:
      return readSnapshotChunk(reader);
    case KIND.join:
      return { kind: 'join', member: readMember(reader), commit: readCounter(reader, 0) };
    case KIND.leave:
      return { kind: 'leave', member: readMember(reader) };
    case KIND.departed:
      return { kind: 'departed', view: readView(reader) };
    case KIND.campaign:
      return { kind: 'campaign', ballot: readBallot(reader) };
    case KIND.follow:
      return readFollow(reader);
    case KIND.diverged:
      return { kind: 'diverged', checkpoint: readCheckpoint(reader) };
    case KIND.stuck:
      return readStuck(reader);
    case KIND.readIndex:
      return { kind: 'readIndex', token: readCounter(reader, 0) };
    case KIND.readIndexReply:
      return {
        kind: 'readIndexReply',
        token: readCounter(reader, 0),
        index: readCounter(reader, 0),
      };
    default:
      throw new MalformedBytes(`message of kind ${kind}`);
  }
}

function readStuck(reader: ByteReader): Message {
  const ballot = readBallot(reader);
  const round = readCounter(reader, 0);
  return { kind: 'stuck', ballot, round, slot: readCounter(reader, 1), index: reader.varint() };
}

function readPromise(reader: ByteReader): Message {
  const ballot = readBallot(reader);
  const from = readCounter(reader, 1);
  const commit = readCounter(reader, 0);
  const position = readCounter(reader, 0);
  const accepted: PValue[] = [];
  let previous = commit;
  for (let left = reader.count(6); left > 0; left--) {
    const pvalue = readPValue(reader, ballot);
    if (pvalue.slot <= previous)
      throw new MalformedBytes('pvalues are not in the order of their slots');
    previous = pvalue.slot;
    accepted.push(pvalue);
  }
  return { kind: 'promise', ballot, from, commit, accepted, position };
}

/** @param promised Nobody who promised this ballot has accepted in a higher one. */
function readPValue(reader: ByteReader, promised: Ballot): PValue {
  const slot = readCounter(reader, 1);
  const ballot = readBallot(reader);
  if (compareBallots(ballot, promised) > 0) throw new MalformedBytes('a pvalue above its promise');
  return { slot, ballot, entry: readCheckedEntry(reader) };
}

function readAccept(reader: ByteReader): Message {
  const ballot = readBallot(reader);
  const slot = readCounter(reader, 1);
  const commit = readCounter(reader, 0);
  return { kind: 'accept', ballot, slot, entry: readCheckedEntry(reader), commit };
}

function readAccepted(reader: ByteReader): Message {
  const ballot = readBallot(reader);
  const first = readCounter(reader, 1);
  const last = readCounter(reader, 1);
  if (first > last) throw new MalformedBytes('a range that ends before it begins');
  return { kind: 'accepted', ballot, first, last, position: readCounter(reader, 0) };
}

function readHeartbeat(reader: ByteReader): Message {
  const ballot = readBallot(reader);
  const commit = readCounter(reader, 0);
  const round = readCounter(reader, 0);
  const epoch = readCounter(reader, 1);
  const count = reader.count(2);
  if (count > MAX_POSITIONS) throw new MalformedBytes(`${count} positions`);
  const positions = new Map<ReplicaId, number>();
  for (let left = count; left > 0; left--) {
    const id = readId(reader);
    positions.set(id, readCounter(reader, 0));
  }
  if (positions.size !== count) throw new MalformedBytes('two positions of one replica');
  return { kind: 'heartbeat', ballot, commit, round, epoch, positions: [...positions] };
}

function readAlive(reader: ByteReader): Message {
  const ballot = readBallot(reader);
  const round = readCounter(reader, 0);
  const commit = readCounter(reader, 0);
  const applied = readCounter(reader, 0);
  if (applied > commit) throw new MalformedBytes('applied beyond what is decided');
  const checkpoint = readBoolean(reader) ? readCheckpoint(reader) : undefined;
  return { kind: 'alive', ballot, round, commit, applied, checkpoint };
}

function readPreVote(reader: ByteReader): Message {
  const round = readCounter(reader, 1);
  const commit = readCounter(reader, 0);
  return { kind: 'preVote', round, commit, epoch: readCounter(reader, 1) };
}

function readPreVoteReply(reader: ByteReader): Message {
  const round = readCounter(reader, 1);
  const granted = readBoolean(reader);
  const promised = readCounter(reader, 0);
  return { kind: 'preVoteReply', round, granted, promised, commit: readCounter(reader, 0) };
}

function readDecided(reader: ByteReader): Message {
  const from = readCounter(reader, 1);
  const commit = readCounter(reader, 0);
  const count = reader.count(3);
  if (count > limits.CATCH_UP_SLOTS) throw new MalformedBytes(`${count} decided entries`);
  if (from + count - 1 > commit)
    throw new MalformedBytes('decided entries beyond the commit index');
  const entries: Entry[] = [];
  for (let left = count; left > 0; left--) entries.push(readCheckedEntry(reader));
  return { kind: 'decided', from, entries, commit };
}

function readSnapshotFetch(reader: ByteReader): Message {
  const snapshot = readSnapshotName(reader);
  const offset = reader.varint();
  if (offset > snapshot.bytes) throw new MalformedBytes('an offset behind the end of the snapshot');
  return { kind: 'snapshotFetch', snapshot, offset };
}

function readSnapshotChunk(reader: ByteReader): Message {
  const snapshot = readSnapshotName(reader);
  const offset = reader.varint();
  const chunk = reader.bytes();
  if (chunk.length > limits.SNAPSHOT_CHUNK_BYTES || offset + chunk.length > snapshot.bytes) {
    throw new MalformedBytes('a chunk behind the end of the snapshot, or too long');
  }
  return { kind: 'snapshotChunk', snapshot, offset, chunk };
}

function readFollow(reader: ByteReader): Message {
  const leader = readBoolean(reader) ? readMember(reader) : undefined;
  return { kind: 'follow', leader, view: readView(reader) };
}
