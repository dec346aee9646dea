import { ByteReader, ByteWriter } from '../base/index.ts';
import type { CallContext } from '../object/index.ts';
import { encodeResult } from '../wire/index.ts';

/** First byte of what crosses the border of the realm; both sides are of one version of ours. */
const BORDER_VERSION = 2;

/** Room for a batch of some dozens; a larger one grows. */
const FIRST_BYTES = 4096;

/** The result of a call that was killed because of what it spent. */
export const KILLED: Uint8Array = encodeResult({
  kind: 'refused',
  code: 'BUDGET_EXCEEDED',
  message: 'the call took more turns, depth or memory than a call may; it had no effect',
});

/** A command with what the log says of it. */
export interface Call extends CallContext {
  readonly bytes: Uint8Array;
}

export interface BatchResults {
  /** One for each call that ran, in order; the last is that of the killed one, if one was. */
  readonly results: readonly Uint8Array[];
  /** The batch stopped there: take the world away, the state in it is of no use any more. */
  readonly killed: boolean;
}

/** Calls of one slot have its time and seed in common: said once, before the first of them. */
export function encodeCalls(calls: readonly Call[], writer: ByteWriter = empty()): Uint8Array {
  writer.u8(BORDER_VERSION).varint(calls.length);
  let before: Call | undefined;
  for (const call of calls) {
    const { time, seed, session, sequence, slot, index, bytes } = call;
    const same = before?.slot === slot && before.seed === seed && before.time === time;
    writer.varint(index * 2 + (same ? 0 : 1));
    if (!same) writer.varint(slot).f64(time).varint(seed);
    writer.varint(session).varint(sequence).bytes(bytes);
    before = call;
  }
  return writer.finish();
}

/** Commands are views into `batch`. */
export function decodeCalls(batch: Uint8Array): Call[] {
  const reader = new ByteReader(batch);
  const calls = readCalls(reader);
  reader.end();
  return calls;
}

/** One batch, of several that may lie behind one another. */
export function readCalls(reader: ByteReader): Call[] {
  checkVersion(reader);
  const calls: Call[] = [];
  let slot = 0;
  let time = 0;
  let seed = 0;
  for (let left = reader.count(); left > 0; left--) {
    const place = reader.varint();
    if (place % 2 === 1) {
      slot = reader.varint();
      time = reader.f64();
      seed = reader.varint();
    }
    const index = Math.floor(place / 2);
    const session = reader.varint();
    const sequence = reader.varint();
    calls.push({ time, seed, session, sequence, slot, index, bytes: reader.bytes() });
  }
  return calls;
}

/** Reads are commands without a context. */
export function encodeReads(commands: readonly Uint8Array[], writer = empty()): Uint8Array {
  writer.u8(BORDER_VERSION).varint(commands.length);
  for (const bytes of commands) writer.bytes(bytes);
  return writer.finish();
}

export function decodeReads(batch: Uint8Array): Uint8Array[] {
  const reader = begin(batch);
  const commands: Uint8Array[] = [];
  for (let left = reader.count(); left > 0; left--) commands.push(reader.bytes());
  reader.end();
  return commands;
}

export function encodeResults({ results, killed }: BatchResults, writer = empty()): Uint8Array {
  writer
    .u8(BORDER_VERSION)
    .u8(killed ? 1 : 0)
    .varint(results.length);
  for (const bytes of results) writer.bytes(bytes);
  return writer.finish();
}

/** Results are views into `bytes`. */
export function decodeResults(bytes: Uint8Array): BatchResults {
  const reader = begin(bytes);
  const killed = reader.u8() === 1;
  const results: Uint8Array[] = [];
  for (let left = reader.count(); left > 0; left--) results.push(reader.bytes());
  reader.end();
  return { results, killed };
}

function empty(): ByteWriter {
  return new ByteWriter(FIRST_BYTES);
}

function begin(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  checkVersion(reader);
  return reader;
}

function checkVersion(reader: ByteReader): void {
  const version = reader.u8();
  if (version !== BORDER_VERSION) throw new TypeError(`border of version ${version}`);
}
