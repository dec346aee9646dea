import { ByteReader, ConCoordError, ERROR_CATALOG, limits, MalformedBytes } from '../base/index.ts';
import type { ByteWriter, ErrorCode } from '../base/index.ts';
import { plainError } from './error-value.ts';
import type { ErrorReviver } from './error-value.ts';
import { finishScratch, takeScratch } from './scratch.ts';
import { readName, readText, writeText } from './text.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';

/** First byte of every command and of every result. */
export const CALL_VERSION = 1;

/** A method call, as the object's dispatcher sees it. */
export interface MethodCall {
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What became of a call in the object's world. The same on every replica. */
export type CallResult =
  | { readonly kind: 'returned'; readonly value: unknown }
  /** `value` is there when something else than an error was thrown, and can be sent. */
  | {
      readonly kind: 'thrown';
      readonly name: string;
      readonly message: string;
      readonly value?: unknown;
    }
  /** Refused by the dispatcher: the library's own error, not the object's. */
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string }
  /** Asked for as a read, but it may write: send it as a call. */
  | { readonly kind: 'notRead' };

const KIND = { returned: 0, thrown: 1, thrownValue: 2, refused: 3, notRead: 4 } as const;

/**
 * Kept free for the method's name in a command, and for what replicas put before a result in a
 * reply.
 */
const HEADROOM_BYTES = 1024;
const COMMAND_LIMITS = {
  maxBytes: limits.MAX_COMMAND_BYTES - HEADROOM_BYTES,
  sharing: 'copied',
} as const;
const RESULT_LIMITS = {
  maxBytes: limits.MAX_REPLY_BYTES - HEADROOM_BYTES,
  sharing: 'copied',
} as const;

/** Names come from the user's class; this is far beyond what people type. */
const MAX_METHOD_BYTES = 512;
/** Longer texts of errors are cut, so that their report never fails for its length. */
const MAX_NAME_UNITS = 512;
const MAX_MESSAGE_UNITS = 16 * 1024;

/** Throws `ConCoordError`: `INVALID_VALUE` with the path, or `TOO_LARGE`. */
export function encodeCommand(method: string, args: readonly unknown[]): Uint8Array {
  const writer = takeScratch();
  writeText(writer.u8(CALL_VERSION), method);
  if (writer.length > MAX_METHOD_BYTES) {
    throw new ConCoordError('TOO_LARGE', `method name of more than ${MAX_METHOD_BYTES - 4} bytes`);
  }
  const values = new ValueWriter(writer, 'arguments', COMMAND_LIMITS);
  values.list(args);
  values.checkSize();
  return finishScratch(writer);
}

/** Throws `MalformedBytes` on anything that `encodeCommand` would not write. */
export function decodeCommand(command: Uint8Array, revive: ErrorReviver = plainError): MethodCall {
  const reader = readVersion(command);
  const method = readName(reader, MAX_METHOD_BYTES);
  const args = new ValueReader(reader, revive).list();
  reader.end();
  return { method, args };
}

/** Throws `ConCoordError` when a returned or thrown value cannot be sent, or is too large. */
export function encodeResult(result: CallResult): Uint8Array {
  const writer = takeScratch().u8(CALL_VERSION);
  switch (result.kind) {
    case 'returned':
      writeValue(writer.u8(KIND.returned), result.value, 'result');
      break;
    case 'thrown':
      writer.u8('value' in result ? KIND.thrownValue : KIND.thrown);
      writeText(writer, cut(result.name, MAX_NAME_UNITS));
      writeText(writer, cut(result.message, MAX_MESSAGE_UNITS));
      if ('value' in result) writeValue(writer, result.value, 'thrown value');
      break;
    case 'refused':
      writeText(writer.u8(KIND.refused), result.code);
      writeText(writer, cut(result.message, MAX_MESSAGE_UNITS));
      break;
    case 'notRead':
      writer.u8(KIND.notRead);
      break;
  }
  if (writer.length > RESULT_LIMITS.maxBytes) {
    throw new ConCoordError('TOO_LARGE', `result: more than ${RESULT_LIMITS.maxBytes} bytes`);
  }
  return finishScratch(writer);
}

/** Throws `MalformedBytes` on anything that `encodeResult` would not write. */
export function decodeResult(bytes: Uint8Array, revive: ErrorReviver = plainError): CallResult {
  const reader = readVersion(bytes);
  const result = readResult(reader, reader.u8(), revive);
  reader.end();
  return result;
}

function readResult(reader: ByteReader, kind: number, revive: ErrorReviver): CallResult {
  switch (kind) {
    case KIND.returned:
      return { kind: 'returned', value: new ValueReader(reader, revive).read() };
    case KIND.thrown:
      return { kind: 'thrown', name: readText(reader), message: readText(reader) };
    case KIND.thrownValue: {
      const name = readText(reader);
      const message = readText(reader);
      return { kind: 'thrown', name, message, value: new ValueReader(reader, revive).read() };
    }
    case KIND.refused:
      return { kind: 'refused', ...readRefusal(reader) };
    case KIND.notRead:
      return { kind: 'notRead' };
    default:
      throw new MalformedBytes(`result of kind ${kind}`);
  }
}

/** An error code of a newer version is one that this version has no remedy for. */
export function readRefusal(reader: ByteReader): { code: ErrorCode; message: string } {
  const code = readText(reader);
  const message = readText(reader);
  if (Object.hasOwn(ERROR_CATALOG, code)) return { code: code as ErrorCode, message };
  return { code: 'PROTOCOL', message: `${code}: ${message}` };
}

function readVersion(bytes: Uint8Array): ByteReader {
  const reader = new ByteReader(bytes);
  const version = reader.u8();
  if (version !== CALL_VERSION) throw new MalformedBytes(`call of version ${version}`);
  return reader;
}

function writeValue(writer: ByteWriter, value: unknown, root: string): void {
  const values = new ValueWriter(writer, root, RESULT_LIMITS);
  values.write(value);
  values.checkSize();
}

function cut(text: string, units: number): string {
  return text.length <= units ? text : `${text.slice(0, units)}…`;
}
