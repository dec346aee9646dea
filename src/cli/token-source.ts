import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { MAX_TOKEN_BYTES, Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';

/** As the command line has it. */
export interface TokenFlags {
  readonly tokenFile?: string;
}

export interface FoundToken {
  /** Undefined when none was given. */
  readonly token: Token | undefined;
  /** What somebody should look at, all the same. */
  readonly warning: string | undefined;
}

/** Permission of everybody to read. */
const WORLD_READABLE = 0o004;

/**
 * The token from `--token-file`, else from the variable CONCOORD_TOKEN. The variable is taken away, so that
 * nothing that this process starts or loads inherits it. A variable that is empty is none.
 *
 * @throws ConCoordError `INVALID_ARGUMENT`, which names the file and never what is in it.
 */
export function readToken({ tokenFile }: TokenFlags, environment: NodeJS.ProcessEnv): FoundToken {
  const text = environment['CONCOORD_TOKEN'] ?? '';
  delete environment['CONCOORD_TOKEN'];
  if (tokenFile !== undefined) return readTokenFile(tokenFile);
  return { token: text === '' ? undefined : new Token(text), warning: undefined };
}

function readTokenFile(path: string): FoundToken {
  const { bytes, mode, isFile } = readSmallFile(path);
  const text = decode(path, bytes).replace(/\r?\n$/, '');
  if (text === '') {
    throw refusal(`${path} is empty`, 'Write the token of the instance into the file.');
  }
  if (Buffer.byteLength(text) > MAX_TOKEN_BYTES) {
    throw refusal(`${path} has more than ${MAX_TOKEN_BYTES} bytes`, 'Name the file of the token.');
  }
  const exposed = isFile && (mode & WORLD_READABLE) !== 0;
  const warning = `everybody on this machine can read ${path}, which holds the token: chmod 600 it`;
  return { token: new Token(text), warning: exposed ? warning : undefined };
}

/** No more than a token can have, and its line break: the file may be a pipe or a device without an end. */
function readSmallFile(path: string): {
  readonly bytes: Uint8Array;
  readonly mode: number;
  readonly isFile: boolean;
} {
  try {
    const fd = openSync(path, 'r');
    try {
      const bytes = Buffer.alloc(MAX_TOKEN_BYTES + 3);
      let length = 0;
      while (length < bytes.length) {
        const read = readSync(fd, bytes, length, bytes.length - length, null);
        if (read === 0) break;
        length += read;
      }
      const stat = fstatSync(fd);
      return { bytes: bytes.subarray(0, length), mode: stat.mode, isFile: stat.isFile() };
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    throw refusal(
      `cannot read ${path}: ${code}`,
      'Name a file that holds the token and that this user can read.',
    );
  }
}

function decode(path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw refusal(`${path} is not text in UTF-8`, 'Write the token as text, in one line.');
  }
}

function refusal(fact: string, remedy: string): ConCoordError {
  return new ConCoordError('INVALID_ARGUMENT', `--token-file: ${fact}`, { remedy });
}
