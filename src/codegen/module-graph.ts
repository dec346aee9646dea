import { readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Node } from 'oxc-parser';
import { ConCoordError } from '../base/index.ts';
import { WHOLE } from './common-js.ts';
import { SourceModule } from './source-module.ts';

/** What a name stands for, wherever it is declared. */
export type Meaning =
  | {
      readonly kind: 'declared';
      readonly module: SourceModule;
      readonly name: string;
      readonly nodes: readonly Node[];
    }
  /** All of a module of the user. */
  | { readonly kind: 'module'; readonly module: SourceModule }
  /** Of an npm package, or of Node.js. */
  | {
      readonly kind: 'package';
      readonly specifier: string;
      readonly imported: string;
      /** As the user calls it. */
      readonly local: string | undefined;
    }
  | { readonly kind: 'global'; readonly name: string };

const EXTENSIONS = ['.ts', '.mts', '.d.ts', '.d.mts', '.js', '.mjs'];

/** Reads files as they are needed, and follows names through relative imports and re-exports. */
export class ModuleGraph {
  readonly #modules = new Map<string, SourceModule>();

  /** @throws ConCoordError `INVALID_CLASS` when the file cannot be read or is not valid. */
  load(path: string): SourceModule {
    let module = this.#modules.get(path);
    if (module === undefined) {
      module = new SourceModule(path, read(path));
      this.#modules.set(path, module);
    }
    return module;
  }

  /** What `name` means inside of `module`. */
  meaning(module: SourceModule, name: string): Meaning {
    const binding = module.binding(name);
    if (binding === undefined) return { kind: 'global', name };
    if (binding.kind === 'declared')
      return { kind: 'declared', module, name, nodes: binding.nodes };
    const meaning = this.imported(module, binding.specifier, binding.imported);
    return meaning.kind === 'package' ? { ...meaning, local: name } : meaning;
  }

  /** What `imported` of the module that `specifier` names means; `*` is all of it. */
  imported(from: SourceModule, specifier: string, imported: string): Meaning {
    if (!isRelative(specifier)) return { kind: 'package', specifier, imported, local: undefined };
    const target = this.load(resolve(from, specifier));
    const whole: Meaning = { kind: 'module', module: target };
    if (imported === '*') return whole;
    if (imported === WHOLE) return this.exported(target, WHOLE) ?? whole;
    const found = this.exported(target, imported);
    if (found !== undefined) return found;
    throw new ConCoordError('INVALID_CLASS', `${target.path} exports no ${imported}`, {
      remedy: `Correct the import of '${specifier}' in ${from.path}.`,
    });
  }

  /** What a module gives under a name; undefined when it gives nothing of that name. */
  exported(
    module: SourceModule,
    name: string,
    seen: ReadonlySet<SourceModule> = new Set(),
  ): Meaning | undefined {
    if (seen.has(module)) return undefined;
    const entry = module.exported(name);
    if (typeof entry === 'string') return this.meaning(module, entry);
    if (entry !== undefined) return this.imported(module, entry.specifier, entry.imported);
    const path = new Set([...seen, module]);
    for (const star of module.stars) {
      if (!isRelative(star)) continue;
      const found = this.exported(this.load(resolve(module, star)), name, path);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

export function isRelative(specifier: string): boolean {
  return /^\.{1,2}(?:\/|$)/.test(specifier);
}

/** As TypeScript and bundlers do: `./x.js` may be written for `./x.ts`, and `./x` for either. */
function resolve(from: SourceModule, specifier: string): string {
  const whole = join(dirname(from.path), specifier);
  const [, bare = whole, m = ''] = /^(.*?)(?:\.d)?\.([mc]?)[jt]s$/.exec(whole) ?? [];
  const typed = [`${bare}.${m}ts`, `${bare}.d.${m}ts`];
  const candidates = whole.endsWith('js')
    ? [...typed, whole]
    : [
        whole,
        ...(bare === whole ? [] : typed),
        ...EXTENSIONS.flatMap((extension) => [whole + extension, join(whole, `index${extension}`)]),
      ];
  const found = candidates.find((path) => /\.[mc]?[jt]s$/.test(path) && isFile(path));
  if (found !== undefined) return found;
  throw new ConCoordError('INVALID_CLASS', `'${specifier}' in ${from.path} leads to no file`, {
    remedy: 'Correct the import: types of the proxy come from there.',
  });
}

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8')
      .replace(/^\uFEFF/, '')
      .replaceAll('\r\n', '\n');
  } catch (error) {
    throw new ConCoordError('INVALID_CLASS', `cannot read ${path}`, { cause: error });
  }
}
