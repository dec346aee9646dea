import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ConCoordError, limits } from '../base/index.ts';
import { encodeBundle } from '../loading/index.ts';
import type { Bundle } from '../loading/index.ts';
import type { Part } from './archive.ts';
import { PACKAGE } from './package-files.ts';

/** Where a server bundle has the objects of whoever made it. */
const FOLDER = 'objects/';
const ENDING = '.packed';

/** A class as a file of a server bundle: the very bytes that replicas hand to one another. */
export function packObject(bundle: Bundle): Part {
  return { path: FOLDER + bundle.name + ENDING, bytes: encodeBundle(bundle) };
}

/** A file that belongs to the objects of a server bundle, such as a proxy. */
export function besideObjects({ path, bytes }: Part): Part {
  return { path: FOLDER + path, bytes };
}

/**
 * The class of that name, when we run from a server bundle that has it.
 *
 * @throws ConCoordError for a file that cannot be read.
 */
export function readPackedObject(name: string, root: string = PACKAGE): Uint8Array | undefined {
  const folder = join(root, FOLDER);
  // Listed, and not composed: what a user types is no path.
  if (!filesIn(folder).includes(name + ENDING)) return undefined;
  const path = join(folder, name + ENDING);
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= limits.MAX_BUNDLE_BYTES) return bytes;
    throw new Error(`${bytes.length} bytes`);
  } catch (error) {
    throw new ConCoordError('CODE_MISMATCH', `${path} cannot be used: ${String(error)}`, {
      cause: error,
      remedy: 'Unpack the server bundle anew.',
    });
  }
}

function filesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
