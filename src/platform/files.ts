import {
  closeSync,
  fdatasync,
  fdatasyncSync,
  fsync,
  fsyncSync,
  openSync,
  readSync,
  renameSync,
  write,
  writeSync,
} from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * The calls by which bytes reach the disk. Tests put failing ones in their place, because a full
 * disk and a failed sync must be met on purpose.
 */
export interface Disk {
  /** Writes all bytes. */
  write(fd: number, bytes: Uint8Array, at: number): Promise<void>;
  /** Makes content durable, in files that keep their size. */
  syncData(fd: number): Promise<void>;
  /** Makes content and size durable. */
  sync(fd: number): Promise<void>;
  /** As `write` and `syncData`, while everything else waits. */
  writeNow(fd: number, bytes: Uint8Array, at: number): void;
  syncDataNow(fd: number): void;
}

/** Up to here a write is a copy into the page cache, quicker than the way to a thread and back. */
const SYNC_WRITE_BYTES = 64 * 1024;

function writeNow(fd: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    done += writeSync(fd, bytes, done, bytes.length - done, at + done);
  }
}

export const nodeDisk: Disk = {
  write(fd, bytes, at) {
    return new Promise((resolve, reject) => {
      if (bytes.length <= SYNC_WRITE_BYTES) {
        // What it throws rejects the promise.
        writeNow(fd, bytes, at);
        resolve();
        return;
      }
      const step = (done: number): void => {
        write(fd, bytes, done, bytes.length - done, at + done, (error, written) => {
          if (error !== null) reject(error);
          else if (done + written === bytes.length) resolve();
          else step(done + written);
        });
      };
      step(0);
    });
  },
  syncData(fd) {
    return new Promise((resolve, reject) => {
      fdatasync(fd, (error) => (error === null ? resolve() : reject(error)));
    });
  },
  sync(fd) {
    return new Promise((resolve, reject) => {
      fsync(fd, (error) => (error === null ? resolve() : reject(error)));
    });
  },
  writeNow,
  syncDataNow: fdatasyncSync,
};

const ZEROS = new Uint8Array(1024 * 1024);

/** Writes zeros over the range, in steps, so that later writes there need no new space. */
export async function writeZeros(disk: Disk, fd: number, from: number, to: number): Promise<void> {
  for (let at = from; at < to; at += ZEROS.length) {
    await disk.write(fd, ZEROS.subarray(0, Math.min(ZEROS.length, to - at)), at);
  }
}

export function writeZerosSync(fd: number, from: number, to: number): void {
  for (let at = from; at < to;) {
    at += writeSync(fd, ZEROS, 0, Math.min(ZEROS.length, to - at), at);
  }
}

export function isBlank(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += ZEROS.length) {
    const part = bytes.subarray(at, at + ZEROS.length);
    if (Buffer.compare(part, ZEROS.subarray(0, part.length)) !== 0) return false;
  }
  return true;
}

/** Reads up to `bytes.length` bytes from offset `at`; returns how many there were. */
export function readFully(fd: number, bytes: Uint8Array, at: number): number {
  let done = 0;
  while (done < bytes.length) {
    const count = readSync(fd, bytes, done, bytes.length - done, at + done);
    if (count === 0) break;
    done += count;
  }
  return done;
}

/** Makes creations, renames and deletions in `directory` durable. */
export async function syncDirectory(directory: string, disk: Disk = nodeDisk): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await disk.sync(handle.fd);
  } finally {
    await handle.close();
  }
}

export function syncDirectorySync(directory: string): void {
  const fd = openSync(directory, 'r');
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/**
 * Replaces the file at `path` so that a crash leaves the old or the new content, never a mixture.
 */
export function replaceFileSync(path: string, content: string | Uint8Array): void {
  const aside = `${path}.new`;
  const fd = openSync(aside, 'w', 0o600);
  try {
    writeAllSync(fd, typeof content === 'string' ? new TextEncoder().encode(content) : content);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(aside, path);
  syncDirectorySync(dirname(path));
}

export function writeAllSync(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at, bytes.length - at, at);
}

/** The error code of a failed system call, such as `ENOSPC`. */
export function systemCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** The disk, or what the user may use of it, has no space left. */
export function isDiskFull(error: unknown): boolean {
  const code = systemCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT';
}
