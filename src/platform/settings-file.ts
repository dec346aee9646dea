import { chmodSync, closeSync, fstatSync, openSync, readSync, realpathSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'ini';
import { ConCoordError } from '../base/index.ts';
import { DirectoryLock } from './directory-lock.ts';
import { replaceFileSync, systemCode } from './files.ts';
import { makeFolders } from './make-folders.ts';

/** Section, then key, then value; everything is text. */
export type Settings = Map<string, Map<string, string>>;

/** Far beyond what commands write; what is longer is some other file. */
const MAX_BYTES = 1024 * 1024;
/** Another command holds the lock for as long as it takes to write a small file. */
const LOCK_PATIENCE_MS = 5000;
const SECTION = /^\[[^[\]]+\]\s*$/;
const ENTRY = /^\s*[^=\s;#[][^=]*=.*$/;
const COMMENT = /^\s*(?:[;#].*)?$/;
/** Neither a value nor a name has any; in a message they could move the cursor. */
// oxlint-disable-next-line no-control-regex -- control characters are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/;
const HEAD = '; Written by ConCoord, which keeps values, but no comments.\n';

/** `$XDG_CONFIG_HOME/concoord`, or `~/.config/concoord`. */
export function configurationFolder(environment: NodeJS.ProcessEnv = process.env): string {
  const configured = environment['XDG_CONFIG_HOME'] ?? '';
  // The standard wants relative paths to be ignored.
  const root = configured.startsWith('/') ? configured : join(homedir(), '.config');
  return join(root, 'concoord');
}

/**
 * A file of the user's settings: INI, for the user alone. A reader sees the old content or the new one, and
 * of two that change it each builds upon what the other has written.
 */
export class SettingsFile {
  readonly path: string;

  readonly #patienceMs: number;

  /** @param name Of the file in the configuration folder; an absolute path is taken as it is. */
  constructor(
    name: string,
    environment: NodeJS.ProcessEnv = process.env,
    patienceMs = LOCK_PATIENCE_MS,
  ) {
    this.#patienceMs = patienceMs;
    this.path = name.startsWith('/') ? name : join(configurationFolder(environment), name);
  }

  /**
   * What is in the file; nothing when there is none.
   *
   * @throws ConCoordError `SETTINGS` when it cannot be read, or is no such file.
   */
  read(): Settings {
    const text = this.#text();
    return text === undefined ? new Map() : this.#parse(text);
  }

  /**
   * Changes the file; nobody else changes it meanwhile.
   *
   * @returns What `change` returns. When it throws, the file stays as it was.
   * @throws ConCoordError `SETTINGS`, or `INVALID_ARGUMENT` for a value that the file cannot hold.
   */
  update<T>(change: (settings: Settings) => T): T {
    const lock = this.#lock();
    try {
      const settings = this.read();
      const before = stringifySettings(settings);
      const result = change(settings);
      const after = stringifySettings(settings);
      if (after !== before) this.#write(after, settings);
      return result;
    } finally {
      lock.release();
    }
  }

  #lock(): DirectoryLock {
    const folder = dirname(this.path);
    try {
      makeFolders(folder, 0o700);
      return new DirectoryLock(folder, this.#patienceMs);
    } catch (error) {
      if (error instanceof ConCoordError && error.code === 'DATA_DIRECTORY_LOCKED') {
        throw this.#refusal(error.message, 'Try again when that process has ended.', error);
      }
      const { message } = error as Error;
      throw this.#refusal(`${folder} cannot be used: ${message}`, USABLE_FOLDER, error);
    }
  }

  #text(): string | undefined {
    let bytes: Uint8Array;
    try {
      bytes = readSmallFile(this.path);
    } catch (error) {
      const code = systemCode(error);
      if (code === 'ENOENT') return undefined;
      throw this.#refusal(`it cannot be read: ${code || (error as Error).message}`);
    }
    if (bytes.length > MAX_BYTES) throw this.#refusal(`it has more than ${MAX_BYTES} bytes`);
    try {
      return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    } catch (error) {
      throw this.#refusal('it is not text in UTF-8', undefined, error);
    }
  }

  #parse(text: string): Settings {
    let inSection = false;
    for (const [index, line] of text.split(/\r\n|[\r\n]/).entries()) {
      const where = `line ${index + 1}`;
      if (CONTROL.test(line)) throw this.#refusal(`${where} has control characters`);
      if (SECTION.test(line)) inSection = true;
      else if (ENTRY.test(line)) {
        if (!inSection) throw this.#refusal(`${where} stands before the first [section]`);
        if (/\[\]\s*=/.test(line)) throw this.#refusal(`${where} is a list, and nothing here is`);
      } else if (!COMMENT.test(line)) {
        throw this.#refusal(`${where} is neither a [section] nor key = value`);
      }
    }
    const settings: Settings = new Map();
    flatten(settings, parse(text), []);
    return settings;
  }

  #write(text: string, settings: Settings): void {
    // The format has its corners, backslashes among them: what would not come back is not written.
    if (
      stringifySettings(this.#parse(text)) !== text ||
      !sameSettings(this.#parse(text), settings)
    ) {
      throw new ConCoordError('INVALID_ARGUMENT', `${this.path} cannot hold one of these values`, {
        remedy: 'Leave line breaks, control characters and backslashes out.',
      });
    }
    try {
      const path = targetOf(this.path);
      // One that a crash has left may be readable by others.
      rmSync(`${path}.new`, { force: true });
      replaceFileSync(path, HEAD + text);
      chmodSync(path, 0o600);
    } catch (error) {
      const fact = `it cannot be written: ${systemCode(error) || (error as Error).message}`;
      throw this.#refusal(fact, USABLE_FOLDER, error);
    }
  }

  #refusal(fact: string, remedy?: string, cause?: unknown): ConCoordError {
    return new ConCoordError('SETTINGS', `${this.path}: ${fact}`, {
      ...(remedy !== undefined && { remedy }),
      cause,
    });
  }
}

const USABLE_FOLDER =
  'Make its folder one that this user can write to and that has space, or name another with XDG_CONFIG_HOME.';

/** No more than is allowed, and one byte: the path may be a device without an end. */
function readSmallFile(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    if (!fstatSync(fd).isFile()) throw new Error('it is not a regular file');
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const read = readSync(fd, bytes, length, bytes.length - length, null);
      length += read;
      if (read === 0 || length === bytes.length) return bytes.subarray(0, length);
    }
  } finally {
    closeSync(fd);
  }
}

/** Some keep their settings elsewhere and link to them; the link stays. */
function targetOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The library takes dots in the name of a section for steps downwards; here they are dots of host names. */
function flatten(settings: Settings, tree: Record<string, unknown>, path: readonly string[]): void {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'object' && value !== null) {
      flatten(settings, value as Record<string, unknown>, [...path, key]);
      continue;
    }
    const name = path.join('.');
    const section = settings.get(name) ?? new Map<string, string>();
    settings.set(name, section.set(key, String(value)));
  }
}

function stringifySettings(settings: Settings): string {
  const parts = [...settings].filter(([, section]) => section.size > 0);
  return parts
    .map(([name, section]) =>
      stringify({ [name]: Object.fromEntries(section) }, { whitespace: true, platform: 'linux' }),
    )
    .join('\n');
}

function sameSettings(a: Settings, b: Settings): boolean {
  const entries = (settings: Settings): string =>
    JSON.stringify([...settings].filter(([, one]) => one.size > 0).map(([k, v]) => [k, ...v]));
  return entries(a) === entries(b);
}
