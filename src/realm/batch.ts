import { ByteReader, ByteWriter } from '../base/index.ts';
import type { CallContext } from '../object/index.ts';
import { encodeResult } from '../wire/index.ts';
import type { CallEvent } from '../wire/index.ts';

/** First byte of what crosses the border of the realm; both sides are of one version of ours. */
const BORDER_VERSION = 1;

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

export function encodeCalls(calls: readonly Call[]): Uint8Array {
  let size = 16;
  for (const { bytes, event } of calls) {
    size += 56 + bytes.length + (event?.kind === 'ended' ? 8 * event.sessions.length : 0);
  }
  const writer = new ByteWriter(size).u8(BORDER_VERSION).varint(calls.length);
  for (const { time, seed, session, sequence, slot, index, bytes, event } of calls) {
    writer.f64(time).varint(seed).varint(session).varint(sequence);
    writer.varint(slot).varint(index).bytes(bytes);
    writeEvent(writer, event);
  }
  return writer.finish();
}

export function decodeCalls(batch: Uint8Array): Call[] {
  const reader = begin(batch);
  const calls: Call[] = [];
  for (let left = reader.count(); left > 0; left--) {
    const call = {
      time: reader.f64(),
      seed: reader.varint(),
      session: reader.varint(),
      sequence: reader.varint(),
      slot: reader.varint(),
      index: reader.varint(),
      bytes: reader.bytes(),
    };
    const event = readEvent(reader);
    calls.push(event === undefined ? call : { ...call, event });
  }
  reader.end();
  return calls;
}

const EVENT = { none: 0, ended: 1, timedOut: 2, withdrawn: 3, undone: 4 } as const;

function writeEvent(writer: ByteWriter, event: CallEvent | undefined): void {
  switch (event?.kind) {
    case undefined:
      return void writer.u8(EVENT.none);
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

function readEvent(reader: ByteReader): CallEvent | undefined {
  switch (reader.u8()) {
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
      return undefined;
  }
}

/** Reads are commands without a context. */
export function encodeReads(commands: readonly Uint8Array[]): Uint8Array {
  let size = 16;
  for (const bytes of commands) size += 8 + bytes.length;
  const writer = new ByteWriter(size).u8(BORDER_VERSION).varint(commands.length);
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

export function encodeResults({ results, killed }: BatchResults): Uint8Array {
  let size = 16;
  for (const bytes of results) size += 8 + bytes.length;
  const writer = new ByteWriter(size)
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

function begin(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== BORDER_VERSION) throw new TypeError(`border of version ${version}`);
  return reader;
}
