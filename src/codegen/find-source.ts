import { statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ConCoordError } from '../base/index.ts';

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

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];
const BUILT_IN = /^concoord\.object\.([a-z]+)\.(\w+)$/;
const EXAMPLE = 'such as tencounter.TenCounter for the class TenCounter in tencounter.ts';

/**
 * `tencounter.TenCounter` is looked for in the directories of `searchPath` (separated by colons, an empty
 * one is `cwd`), then in `cwd`; `a.b.C` as `a/b.ts` and so on. `./path/file.ts#Class` names a file itself.
 *
 * @throws ConCoordError `INVALID_ARGUMENT` when there is no such file, or the name is none.
 */
export function findSource(name: string, searchPath: string, cwd: string): FoundSource {
  const builtIn = BUILT_IN.exec(name);
  if (builtIn !== null) {
    const [, module = '', className = ''] = builtIn;
    const base = fileURLToPath(new URL(`../library/${module}`, import.meta.url));
    const file = ['.ts', '.d.ts'].map((extension) => base + extension).find(isFile);
    if (file !== undefined) {
      const prefix = `concoord.object.${module}.`;
      return { file, className, stem: module, prefix, folder: 'working directory' };
    }
  }
  const [path, named] = name.split('#');
  if (path !== undefined && named !== undefined) return found(resolve(cwd, path), named, undefined);
  const parts = name.split('.');
  const className = parts.pop() ?? '';
  if (parts.length === 0 || !/^[\w$.]+$/.test(name) || parts.includes('') || className === '') {
    refuse(`'${name}' names no class`, `Name module and class, ${EXAMPLE}.`);
  }
  const folders = [...searchPath.split(':').map((folder) => resolve(cwd, folder)), cwd];
  const candidates = folders.flatMap((folder) =>
    EXTENSIONS.map((extension) => join(folder, ...parts) + extension),
  );
  const file = candidates.find(isFile);
  if (file === undefined) {
    const looked = [...new Set(folders)].join(', ');
    refuse(
      `there is no ${parts.join('/')}.{ts,mts,js,mjs} in ${looked}`,
      'Correct -o, or add the directory to CONCOORD_PATH.',
    );
  }
  return found(file, className, `${parts.join('.')}.`);
}

function found(file: string, className: string, prefix: string | undefined): FoundSource {
  if (!isFile(file)) refuse(`there is no file ${file}`, 'Correct the path before the #.');
  if (!EXTENSIONS.some((extension) => file.endsWith(extension)) || className === '') {
    refuse(`'${file}#${className}' names no class`, 'Write ./path/file.ts#Class.');
  }
  const stem = basename(file).replace(/(?:\.d)?\.[mc]?[jt]s$/, '');
  const installed = dirname(file).split(sep).includes('node_modules');
  return {
    file,
    className,
    stem,
    prefix: prefix ?? (/^[\w$]+$/.test(stem) ? `${stem}.` : `./${basename(file)}#`),
    folder: installed ? 'working directory' : 'beside',
  };
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function refuse(what: string, remedy: string): never {
  throw new ConCoordError('INVALID_ARGUMENT', what, { remedy });
}
