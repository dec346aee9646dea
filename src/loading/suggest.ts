import { readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, extname, join, relative, resolve } from 'node:path';
import { limits } from '../base/index.ts';
import { isClass, namesIn, parse } from './syntax.ts';
import type { Node } from './syntax.ts';

/** Tried in this order: where a compiled file lies beside its source, the source counts. */
export const EXTENSIONS: readonly string[] = ['.ts', '.mts', '.js', '.mjs'];

/** What to write when no file and class can be told from what was written. */
export const HOW_TO_NAME =
  'Name the module and its class, such as tencounter.TenCounter, or the file: ./tencounter.ts#TenCounter';

/**
 * What was probably meant by a path without `#`: `src/x.ts`, `src/x`, `src/x.Class` or a folder. What is
 * suggested is there, and has the class.
 */
export function suggestForPath(path: string, directory: string): string {
  const full = resolve(directory, path);
  if (isThere(full, 'directory')) return suggestIn(full, directory);
  const dot = basename(path).lastIndexOf('.');
  const stem = dot === -1 ? full : join(dirname(full), basename(path).slice(0, dot));
  const files = [full, ...[full, stem].flatMap((one) => EXTENSIONS.map((ext) => one + ext))];
  const wanted = dot === -1 ? '' : basename(path).slice(dot + 1);
  for (const file of files) {
    const found = suggestIn(file, directory, wanted);
    if (found !== HOW_TO_NAME) return found;
  }
  return HOW_TO_NAME;
}

/** A class of a file, or of the first file of a folder that has one. */
function suggestIn(path: string, directory: string, wanted = ''): string {
  const files = isThere(path, 'directory') ? list(path).map((name) => join(path, name)) : [path];
  for (const file of files) {
    const classes = exportedClasses(file);
    const name = classes.includes(wanted) ? wanted : classes[0];
    if (name !== undefined) return `Write ${shown(file, directory)}#${name}`;
  }
  return HOW_TO_NAME;
}

function shown(file: string, directory: string): string {
  const path = relative(directory, file);
  return path.startsWith('..') ? path : `./${path}`;
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder).toSorted();
  } catch {
    return [];
  }
}

function isThere(path: string, kind: 'directory' | 'file'): boolean {
  try {
    const stats = statSync(path, { throwIfNoEntry: false });
    return kind === 'file' ? stats?.isFile() === true : stats?.isDirectory() === true;
  } catch {
    return false;
  }
}

/** Those that the text declares as such; for suggestions, so that nothing is an error. */
function exportedClasses(file: string): readonly string[] {
  const extension = extname(file);
  if (!EXTENSIONS.includes(extension) || !isThere(file, 'file')) return [];
  if (statSync(file).size > limits.MAX_SOURCE_BYTES) return [];
  try {
    const language = extension.endsWith('ts') ? 'ts' : 'js';
    return parse(readFileSync(file, 'utf8'), file, language).body.flatMap(classesOf);
  } catch {
    return [];
  }
}

function classesOf(statement: Node): readonly string[] {
  if (statement.type !== 'ExportNamedDeclaration') return [];
  const { declaration } = statement;
  if (declaration === null) return [];
  if (isClass(declaration)) return declaration.id === null ? [] : [declaration.id.name];
  if (declaration.type !== 'VariableDeclaration') return [];
  return declaration.declarations.flatMap(({ id, init }) =>
    init !== null && isClass(init) ? namesIn(id).map(({ name }) => name) : [],
  );
}
