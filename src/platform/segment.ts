import { crc32 } from 'node:zlib';
import { assert, ByteReader, ConCoordError } from '../base/index.ts';
import type { ByteWriter } from '../base/index.ts';
import type { Ballot, LogRecord, Slot } from '../paxos/index.ts';
import { readRecord, writeRecord } from '../wire/index.ts';

/**
 * One file of the write-ahead log. A page of header is followed by blocks, each of which was one
 * write and one sync. Blocks are numbered through all segments, and begin at sector boundaries, so
 * that a torn write cannot reach into a block that was synced before it.
 *
 *     header (one page)  magic, format, crc;
 *                        generation, salt, last block before, position before, vows
 *     block (sectors)    magic, crc;
 *                        length, count, generation, salt, number, last synced block; records
 *
 * A checksum covers everything behind itself, padding included. The salt is drawn anew whenever a
 * segment is begun: bytes that an earlier use of the file left, or that a client chose, never pass
 * for a block.
 */
export const HEADER_BYTES = 4096;
const SECTOR_BYTES = 512;
const SEGMENT_MAGIC = 0x57434343;
const BLOCK_MAGIC = 0x4b4c4243;
const FORMAT = 1;
const BLOCK_HEADER_BYTES = 40;
/** A record without its entry, at most. */
const RECORD_OVERHEAD_BYTES = 64;

/** What distinguishes one use of a segment file from every other. */
export interface SegmentKey {
  /** Grows from segment to segment, and names the file. */
  readonly generation: number;
  readonly salt: number;
}

/** What older segments are not needed for: their deletion loses no promise and no commit index. */
export interface Vows {
  readonly promised: Ballot | undefined;
  readonly commit: Slot;
}

export interface SegmentHeader extends SegmentKey {
  /** Number of the last block before this segment; all blocks up to it were synced. */
  readonly lastBlock: number;
  /** Records in all segments before this one. */
  readonly position: number;
  readonly vows: Vows;
}

export interface Block {
  readonly number: number;
  /** Number of the last block that was known to be synced when this one was written. */
  readonly synced: number;
  /** How many records. */
  readonly count: number;
  readonly records: Uint8Array;
  /** Length in the file. */
  readonly bytes: number;
}

export function segmentName(generation: number): string {
  return `wal-${String(generation).padStart(12, '0')}`;
}

/** The generation that a file name stands for, or undefined when it is not that of a segment. */
export function generationOf(name: string): number | undefined {
  const match = /^wal-(\d{12})$/.exec(name);
  return match === null ? undefined : Number(match[1]);
}

/** Space that a record takes in a block, at most. */
export function recordBound(record: LogRecord): number {
  const entry = 'entry' in record ? record.entry.length : 0;
  return entry + RECORD_OVERHEAD_BYTES;
}

/** Space that a block takes in the file, at most. */
export function blockBound(recordBytes: number): number {
  return sectors(BLOCK_HEADER_BYTES + recordBytes);
}

function sectors(bytes: number): number {
  return Math.ceil(bytes / SECTOR_BYTES) * SECTOR_BYTES;
}

export function writeSegmentHeader(writer: ByteWriter, header: SegmentHeader): void {
  const start = writer.length;
  writer.u32(SEGMENT_MAGIC).u32(FORMAT).u32(0).u32(header.generation).u32(header.salt);
  writer.f64(header.lastBlock).f64(header.position);
  const vows = vowRecords(header.vows);
  writer.varint(vows.length);
  for (const record of vows) writeRecord(writer, record);
  assert(writer.length - start <= HEADER_BYTES, 'a segment header fits its page');
  writer.raw(PADDING.subarray(0, HEADER_BYTES - (writer.length - start)));
  seal(writer, start + 8);
}

/** Begins with the vows, so that whoever reads the log from its oldest segment on knows them. */
export function vowRecords(vows: Vows): LogRecord[] {
  const records: LogRecord[] = [];
  if (vows.promised !== undefined) records.push({ kind: 'promised', ballot: vows.promised });
  if (vows.commit > 0) records.push({ kind: 'commit', slot: vows.commit });
  return records;
}

const PADDING = new Uint8Array(HEADER_BYTES);

export interface BlockContent {
  readonly number: number;
  readonly synced: number;
  readonly records: readonly LogRecord[];
}

export function writeBlock(writer: ByteWriter, key: SegmentKey, block: BlockContent): void {
  const start = writer.length;
  writer.u32(BLOCK_MAGIC).u32(0).u32(0).u32(block.records.length);
  writer.u32(key.generation).u32(key.salt).f64(block.number).f64(block.synced);
  for (const record of block.records) writeRecord(writer, record);
  const length = writer.length - start;
  writer.patchU32(start + 8, length - BLOCK_HEADER_BYTES);
  writer.raw(PADDING.subarray(0, sectors(length) - length));
  seal(writer, start + 4);
}

/** Stores the checksum of everything behind offset `at` there. */
function seal(writer: ByteWriter, at: number): void {
  writer.patchU32(at, crc32(writer.finish().subarray(at + 4)));
}

/**
 * The header of a segment in use; undefined when the page is blank, damaged, or of something else.
 */
export function parseHeader(page: Uint8Array, path: string): SegmentHeader | undefined {
  if (page.length < HEADER_BYTES) return undefined;
  const reader = new ByteReader(page.subarray(0, HEADER_BYTES));
  if (reader.u32() !== SEGMENT_MAGIC) return undefined;
  const format = reader.u32();
  if (reader.u32() !== crc32(page.subarray(12, HEADER_BYTES))) return undefined;
  if (format !== FORMAT) {
    throw new ConCoordError(
      'VERSION_MISMATCH',
      `${path} has format ${format}, known is ${FORMAT}`,
      {
        remedy: 'Start the newer release that wrote this directory.',
      },
    );
  }
  const key = { generation: reader.u32(), salt: reader.u32() };
  const lastBlock = reader.f64();
  const position = reader.f64();
  let promised: Ballot | undefined;
  let commit = 0;
  for (let left = reader.count(); left > 0; left--) {
    const record = readRecord(reader);
    if (record.kind === 'promised') promised = record.ballot;
    if (record.kind === 'commit') commit = record.slot;
  }
  return { ...key, lastBlock, position, vows: { promised, commit } };
}

/**
 * The block at offset `at`, if there is an undamaged one. Without a salt, that of any use of the
 * file under this generation. The key is compared first: what a client made look like a block costs
 * nothing.
 */
export function parseBlock(
  segment: Uint8Array,
  at: number,
  key: { readonly generation: number; readonly salt?: number },
): Block | undefined {
  if (at + BLOCK_HEADER_BYTES > segment.length) return undefined;
  const reader = new ByteReader(segment, at);
  if (reader.u32() !== BLOCK_MAGIC) return undefined;
  const crc = reader.u32();
  const length = reader.u32();
  const count = reader.u32();
  if (reader.u32() !== key.generation) return undefined;
  const salt = reader.u32();
  if (key.salt !== undefined && salt !== key.salt) return undefined;
  const bytes = sectors(BLOCK_HEADER_BYTES + length);
  if (at + bytes > segment.length) return undefined;
  if (crc !== crc32(segment.subarray(at + 8, at + bytes))) return undefined;
  const number = reader.f64();
  const synced = reader.f64();
  return { number, synced, count, records: reader.raw(length), bytes };
}

/** Every undamaged block from offset `at` on, whatever lies between. */
export function* findBlocks(
  segment: Uint8Array,
  at: number,
  key: { readonly generation: number; readonly salt?: number },
): Generator<Block> {
  for (let offset = sectors(at); offset < segment.length; offset += SECTOR_BYTES) {
    const block = parseBlock(segment, offset, key);
    if (block !== undefined) yield block;
  }
}
