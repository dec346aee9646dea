import { statSync } from 'node:fs';
import { basename, dirname, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findSource as findModule, splitSearchPath } from '../loading/index.ts';

/** Where a class is written. */
export interface FoundSource {
  /** Absolute. */
  readonly file: string;
  readonly className: string;
  /** The name without its extension, as the proxy's file takes it: `tencounter`. */
  readonly stem: string;
  /** What stands before the class when it is named again: `tencounter.` or `./my counter.ts#`. */
  readonly prefix: string;
  /** Where the proxy belongs; beside what is installed nobody may write. */
  readonly folder: 'beside' | 'working directory';
}

const BUILT_IN = /^concoord\.object\.([a-z]+)\.(\w+)$/;

/**
 * Where replicas would look for it, and of our own classes the source or the declarations.
 *
 * @param searchPath As in CONCOORD_PATH.
 * @throws ConCoordError `INVALID_CLASS` when there is no such file, or the name is none.
 */
export function findSource(name: string, searchPath: string, cwd: string): FoundSource {
  return findBuiltIn(name) ?? found(name, searchPath, cwd);
}

/** The file of a class as it is executed: of our own what was built, where declarations lie beside it. */
export function findClassFile(name: string, searchPath: string, cwd: string): string {
  return findSource(name, searchPath, cwd).file.replace(/\.d\.ts$/, '.js');
}

/** Whether the name is that of a class of this library: those can be replicated. */
export function isBuiltInClass(name: string): boolean {
  return findBuiltIn(name) !== undefined;
}

function findBuiltIn(name: string): FoundSource | undefined {
  const [, module = '', className = ''] = BUILT_IN.exec(name) ?? [];
  if (module === '') return undefined;
  const base = fileURLToPath(new URL(`../library/${module}`, import.meta.url));
  const file = ['.ts', '.d.ts'].map((extension) => base + extension).find(isFile);
  if (file === undefined) return undefined;
  const prefix = `concoord.object.${module}.`;
  return { file, className, stem: module, prefix, folder: 'working directory' };
}

function found(name: string, searchPath: string, cwd: string): FoundSource {
  const places = { paths: splitSearchPath(searchPath), directory: cwd };
  const { exported: className, file, name: known } = findModule(name, places);
  const stem = basename(file).replace(/(?:\.d)?\.[mc]?[jt]s$/, '');
  const module = known.slice(0, known.lastIndexOf('.') + 1);
  const installed = dirname(file).split(sep).includes('node_modules');
  return {
    file,
    className,
    stem,
    prefix: /^[\w$.]+$/.test(module) ? module : `./${basename(file)}#`,
    folder: installed ? 'working directory' : 'beside',
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}
