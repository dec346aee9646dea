import { createHash } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { assert, ConCoordError } from '../base/index.ts';
import type { ReplicaId, View } from '../paxos/index.ts';
import { encodeChecked, readCheckedFile, writeCheckedFile } from './checked-file.ts';
import { makeFolders } from './make-folders.ts';
import { DirectoryLock, LOCK_FILE, OWNER_FILE } from './directory-lock.ts';
import {
  isDiskFull,
  replaceFileSync,
  syncDirectorySync,
  systemCode,
  writeAllSync,
} from './files.ts';

/** Who a directory belongs to, and since when. */
export interface Identity {
  /** 32 hexadecimal digits. */
  readonly instance: string;
  /** Raised by a recovery from a minority. */
  readonly generation: number;
  /** The founding view of the generation. */
  readonly genesis: View;
  readonly id: ReplicaId;
  /** Where the replica listens, as `host:port`. */
  readonly address: string;
  readonly objectName: string;
  readonly codeHash: string;
  /** Of the token of the instance, where it has one: tells whether a token is the right one. */
  readonly tokenHash?: string;
  /** Counts the starts with this directory. */
  readonly incarnation: number;
}

/** What the command line knows of the replica; a directory of another one is refused. */
export interface Expected {
  readonly address?: string;
  readonly instance?: string;
}

const IDENTITY_FILE = 'identity';
const STAMP_FILE = 'stamp';
/** The class that the instance runs, when it is not one of ours. */
const CODE_FILE = 'code';
/** What may lie in a directory that has no identity yet: a start that was cut short leaves it. */
const BEFORE_IDENTITY = new Set([
  LOCK_FILE,
  OWNER_FILE,
  STAMP_FILE,
  `${STAMP_FILE}.new`,
  `${IDENTITY_FILE}.new`,
  CODE_FILE,
  `${CODE_FILE}.new`,
]);

/** Names the file in which it stands: a copy of the directory has another. */
interface Stamp {
  readonly inode: string;
  /** ns since 1970; '0' where the file system keeps no time of birth. */
  readonly born: string;
}

/**
 * Opens and locks the directory of a replica, and creates it where there is none. When it has an
 * identity, the incarnation is raised, durably, before anything else can happen under it.
 *
 * @throws ConCoordError when the directory cannot serve this replica, with what to do.
 */
export function openDataDirectory(path: string, expected: Expected = {}): DataDirectory {
  return explained(path, () => {
    makeDirectory(path);
    const lock = new DirectoryLock(path);
    try {
      const identity = readIdentity(path);
      if (identity === undefined) {
        refuseForeign(path);
        return new DataDirectory(path, lock, undefined);
      }
      refuseOther(path, identity, expected);
      refuseCopy(path);
      const raised = { ...identity, incarnation: identity.incarnation + 1 };
      writeCheckedFile(join(path, IDENTITY_FILE), raised);
      return new DataDirectory(path, lock, raised);
    } catch (error) {
      lock.release();
      throw error;
    }
  });
}

/** A directory that this process holds. */
export class DataDirectory {
  readonly path: string;
  readonly #lock: DirectoryLock;
  #identity: Identity | undefined;

  constructor(path: string, lock: DirectoryLock, identity: Identity | undefined) {
    this.path = path;
    this.#lock = lock;
    this.#identity = identity;
  }

  /** Undefined until a founder or joiner has been given one. */
  get identity(): Identity | undefined {
    return this.#identity;
  }

  get logPath(): string {
    return join(this.path, 'log');
  }

  get snapshotsPath(): string {
    return join(this.path, 'snapshots');
  }

  /**
   * The bundle that the instance runs, as it was given to `create`; undefined when it runs a class of ours.
   *
   * @throws ConCoordError `CORRUPT_DATA` when it is another than the identity names.
   */
  code(): Uint8Array | undefined {
    const file = join(this.path, CODE_FILE);
    return explained(this.path, () => {
      if (!existsSync(file)) return undefined;
      const code = readFileSync(file);
      if (hashOfCode(code) === this.#identity?.codeHash) return code;
      throw new ConCoordError('CORRUPT_DATA', `${file} is not the code that the instance runs`);
    });
  }

  /** Gives a new directory to a replica; durable when this returns. */
  create(identity: Identity, code?: Uint8Array): void {
    assert(this.#identity === undefined, 'a directory gets an identity once');
    assert(code === undefined || hashOfCode(code) === identity.codeHash, 'the code is named');
    explained(this.path, () => {
      // A start that was cut short may have left another.
      if (code === undefined) rmSync(join(this.path, CODE_FILE), { force: true });
      else replaceFileSync(join(this.path, CODE_FILE), code);
      writeStamp(this.path);
      writeCheckedFile(join(this.path, IDENTITY_FILE), identity);
    });
    this.#identity = identity;
  }

  /** Changes what is recorded: a recovery begins a new generation. Durable when this returns. */
  update(identity: Identity): void {
    assert(this.#identity !== undefined, 'there is an identity to change');
    assert(identity.incarnation >= this.#identity.incarnation, 'incarnations do not go back');
    explained(this.path, () => writeCheckedFile(join(this.path, IDENTITY_FILE), identity));
    this.#identity = identity;
  }

  /** Lets other processes have the directory. */
  close(): void {
    this.#lock.release();
  }
}

/** By this name replicas know the code that they run. */
export function hashOfCode(code: Uint8Array): string {
  return createHash('sha256').update(code).digest('hex');
}

/** Where `-w` writes unless told otherwise. */
export function defaultDataDirectory(host: string, port: number, root = DATA_ROOT): string {
  return join(root, `${host}-${port}`);
}

/** The parent of the default directories. */
export const DATA_ROOT = './concoord-data';

/** Directories of replicas under `root`, sorted by path, with what their identities say. */
export function listDataDirectories(
  root = DATA_ROOT,
): { readonly path: string; readonly identity: Identity }[] {
  return explained(root, () => {
    const found: { path: string; identity: Identity }[] = [];
    for (const name of namesIn(root)) {
      const path = join(root, name);
      const identity = statSync(path).isDirectory() ? readIdentity(path) : undefined;
      if (identity !== undefined) found.push({ path, identity });
    }
    return found;
  });
}

/** Whether a replica lives in this directory; looks only, and makes nothing. */
export function holdsReplica(path: string): boolean {
  return existsSync(join(path, IDENTITY_FILE));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory).sort();
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

function makeDirectory(path: string): void {
  makeFolders(path, 0o700);
  syncDirectorySync(join(path, '..'));
}

function readIdentity(path: string): Identity | undefined {
  return readCheckedFile(join(path, IDENTITY_FILE)) as Identity | undefined;
}

function refuseForeign(path: string): void {
  const foreign = namesIn(path).find((name) => !BEFORE_IDENTITY.has(name));
  if (foreign === undefined) return;
  throw new ConCoordError(
    'DATA_DIRECTORY',
    `${path} holds ${foreign} but not the identity of a replica`,
    { remedy: 'Name an empty directory, or that of this replica, with --data-dir.' },
  );
}

function refuseOther(path: string, identity: Identity, expected: Expected): void {
  const { address, instance } = expected;
  if (address !== undefined && address !== identity.address) {
    throw new ConCoordError(
      'DATA_DIRECTORY',
      `${path} belongs to the replica at ${identity.address}, not to ${address}`,
    );
  }
  if (instance !== undefined && instance !== identity.instance) {
    throw new ConCoordError(
      'DATA_DIRECTORY',
      `${path} belongs to instance ${identity.instance}, not to ${instance}`,
    );
  }
}

function refuseCopy(path: string): void {
  const file = join(path, STAMP_FILE);
  const stamp = readCheckedFile(file) as Stamp | undefined;
  if (stamp === undefined) {
    throw new ConCoordError('STALE_DIRECTORY', `${path} has no stamp: it was copied in part`);
  }
  const { inode, born } = stampOf(file);
  if (stamp.inode === inode && (stamp.born === born || stamp.born === '0')) return;
  throw new ConCoordError(
    'STALE_DIRECTORY',
    `${path} is a copy: the replica may have acknowledged more than it holds`,
  );
}

/** Written where it will stay, because it names its own file. */
function writeStamp(path: string): void {
  const file = join(path, STAMP_FILE);
  const aside = `${file}.new`;
  writeFileSync(aside, '');
  const before = stampOf(aside);
  writeInPlace(aside, before);
  // A time of birth that changes is none: then the inode has to do.
  if (stampOf(aside).born !== before.born) writeInPlace(aside, { ...before, born: '0' });
  renameSync(aside, file);
  syncDirectorySync(path);
}

function writeInPlace(path: string, stamp: Stamp): void {
  const fd = openSync(path, 'w', 0o600);
  try {
    writeAllSync(fd, new TextEncoder().encode(encodeChecked(stamp)));
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

function stampOf(path: string): Stamp {
  const { ino, birthtimeNs } = statSync(path, { bigint: true });
  return { inode: String(ino), born: String(birthtimeNs) };
}

/** Says of failures of the file system what they mean for the directory. */
function explained<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const code = systemCode(error);
    if (error instanceof ConCoordError || code === '') throw error;
    if (isDiskFull(error)) throw new ConCoordError('DISK_FULL', `no space left at ${path}`);
    const reason = REASONS[code] ?? `cannot be used: ${code}`;
    throw new ConCoordError('DATA_DIRECTORY', `${path} ${reason}`, { cause: error });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'cannot be read and written by this user',
  EEXIST: 'is not a directory',
  ENOTDIR: 'is not a directory',
  EPERM: 'cannot be read and written by this user',
  EROFS: 'lies on a read-only file system',
};
