import { readdirSync, statSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { basename, extname, isAbsolute, join, resolve } from 'node:path';
import { ConCoordError, limits } from '../base/index.ts';
import { EXTENSIONS, HOW_TO_NAME, suggestForPath } from './suggest.ts';

/** From the name of an object to the file that has its class. */

export interface SearchPlaces {
  /** The entries of CONCOORD_PATH; an empty one is the working directory. */
  readonly paths: readonly string[];
  /** The working directory, searched last. */
  readonly directory: string;
}

export interface Source {
  /** `tencounter.TenCounter`: without any folder of this machine. */
  readonly name: string;
  /** The name under which the module exports the class. */
  readonly exported: string;
  /** Absolute. */
  readonly file: string;
}

const IDENTIFIER = /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u;
/** A part of a path: nothing that leaves the folder, is hidden, or that a shell or log would trip over. */
const PART = /^[\p{L}\p{N}_$@][\p{L}\p{M}\p{N}_$@-]*$/u;
const MAX_NAME_UNITS = 256;

/** The entries of a value of CONCOORD_PATH. */
export function splitSearchPath(value: string | undefined): readonly string[] {
  return value === undefined || value === '' ? [] : value.split(':');
}

/** @throws ConCoordError `INVALID_CLASS` with what is wrong with the name, or where was looked. */
export function findSource(name: string, places: SearchPlaces): Source {
  if (name.length > MAX_NAME_UNITS) {
    throw invalid(`the name of the object has ${name.length} characters`, HOW_TO_NAME);
  }
  if (/[\p{Cc}\p{Cf}]/u.test(name)) {
    throw invalid(`${JSON.stringify(name)} has control characters`, HOW_TO_NAME);
  }
  return /[#/\\]/.test(name) ? findByPath(name, places) : findByModule(name, places);
}

function findByPath(name: string, { directory }: SearchPlaces): Source {
  const hash = name.lastIndexOf('#');
  const path = hash === -1 ? name : name.slice(0, hash);
  const exported = hash === -1 ? '' : name.slice(hash + 1);
  if (exported === '') throw invalid(`${name} names no class`, suggestForPath(path, directory));
  checkExported(exported);
  const file = resolve(directory, path);
  const extension = extname(file);
  const kind = kindOf(file);
  if (kind === 'directory') {
    throw invalid(`${path} is a directory`, suggestForPath(path, directory));
  }
  if (kind === undefined) throw invalid(`there is no file ${file}`, 'Correct the path.');
  if (!EXTENSIONS.includes(extension)) {
    throw invalid(`${path} is no TypeScript or JavaScript`, `Use one of ${EXTENSIONS.join(', ')}.`);
  }
  if (!/^\.{1,2}\//.test(path) && !isAbsolute(path)) {
    throw invalid(`${name}: the file is no path`, `Write ./${path}#${exported}`);
  }
  checkFile(file, kind);
  return { name: `${basename(file, extension)}.${exported}`, exported, file };
}

function findByModule(name: string, { paths, directory }: SearchPlaces): Source {
  const parts = name.split('.');
  const exported = parts.pop() ?? '';
  if (parts.length === 0) throw invalid(`${JSON.stringify(name)} names no module`, HOW_TO_NAME);
  checkExported(exported);
  for (const part of parts) {
    if (!PART.test(part)) throw invalid(`${name}: ${JSON.stringify(part)} is no name`, HOW_TO_NAME);
  }
  if (name.startsWith('concoord.object.')) {
    throw invalid(
      `there is no ready-made object ${name}`,
      'See README.md for those that are there.',
    );
  }
  const folders = [...new Set([...paths, ''].map((path) => resolve(directory, path)))];
  for (const folder of folders) {
    for (const extension of EXTENSIONS) {
      const file = join(folder, ...parts) + extension;
      const kind = kindOf(file);
      if (kind === undefined || kind === 'directory') continue;
      checkFile(file, kind);
      return { name, exported, file };
    }
  }
  throw notFound(name, parts, folders);
}

function notFound(name: string, parts: readonly string[], folders: readonly string[]): Error {
  const module = parts.join('/');
  const looked = folders.map((folder) => {
    const path = join(folder, module);
    const directory = [path, ...EXTENSIONS.map((extension) => path + extension)].find(
      (one) => kindOf(one) === 'directory',
    );
    if (directory !== undefined) return `${folder} (where ${basename(directory)} is a directory)`;
    return listable(folder) ? folder : `${folder} (cannot be read)`;
  });
  return invalid(
    `no module ${module}{${EXTENSIONS.join(',')}} for ${name}; looked in ${looked.join(', ')}`,
    remedyFor(name, parts, folders),
  );
}

/** `x.ts.Class` names the file, and not the module. */
function remedyFor(name: string, parts: readonly string[], folders: readonly string[]): string {
  const module = parts.slice(0, -1).join('.');
  const file = `${parts.slice(0, -1).join('/')}.${parts.at(-1) ?? ''}`;
  const isFile = folders.some((folder) => typeof kindOf(join(folder, file)) === 'number');
  return isFile && EXTENSIONS.includes(extname(file))
    ? `Name the module without its extension: ${module}${name.slice(name.lastIndexOf('.'))}`
    : 'Put the file there, or its folder into CONCOORD_PATH.';
}

function listable(folder: string): boolean {
  try {
    readdirSync(folder);
    return true;
  } catch {
    return false;
  }
}

function checkExported(exported: string): void {
  if (exported === 'default') {
    throw invalid(
      'a default export has no name that programs could call it by',
      'Write "export class Name { … }", and name it.',
    );
  }
  if (!IDENTIFIER.test(exported)) {
    throw invalid(`${JSON.stringify(exported)} is no name of a class`, HOW_TO_NAME);
  }
}

type Kind = 'directory' | 'other' | number;

/** The size of a file, or what there is in its place. */
function kindOf(path: string): Kind | undefined {
  const stats = statsOf(path);
  if (stats === undefined) return undefined;
  if (stats.isDirectory()) return 'directory';
  return stats.isFile() ? stats.size : 'other';
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    // A circle of links, a name that is too long, or a folder that nobody lets us look into.
    const { code, message } = error as NodeJS.ErrnoException;
    throw invalid(`${path} cannot be read: ${code ?? message}`, 'Name a file that can be read.');
  }
}

function checkFile(file: string, kind: Kind): void {
  if (typeof kind !== 'number') throw invalid(`${file} is not a file`, 'Name a regular file.');
  if (kind <= limits.MAX_SOURCE_BYTES) return;
  throw new ConCoordError(
    'TOO_LARGE',
    `${file} has ${kind} bytes, and a source file at most ${limits.MAX_SOURCE_BYTES}`,
    { remedy: 'Split it, or give large data to the object by calls.' },
  );
}

function invalid(message: string, remedy: string): ConCoordError {
  return new ConCoordError('INVALID_CLASS', message, { remedy });
}
