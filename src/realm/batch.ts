import { ByteReader, ByteWriter } from '../base/index.ts';
import type { CallContext } from '../object/index.ts';
import { encodeResult } from '../wire/index.ts';
import type { CallEvent } from '../wire/index.ts';

/** First byte of what crosses the border of the realm; both sides are of one version of ours. */
const BORDER_VERSION = 2;

/** Room for a batch of some dozens; a larger one grows. */
const FIRST_BYTES = 4096;

/** The result of a call that a watchdog ended: nothing but the log says that it did. */
export const KILLED: Uint8Array = killedBy(
  'the call',
  'more turns, depth or memory than a call may',
);

/** The same with the method and the budget: the meter knows them, alike on every replica. */
export function killedBy(what: string, excess: string): Uint8Array {
  const message = `${what} took ${excess}; it had no effect`;
  return encodeResult({ kind: 'refused', code: 'BUDGET_EXCEEDED', message });
}

/** Under which name a module exports what makes callers wait, when its class uses it. */
export const BLOCKING_EXPORT = '__concoord_blocking__';

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
    const { time, seed, session, sequence, slot, index, bytes, event } = call;
    const same = before?.slot === slot && before.seed === seed && before.time === time;
    writer.varint(index * 4 + (event === undefined ? 0 : 2) + (same ? 0 : 1));
    if (!same) writer.varint(slot).f64(time).varint(seed);
    writer.varint(session).varint(sequence).bytes(bytes);
    if (event !== undefined) writeEvent(writer, event);
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

const EVENT = { ended: 1, timedOut: 2, withdrawn: 3, undone: 4 } as const;

function writeEvent(writer: ByteWriter, event: CallEvent): void {
  switch (event.kind) {
    case 'ended':
      writer.u8(EVENT.ended).varint(event.sessions.length);
      for (const session of event.sessions) writer.varint(session);
      return;
    case 'timedOut':
      return void writer.u8(EVENT.timedOut);
    case 'withdrawn':
      return void writer.u8(event.undo ? EVENT.undone : EVENT.withdrawn);
  }
}

function readEvent(reader: ByteReader): CallEvent {
  const kind = reader.u8();
  switch (kind) {
    case EVENT.ended: {
      const sessions: number[] = [];
      for (let left = reader.count(); left > 0; left--) sessions.push(reader.varint());
      return { kind: 'ended', sessions };
    }
    case EVENT.timedOut:
      return { kind: 'timedOut' };
    case EVENT.withdrawn:
      return { kind: 'withdrawn', undo: false };
    case EVENT.undone:
      return { kind: 'withdrawn', undo: true };
    default:
      throw new TypeError(`event of kind ${kind}`);
  }
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
    const index = Math.floor(place / 4);
    const session = reader.varint();
    const sequence = reader.varint();
    const call = { time, seed, session, sequence, slot, index, bytes: reader.bytes() };
    calls.push(place % 4 >= 2 ? { ...call, event: readEvent(reader) } : call);
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
