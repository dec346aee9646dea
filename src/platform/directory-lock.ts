import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConCoordError } from '../base/index.ts';

/**
 * The file that is locked. Nothing else may open it: closing it anywhere in the process frees the
 * lock.
 */
export const LOCK_FILE = 'lock';
/** Who has the lock, for messages. */
export const OWNER_FILE = 'owner';

/** Result codes of SQLite. */
const BUSY = 5;
const CANNOT_OPEN = 14;

/** A database that nobody refers to any more is collected and closed, and its lock with it. */
const held = new Set<DatabaseSync>();

/**
 * Keeps a second process out of a directory. Node.js has no call that locks a file, but its SQLite
 * does so: an exclusive transaction on an empty database holds a lock of the operating system,
 * which ends with the process, however it ends. Nothing is ever written to that database.
 */
export class DirectoryLock {
  readonly #database: DatabaseSync;

  /**
   * @param patienceMs How long another process is waited for; everything else in this one waits, too.
   * @throws ConCoordError `DATA_DIRECTORY_LOCKED` when another process has it.
   */
  constructor(directory: string, patienceMs = 0) {
    this.#database = openLockFile(directory, patienceMs);
    try {
      // Without a journal file, so that it works on a full disk. Without a locking mode of EXCLUSIVE, in
      // which whoever waits keeps the lock of a reader meanwhile: two that wait would keep each other out.
      this.#database.exec('PRAGMA journal_mode = MEMORY');
      this.#database.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      this.#database.close();
      if (resultOf(error) !== BUSY) throw error;
      const owner = ownerOf(directory);
      throw new ConCoordError(
        'DATA_DIRECTORY_LOCKED',
        `${directory} is in use by ${owner === undefined ? 'another process' : `process ${owner}`}`,
      );
    }
    held.add(this.#database);
    writeFileSync(join(directory, OWNER_FILE), `${process.pid}\n`);
  }

  release(): void {
    held.delete(this.#database);
    this.#database.close();
  }
}

function openLockFile(directory: string, patienceMs: number): DatabaseSync {
  try {
    return new DatabaseSync(join(directory, LOCK_FILE), { timeout: patienceMs });
  } catch (error) {
    if (resultOf(error) !== CANNOT_OPEN) throw error;
    const message = `${directory} cannot be written by this user`;
    throw new ConCoordError('DATA_DIRECTORY', message, { cause: error });
  }
}

function resultOf(error: unknown): unknown {
  return error instanceof Error && 'errcode' in error ? error.errcode : undefined;
}

function ownerOf(directory: string): string | undefined {
  try {
    return /^\d+/.exec(readFileSync(join(directory, OWNER_FILE), 'utf8'))?.[0];
  } catch {
    return undefined;
  }
}
