import { assert, limits, MalformedBytes } from '../base/index.ts';
import type { ByteReader, ByteWriter } from '../base/index.ts';
import { decodeEntry, readCounter, readId, readTraits, traitsOf } from '../paxos/index.ts';
import type { Checkpoint, Entry, Member, SnapshotName } from '../paxos/index.ts';
import { readText, writeText } from './text.ts';

/**
 * The parts that messages, records and handshakes share. Readers check everything that the types
 * claim: a peer may be of another make, damaged, or hostile, and must not reach an assertion of
 * ours.
 */

/** The shortest entry has a version and a kind. */
const MIN_ENTRY_BYTES = 2;
const DIGEST_BYTES = 8;
const MAX_HASH_BYTES = 64;
/** State and the protocol's own header; far beyond, a claim is nonsense. */
const MAX_SNAPSHOT_BYTES = 4 * limits.MAX_STATE_BYTES;

/** Of a view number, client, or other small choice: its index in `names`. */
export function readChoice<T extends string>(reader: ByteReader, names: readonly T[]): T {
  const name = names[reader.u8()];
  if (name === undefined) throw new MalformedBytes(`none of ${names.join(', ')}`);
  return name;
}

export function writeChoice<T extends string>(
  writer: ByteWriter,
  names: readonly T[],
  name: T,
): ByteWriter {
  const index = names.indexOf(name);
  assert(index >= 0, 'a choice is one of its names');
  return writer.u8(index);
}

export function readBoolean(reader: ByteReader): boolean {
  const byte = reader.u8();
  if (byte > 1) throw new MalformedBytes(`${byte} is neither yes nor no`);
  return byte === 1;
}

export function writeBoolean(writer: ByteWriter, value: boolean): ByteWriter {
  return writer.u8(value ? 1 : 0);
}

/** A copy: an entry outlives the buffer in which it arrives by far. */
export function readEntry(reader: ByteReader): Entry {
  const length = reader.varint();
  if (length < MIN_ENTRY_BYTES || length > limits.MAX_ENTRY_BYTES) {
    throw new MalformedBytes(`entry of ${length} bytes`);
  }
  return new Uint8Array(reader.raw(length));
}

/**
 * An entry from a peer is decoded once, to be refused at the door: once it is decided, one that cannot be
 * decoded would stop every replica.
 */
export function readCheckedEntry(reader: ByteReader): Entry {
  const entry = readEntry(reader);
  decodeEntry(entry);
  return entry;
}

export function writeMember(writer: ByteWriter, member: Member): void {
  writer.varint(member.id);
  writeText(writer, member.address);
  writer.u8(traitsOf(member));
}

export function readMember(reader: ByteReader): Member {
  const id = readId(reader);
  const address = readAddress(reader);
  const traits = readTraits(reader.u8());
  if (traits === undefined) throw new MalformedBytes('a member of an unknown kind');
  return { id, address, ...traits };
}

/** `host:port`. Whether it can be dialled is for the network to find out. */
export function readAddress(reader: ByteReader): string {
  const address = readText(reader, limits.MAX_ADDRESS_BYTES);
  if (address === '') throw new MalformedBytes('an empty address');
  return address;
}

export function writeCheckpoint(writer: ByteWriter, { slot, digest }: Checkpoint): void {
  writer.varint(slot).bytes(hexToBytes(digest, digest === '' ? 0 : DIGEST_BYTES));
}

/** An empty digest is possible: it says that no majority agrees. */
export function readCheckpoint(reader: ByteReader): Checkpoint {
  const slot = readCounter(reader, 0);
  const digest = reader.bytes();
  if (digest.length !== 0 && digest.length !== DIGEST_BYTES) throw new MalformedBytes('no digest');
  return { slot, digest: bytesToHex(digest) };
}

export function writeSnapshotName(
  writer: ByteWriter,
  { slot, bytes, hash }: SnapshotName,
): ByteWriter {
  return writer
    .varint(slot)
    .varint(bytes)
    .bytes(hexToBytes(hash, hash.length / 2));
}

export function readSnapshotName(reader: ByteReader): SnapshotName {
  const slot = readCounter(reader, 1);
  const bytes = reader.varint();
  if (bytes > MAX_SNAPSHOT_BYTES) throw new MalformedBytes(`snapshot of ${bytes} bytes`);
  const hash = reader.bytes();
  if (hash.length < 1 || hash.length > MAX_HASH_BYTES)
    throw new MalformedBytes('hash of a snapshot');
  return { slot, bytes, hash: bytesToHex(hash) };
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

export function bytesToHex(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += HEX[byte];
  return hex;
}

/** @param hex Two lowercase digits for each of `count` bytes. */
export function hexToBytes(hex: string, count: number): Uint8Array {
  assert(
    hex.length === 2 * count && /^[0-9a-f]*$/.test(hex),
    'digests and ids are lowercase hexadecimal',
  );
  const bytes = new Uint8Array(count);
  for (let at = 0; at < count; at++) bytes[at] = Number.parseInt(hex.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
