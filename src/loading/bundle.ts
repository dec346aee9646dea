import { createHash } from 'node:crypto';
import {
  assert,
  ByteReader,
  ByteWriter,
  ConCoordError,
  limits,
  MalformedBytes,
} from '../base/index.ts';
import type { ObjectMethod } from '../object/index.ts';
import { readText, writeText } from '../wire/index.ts';

/** A class with everything that it needs, as replicas keep it and hand it to one another. */
export interface Bundle {
  readonly format: 1;
  /** As users name the object: `tencounter.TenCounter`. */
  readonly name: string;
  /**
   * SHA-256 in hex of what the class was made of: the same sources give the same hash, whatever loader
   * instruments them. It says whether two replicas mean the same class, not what the code is.
   */
  readonly hash: string;
  /** The body of a strict function with one parameter, `$`; returns an object with the class in it. */
  readonly code: string;
  readonly methods: readonly ObjectMethod[];
}

const FORMAT = 1;
const HASH_BYTES = 32;
export const MAX_METHODS = 1024;
const MAX_NAME_BYTES = 512;
/** Functions have fewer parameters: the engine sees to that. */
const MAX_PARAMETERS = 65_536;
/** What stands behind the name of a method. Two at once are none: a read has no command. */
const METHOD = { write: 0, read: 1, takesCommand: 2 } as const;
/** Names of methods as JavaScript has them; those with `__` in front are ours. */
const OURS: ReadonlySet<string> = new Set(['__str__', '__repr__']);

/** The hash of a class: its name, and the module that the bundler made of its sources. */
export function hashSources(exported: string, text: string): string {
  return createHash('sha256').update(`${exported}\n${text}`, 'utf8').digest('hex');
}

/** The bytes of a bundle; the digest at their end covers all of them. @throws ConCoordError `TOO_LARGE`. */
export function encodeBundle(bundle: Bundle): Uint8Array {
  const code = new TextEncoder().encode(bundle.code);
  const writer = new ByteWriter(code.length + 1024).u8(FORMAT);
  writeText(writer, bundle.name);
  writer.raw(Buffer.from(bundle.hash, 'hex'));
  writer.varint(bundle.methods.length);
  for (const { name, read, commandAt } of bundle.methods) {
    writeText(writer, name);
    if (commandAt === undefined) {
      writer.u8(read ? METHOD.read : METHOD.write);
    } else {
      assert(!read, 'a method that takes its command is no read');
      writer.u8(METHOD.takesCommand).varint(commandAt);
    }
  }
  writer.bytes(code);
  writer.raw(digestOf(writer.finish()));
  const bytes = writer.finish();
  if (bytes.length > limits.MAX_BUNDLE_BYTES) {
    throw new ConCoordError(
      'TOO_LARGE',
      `${bundle.name} with all its imports has ${bytes.length} bytes, ` +
        `at most ${limits.MAX_BUNDLE_BYTES} are possible`,
      { remedy: 'Import less, or give large data to the object by calls.' },
    );
  }
  return bytes;
}

/** Reads what `encodeBundle` writes. @throws MalformedBytes for anything else. */
export function decodeBundle(bytes: Uint8Array): Bundle {
  if (bytes.length > limits.MAX_BUNDLE_BYTES) throw new MalformedBytes('bundle is too large');
  const reader = new ByteReader(bytes);
  const format = reader.u8();
  if (format !== FORMAT) throw new MalformedBytes(`bundle of format ${format}`);
  const name = readText(reader, MAX_NAME_BYTES);
  if (name === '') throw new MalformedBytes('bundle without a name');
  const hash = Buffer.from(reader.raw(HASH_BYTES)).toString('hex');
  const methods = readMethods(reader);
  const code = reader.text();
  const digest = digestOf(bytes.subarray(0, reader.offset));
  if (!digest.equals(reader.raw(HASH_BYTES))) throw new MalformedBytes('bundle is damaged');
  reader.end();
  return { format: FORMAT, name, hash, code, methods };
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

function readMethods(reader: ByteReader): readonly ObjectMethod[] {
  const count = reader.count(2);
  if (count > MAX_METHODS) throw new MalformedBytes(`${count} methods`);
  const methods: ObjectMethod[] = [];
  const seen = new Set<string>();
  for (let left = count; left > 0; left--) {
    const name = readText(reader, MAX_NAME_BYTES);
    const kind = reader.u8();
    if (kind > METHOD.takesCommand) throw new MalformedBytes(`method of kind ${kind}`);
    if (!isMethodName(name) || seen.has(name)) throw new MalformedBytes(`method ${name}`);
    seen.add(name);
    if (kind === METHOD.takesCommand)
      methods.push({ name, read: false, commandAt: position(reader) });
    else methods.push({ name, read: kind === METHOD.read });
  }
  return methods;
}

function position(reader: ByteReader): number {
  const at = reader.varint();
  if (at >= MAX_PARAMETERS) throw new MalformedBytes(`command at parameter ${at}`);
  return at;
}

/** Whether a method of that name can be called from outside. */
export function isMethodName(name: string): boolean {
  if (OURS.has(name)) return true;
  const hidden = name === '' || name === 'constructor' || name === 'then' || name === 'toString';
  return !hidden && !name.startsWith('__') && Buffer.byteLength(name) <= MAX_NAME_BYTES;
}
