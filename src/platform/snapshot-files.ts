import { open, readdir, stat, unlink } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { ConCoordError } from '../base/index.ts';
import type { SnapshotName } from '../paxos/index.ts';
import { systemCode } from './files.ts';
import { SNAPSHOT_STEP_BYTES } from './limits.ts';
import { parseSnapshot, SnapshotHash } from './snapshot-format.ts';
import type { SnapshotContent } from './snapshot-format.ts';

/** Files with a name of their own are whole: they were written aside, synced, and renamed. */
export const SAVING_FILE = 'saving';
/** Zeros, whose space is given up when the disk is full. */
export const RESERVE_FILE = 'reserve';

export interface StoredSnapshot extends SnapshotContent {
  readonly name: SnapshotName;
}

export function fileOf(name: SnapshotName): string {
  return `snapshot-${String(name.slot).padStart(16, '0')}-${name.hash}`;
}

/**
 * What is received of a snapshot; the name says all of it, so that a restart continues the file.
 */
export function partialOf(name: SnapshotName): string {
  return `partial-${String(name.slot).padStart(16, '0')}-${name.bytes}-${name.hash}`;
}

/** Newest first. */
export async function listSnapshots(directory: string): Promise<SnapshotName[]> {
  const names: SnapshotName[] = [];
  for (const file of await readdir(directory)) {
    const match = /^snapshot-(\d{16})-([0-9a-f]{32})$/.exec(file);
    if (match === null) continue;
    const { size } = await stat(join(directory, file));
    names.push({ slot: Number(match[1]), bytes: size, hash: match[2] as string });
  }
  return names.sort((a, b) => b.slot - a.slot);
}

export async function loadSnapshot(directory: string, name: SnapshotName): Promise<StoredSnapshot> {
  const path = join(directory, fileOf(name));
  const handle = await open(path, 'r');
  try {
    const content = await readVerified(handle, name);
    if (content !== undefined) return { ...content, name };
    throw new ConCoordError(
      'CORRUPT_DATA',
      `${path} at byte 0: its content is not what was written`,
    );
  } finally {
    await handle.close();
  }
}

/** The content, if it is complete and has the hash of the name; read in steps. */
export async function readVerified(
  handle: FileHandle,
  name: SnapshotName,
): Promise<SnapshotContent | undefined> {
  const hash = new SnapshotHash();
  const bytes = new Uint8Array(name.bytes);
  let at = 0;
  while (at < bytes.length) {
    const length = Math.min(SNAPSHOT_STEP_BYTES, bytes.length - at);
    const { bytesRead } = await handle.read(bytes, at, length, at);
    if (bytesRead === 0) return undefined;
    hash.update(bytes.subarray(at, at + bytesRead));
    at += bytesRead;
  }
  return hash.hex() === name.hash ? parseSnapshot(bytes) : undefined;
}

/** Deletes what was received of other snapshots than the one in the file `keep`. */
export async function deletePartials(directory: string, keep: string | undefined): Promise<void> {
  for (const file of await readdir(directory)) {
    if (file.startsWith('partial-') && file !== keep) await unlinkIfThere(join(directory, file));
  }
}

/** Whether there was such a file. */
export async function unlinkIfThere(path: string): Promise<boolean> {
  try {
    await unlink(path);
    return true;
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error;
    return false;
  }
}
