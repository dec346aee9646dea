import {
  closeSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  unlinkSync,
} from 'node:fs';
import { join } from 'node:path';
import { ByteReader, ConCoordError, MalformedBytes, present } from '../base/index.ts';
import { compareBallots } from '../paxos/index.ts';
import type { LogRecord, Slot } from '../paxos/index.ts';
import { readRecord } from '../wire/index.ts';
import { isBlank, readFully, syncDirectorySync, writeZerosSync } from './files.ts';
import {
  findBlocks,
  generationOf,
  HEADER_BYTES,
  parseBlock,
  parseHeader,
  vowRecords,
} from './segment.ts';
import type { Block, SegmentHeader, Vows } from './segment.ts';

/** A segment file, named by its generation. */
export interface LogFile {
  readonly generation: number;
  readonly path: string;
}

/** A segment in use. */
export interface Segment extends LogFile {
  readonly salt: number;
  /** Where the next block goes; 0 while not even the header is written. */
  end: number;
  /** The highest slot of which it has a record. */
  maxSlot: Slot;
}

export interface Recovery {
  /** In the order in which they were appended, preceded by the oldest segment's vows. */
  readonly records: LogRecord[];
  /** How many records were ever persisted in this directory. */
  position: number;
  lastBlock: number;
  vows: Vows;
  /** Oldest first; the last one is continued. */
  readonly segments: Segment[];
  /** Prepared and not begun, lowest generation first. */
  readonly spares: LogFile[];
}

/**
 * Reads the whole log, one segment in memory at a time. What a crash tore off at its end is cut
 * away; any other damage is an error.
 *
 * Damage is a torn tail only when nothing behind it proves that a sync came after it. As one block
 * is written and synced before the next is begun, such a proof is any later block that knows of the
 * sync.
 *
 * @param above Records of slots up to here are skipped: a durable snapshot covers them.
 */
export function recoverLog(directory: string, segmentBytes: number, above: Slot): Recovery {
  mkdirSync(directory, { recursive: true });
  return new LogReader(directory, segmentBytes, above).read();
}

interface FoundFile extends LogFile {
  /** Undefined when the file was prepared but not begun, or its header is damaged. */
  readonly header: SegmentHeader | undefined;
}

class LogReader {
  readonly #directory: string;
  readonly #segmentBytes: number;
  readonly #above: Slot;
  readonly #recovery: Recovery = {
    records: [],
    position: 0,
    lastBlock: 0,
    vows: { promised: undefined, commit: 0 },
    segments: [],
    spares: [],
  };
  /** Holds the segment that is being read. */
  #buffer = new Uint8Array(HEADER_BYTES);

  constructor(directory: string, segmentBytes: number, above: Slot) {
    this.#directory = directory;
    this.#segmentBytes = segmentBytes;
    this.#above = above;
  }

  read(): Recovery {
    const recovery = this.#recovery;
    const files = this.#list();
    const oldest = files[0]?.header;
    if (oldest !== undefined) {
      recovery.position = oldest.position;
      recovery.lastBlock = oldest.lastBlock;
      recovery.vows = oldest.vows;
      recovery.records.push(...vowRecords(oldest.vows));
    }
    const newest = files.findLast((file) => file.header !== undefined);
    for (const file of files) {
      const bytes = this.#load(file.path);
      if (file.header === undefined) this.#readSpare(file, bytes, newest);
      else this.#readSegment(file, file.header, bytes);
      if (file === newest) this.#cutTail(bytes);
    }
    if (this.#above > 0 && recovery.vows.promised !== undefined) {
      // The promise may have come with an accepted value that was skipped.
      recovery.records.push({ kind: 'promised', ballot: recovery.vows.promised });
    }
    return recovery;
  }

  #list(): FoundFile[] {
    const files: FoundFile[] = [];
    for (const name of readdirSync(this.#directory).sort()) {
      const generation = generationOf(name);
      if (generation === undefined) continue;
      const path = join(this.#directory, name);
      const header = parseHeader(this.#load(path, HEADER_BYTES), path);
      // A recycled file keeps its earlier header until it is begun again.
      const begun = header?.generation === generation;
      files.push({ generation, path, header: begun ? header : undefined });
    }
    return files;
  }

  /** The file, or its beginning, valid until the next call. */
  #load(path: string, atMost = Number.MAX_SAFE_INTEGER): Uint8Array {
    const fd = openSync(path, 'r');
    try {
      const size = Math.min(fstatSync(fd).size, atMost);
      if (this.#buffer.length < size) this.#buffer = new Uint8Array(size);
      return this.#buffer.subarray(0, readFully(fd, this.#buffer.subarray(0, size), 0));
    } finally {
      closeSync(fd);
    }
  }

  #readSegment(file: LogFile, header: SegmentHeader, bytes: Uint8Array): void {
    const recovery = this.#recovery;
    const { generation, path } = file;
    if (header.lastBlock !== recovery.lastBlock || header.position !== recovery.position) {
      const before = recovery.segments.at(-1);
      const missing = `block ${recovery.lastBlock + 1} is damaged or missing`;
      throw corrupt(before?.path ?? path, before?.end ?? 0, missing);
    }
    const segment = { generation, path, salt: header.salt, end: HEADER_BYTES, maxSlot: 0 };
    recovery.segments.push(segment);
    for (;;) {
      const block = parseBlock(bytes, segment.end, segment);
      if (block?.number !== recovery.lastBlock + 1) break;
      this.#readRecords(block, segment);
      recovery.lastBlock = block.number;
      recovery.position += block.count;
      segment.end += block.bytes;
    }
  }

  #readRecords(block: Block, segment: Segment): void {
    const recovery = this.#recovery;
    try {
      // A copy, because entries are views into it, and the buffer holds the next segment soon.
      const reader = new ByteReader(block.records.slice());
      for (let left = block.count; left > 0; left--) {
        const record = readRecord(reader);
        recovery.vows = vowsAfter(recovery.vows, record);
        if ('entry' in record) {
          segment.maxSlot = Math.max(segment.maxSlot, record.slot);
          if (record.slot <= this.#above) continue;
        }
        recovery.records.push(record);
      }
      reader.end();
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      throw corrupt(segment.path, segment.end, error.message);
    }
  }

  /** Makes the rest of the newest segment blank, so that nothing there can resurface. */
  #cutTail(bytes: Uint8Array): void {
    const segment = present(this.#recovery.segments.at(-1), 'the segment just read');
    for (const block of findBlocks(bytes, segment.end, segment)) {
      if (block.synced <= this.#recovery.lastBlock) continue;
      throw corrupt(segment.path, segment.end, 'a block is damaged');
    }
    const fd = openSync(segment.path, 'r+');
    try {
      const size = Math.max(this.#segmentBytes, bytes.length);
      if (bytes.length < size || !isBlank(bytes.subarray(segment.end))) {
        writeZerosSync(fd, segment.end, size);
      }
      // Also what was read may have been written without being synced, when the process was killed.
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  #readSpare(file: LogFile, bytes: Uint8Array, newest: LogFile | undefined): void {
    const { generation, path } = file;
    const begun = newest !== undefined && generation < newest.generation;
    if (begun) throw corrupt(path, 0, 'the header is damaged');
    for (const block of findBlocks(bytes, HEADER_BYTES, { generation })) {
      // A first block may be torn together with the header; a second one was written after a sync.
      if (block.synced <= this.#recovery.lastBlock) continue;
      throw corrupt(path, 0, 'the header is damaged');
    }
    if (bytes.length >= this.#segmentBytes) {
      this.#recovery.spares.push({ generation, path });
    } else {
      unlinkSync(path);
      syncDirectorySync(this.#directory);
    }
  }
}

/** The highest promise and commit index after another record. */
export function vowsAfter(vows: Vows, record: LogRecord): Vows {
  switch (record.kind) {
    case 'promised':
    case 'accepted': {
      const { promised } = vows;
      const higher = promised === undefined || compareBallots(record.ballot, promised) > 0;
      return higher ? { ...vows, promised: record.ballot } : vows;
    }
    case 'commit':
      return record.slot > vows.commit ? { ...vows, commit: record.slot } : vows;
    case 'decided':
      return vows;
  }
}

function corrupt(path: string, offset: number, what: string): ConCoordError {
  return new ConCoordError('CORRUPT_DATA', `${path} at byte ${offset}: ${what}`);
}
