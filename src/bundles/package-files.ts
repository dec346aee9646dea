import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConCoordError } from '../base/index.ts';
import type { Part } from './archive.ts';

/** This package, as it lies in a checkout or is installed. */
export const PACKAGE: string = fileURLToPath(new URL('../..', import.meta.url));

/** What we read of a package.json. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly [field: string]: unknown;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

/** @throws ConCoordError when the package is damaged. */
export function readManifest(folder: string): Manifest {
  try {
    return JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest;
  } catch (error) {
    throw damaged(join(folder, 'package.json'), error);
  }
}

/** The folder of a package as Node.js finds it from another one; undefined when it is not installed. */
export function findPackage(name: string, from: string): string | undefined {
  // Node.js looks from where a file really lies.
  for (let at = realpathSync(from); ; at = dirname(at)) {
    const folder = join(at, 'node_modules', name);
    if (existsSync(join(folder, 'package.json'))) return realpathSync(folder);
    if (dirname(at) === at) return undefined;
  }
}

/** All files of a folder for which `wanted` says yes, below `to`; links are not followed. */
export function readFiles(
  folder: string,
  to: string,
  wanted: (path: string) => boolean,
): readonly Part[] {
  return listFiles(folder, '')
    .filter(wanted)
    .map((path) => ({ path: to + path, bytes: readPart(join(folder, path)) }));
}

/** @throws ConCoordError for a file of the package that is not there. */
export function readPart(path: string): Uint8Array {
  try {
    return readFileSync(path);
  } catch (error) {
    throw damaged(path, error);
  }
}

function listFiles(folder: string, below: string): readonly string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below + entry.name;
    if (entry.isDirectory()) return listFiles(folder, `${path}/`);
    return entry.isFile() ? [path] : [];
  });
}

/**
 * What was built of our sources: bundles have no compiler.
 *
 * @throws ConCoordError in a checkout that was not built.
 */
export function requireBuilt(): void {
  const built = statSync(join(PACKAGE, 'dist/cli/main.js'), { throwIfNoEntry: false });
  if (built !== undefined) return;
  throw new ConCoordError('UNSUPPORTED', 'bundles are made of dist/, and it is not there', {
    remedy: 'Build it first: npm run build.',
  });
}

function damaged(path: string, error: unknown): ConCoordError {
  const { code = String(error) } = error as NodeJS.ErrnoException;
  return new ConCoordError('UNSUPPORTED', `${path} cannot be read: ${code}`, {
    cause: error,
    remedy: 'Install the package anew.',
  });
}
