import { readFileSync } from 'node:fs';
import { isBuiltin, SourceMap } from 'node:module';
import { dirname, extname, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import type { Loader, Metafile, Plugin } from 'esbuild';
import { ConCoordError, limits, present } from '../base/index.ts';
import { esbuildFailure, isAddress, NO_ADDRESS, OPTIONS } from './bundler.ts';
import { parse } from './syntax.ts';
import type { Program } from './syntax.ts';

/** Every file that goes into a class, as it is written: for checks that tell people lines. */
export interface SourceText {
  /** Absolute. */
  readonly file: string;
  /** Its JavaScript: types are erased, and all else is left as it is. */
  readonly program: Program;
  /** Files of imports, by specifier. */
  readonly imports: ReadonlyMap<string, string>;
  /** Imports that an object cannot have, by specifier, and why. */
  readonly refused: ReadonlyMap<string, string>;
  /** It has `require`, `module` and `exports`. */
  readonly isCommonJs: boolean;
  /** The line in the file, from 1; undefined for what no line of the file stands for. */
  readonly lineOf: (offset: number) => number | undefined;
}

/**
 * Reads a file and everything that it imports, as the bundler finds it: the file first, then the others by
 * their paths. Packages count as far as something of them is used. Nothing is evaluated, and imports that
 * lead nowhere are no error here.
 *
 * @throws ConCoordError `INVALID_CLASS` for what cannot be read, `TOO_LARGE`.
 */
export async function readSourceTexts(file: string): Promise<readonly SourceText[]> {
  const folder = dirname(file);
  const refused = new Map<string, Map<string, string>>();
  const options = {
    ...OPTIONS,
    // Whether it may be there is for others to say.
    supported: { ...OPTIONS.supported, 'top-level-await': true },
    absWorkingDir: folder,
    entryPoints: [file],
    outdir: folder,
    plugins: [followImports(refused)],
  };
  const { metafile } = await build(options).catch((error: unknown) => {
    throw esbuildFailure(error, folder);
  });
  const files = filesIn(metafile, folder, file);
  return Promise.all(
    files.map((found) => readSourceText(found, refused.get(found.path) ?? new Map())),
  );
}

/** Our own folders: what comes with the package is no code of a user, but for the classes of `library/`. */
const OURS = fileURLToPath(new URL('..', import.meta.url));

function followImports(refused: Map<string, Map<string, string>>): Plugin {
  const looked = {};
  return {
    name: 'follow imports',
    setup(builder) {
      builder.onResolve({ filter: /.*/ }, async (request) => {
        const {
          path,
          importer,
          resolveDir,
          kind,
          namespace,
          pluginData,
          with: attributes,
        } = request;
        if (pluginData === looked || kind === 'entry-point') return undefined;
        const outside = { path, external: true };
        if (path === 'concoord/object') return outside;
        const why = (text: string): typeof outside => {
          const known = refused.get(importer) ?? new Map<string, string>();
          refused.set(importer, known.set(path, text));
          return outside;
        };
        if (/^concoord(?:\/|$)/.test(path))
          return why('is for clients: objects import concoord/object');
        if (isAddress(path)) return why(NO_ADDRESS);
        const further = {
          importer,
          resolveDir,
          kind,
          namespace,
          with: attributes,
          pluginData: looked,
        };
        const found = await builder.resolve(path, further);
        if (found.errors.length === 0) return isOurs(found.path) ? outside : found;
        // A folder may have a package of the same name, which is found above.
        return isBuiltin(path)
          ? why('is a module of Node.js, which objects do not have: they compute only')
          : why('is not found: correct the path, or install the package beside the file');
      });
    },
  };
}

function isOurs(path: string): boolean {
  return path.startsWith(OURS) && !path.startsWith(`${OURS}library${sep}`);
}

interface FoundFile {
  readonly path: string;
  readonly imports: ReadonlyMap<string, string>;
  readonly isCommonJs: boolean;
}

function filesIn(
  { inputs, outputs }: Metafile,
  folder: string,
  entry: string,
): readonly FoundFile[] {
  const used = new Set(
    Object.values(outputs).flatMap((output) =>
      Object.entries(output.inputs).flatMap(([name, { bytesInOutput }]) =>
        bytesInOutput > 0 ? [name] : [],
      ),
    ),
  );
  return Object.entries(inputs)
    .map(([name, { format, bytes, imports }]) => ({
      path: resolve(folder, name),
      imports: new Map(
        imports.map((one) => [one.original ?? one.path, resolve(folder, one.path)] as const),
      ),
      isCommonJs: format === 'cjs',
      counts: used.has(name) || !name.includes('node_modules/'),
      bytes,
    }))
    .filter(({ path, counts }) => counts && LOADERS[extname(path)] !== undefined)
    .map((found) => checkSize(found))
    .toSorted(
      (a, b) => Number(b.path === entry) - Number(a.path === entry) || (a.path < b.path ? -1 : 1),
    );
}

function checkSize<T extends { readonly path: string; readonly bytes: number }>(found: T): T {
  if (found.bytes <= limits.MAX_SOURCE_BYTES) return found;
  throw new ConCoordError(
    'TOO_LARGE',
    `${found.path} has ${found.bytes} bytes, and a source file at most ${limits.MAX_SOURCE_BYTES}`,
    { remedy: 'Split it, or give large data to the object by calls.' },
  );
}

/** What has code in it; all else that can be imported is data. */
const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.cts': 'ts',
  '.tsx': 'tsx',
  '.js': 'js',
  '.mjs': 'js',
  '.cjs': 'js',
  '.jsx': 'jsx',
};

async function readSourceText(
  { path: file, isCommonJs, imports }: FoundFile,
  refused: ReadonlyMap<string, string>,
): Promise<SourceText> {
  // A file may name a map of its own, which would be believed: its lines are those that it has.
  const written = readFileSync(file, 'utf8').replaceAll('sourceMappingURL', 'sourceMappingUrl');
  const { code, map } = await transform(written, {
    loader: LOADERS[extname(file)] ?? 'js',
    sourcefile: file,
    sourcemap: 'external',
    target: 'esnext',
    charset: 'utf8',
    legalComments: 'none',
    tsconfigRaw: '{}',
    // Scopes are not found in it.
    supported: { using: false },
    logLevel: 'silent',
  }).catch((error: unknown) => {
    throw esbuildFailure(error, dirname(file));
  });
  const lines = new SourceMap(JSON.parse(map) as ConstructorParameters<typeof SourceMap>[0]);
  const starts = lineStarts(code);
  return {
    file,
    program: parse(code, file, 'js', isCommonJs ? 'commonjs' : 'module'),
    imports,
    refused,
    isCommonJs,
    lineOf: (offset) => {
      const line = lineAt(starts, offset);
      const entry = lines.findEntry(line, offset - present(starts[line], 'start of a line'));
      return 'originalLine' in entry ? entry.originalLine + 1 : undefined;
    },
  };
}

/** Where lines begin; files may have a mistake in each of very many. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return starts;
}

/** The last that begins at or before an offset. */
function lineAt(starts: readonly number[], offset: number): number {
  let [low, high] = [0, starts.length - 1];
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (present(starts[middle], 'start of a line') <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}
