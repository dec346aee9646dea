import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { assert, ConCoordError } from '../base/index.ts';

/** A file of an archive. */
export interface Part {
  /** Relative, with `/` between its parts. */
  readonly path: string;
  readonly bytes: Uint8Array;
  /** Whoever unpacks it can start it. */
  readonly executable?: boolean;
}

export interface Archive {
  readonly bytes: Uint8Array;
  /** In hex. */
  readonly sha256: string;
}

const BLOCK = 512;
/** Some tools warn of files of 1970, so packages of npm have this date: 1985-10-26 08:15 UTC. */
const TIME_S = 499_162_500;
/** The fields of a header: where each begins, and how many bytes it has. */
const FIELD = {
  name: [0, 100],
  mode: [100, 8],
  uid: [108, 8],
  gid: [116, 8],
  size: [124, 12],
  time: [136, 12],
  sum: [148, 8],
  type: [156, 1],
  magic: [257, 8],
  prefix: [345, 155],
} as const;
/** Where the header of gzip says which system made it: the same everywhere, "unknown". */
const GZIP_SYSTEM_AT = 9;
const GZIP_UNKNOWN = 255;

/**
 * A `.tar.gz` that depends on nothing but the names and contents of its files: no time, owner, mask or order
 * of the machine that makes it. The same Node.js gives the same bytes; another one may compress otherwise.
 */
export function archive(parts: readonly Part[]): Archive {
  const bytes = gzipSync(tar(parts), { level: 9 });
  bytes[GZIP_SYSTEM_AT] = GZIP_UNKNOWN;
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** The files as a tar, in the format that every tar of the last thirty years reads (POSIX ustar). */
export function tar(parts: readonly Part[]): Uint8Array {
  const sorted = parts.toSorted((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
  const blocks: Uint8Array[] = [];
  let last: string | undefined;
  for (const part of sorted) {
    assert(part.path !== last, 'no two files of an archive have the same path');
    last = part.path;
    blocks.push(header(part), part.bytes, new Uint8Array(-part.bytes.length & (BLOCK - 1)));
  }
  return Buffer.concat([...blocks, new Uint8Array(2 * BLOCK)]);
}

function header({ path, bytes, executable = false }: Part): Uint8Array {
  assert(isInside(path), 'a file of an archive stays in the folder where it is unpacked');
  const block = Buffer.alloc(BLOCK);
  const put = (field: keyof typeof FIELD, text: string): void => {
    const [at, length] = FIELD[field];
    assert(Buffer.byteLength(text) <= length, `${field} of a header fits`);
    block.write(text, at);
  };
  const number = (field: keyof typeof FIELD, value: number): void =>
    put(field, `${value.toString(8).padStart(FIELD[field][1] - 1, '0')}\0`);
  const [prefix, name] = splitPath(path);
  put('name', name);
  number('mode', executable ? 0o755 : 0o644);
  number('uid', 0);
  number('gid', 0);
  number('size', bytes.length);
  number('time', TIME_S);
  put('sum', ' '.repeat(FIELD.sum[1]));
  put('type', '0');
  put('magic', 'ustar\x0000');
  put('prefix', prefix);
  const sum = block.reduce((total, byte) => total + byte, 0);
  put('sum', `${sum.toString(8).padStart(6, '0')}\0 `);
  return block;
}

/** Unpacked by whatever tool, it can only become a file below the folder. */
function isInside(path: string): boolean {
  const names = path.split('/');
  return !/[\\\0]/.test(path) && names.every((name) => !['', '.', '..'].includes(name));
}

/** The header has room for a long path only where it can be cut at a `/`. */
function splitPath(path: string): readonly [prefix: string, name: string] {
  const [, most] = FIELD.name;
  if (Buffer.byteLength(path) <= most) return ['', path];
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(prefix) > FIELD.prefix[1]) break;
    if (Buffer.byteLength(name) <= most) return [prefix, name];
  }
  throw new ConCoordError('TOO_LARGE', `the path ${path} is too long for an archive`, {
    remedy: 'Give the object a shorter name.',
  });
}
