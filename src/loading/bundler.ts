import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { isBuiltin } from 'node:module';
import { basename, dirname, isAbsolute, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, stop } from 'esbuild';
import type { BuildOptions, BuildResult, Message, Plugin } from 'esbuild';
import { assert, ConCoordError, limits, present } from '../base/index.ts';
import type { DepthGuard } from './depth-guard.ts';
import type { Source } from './find.ts';
import { BLOCKING_EXPORT } from '../realm/index.ts';
import { EXTENSIONS } from './suggest.ts';
import { checkNesting } from './syntax.ts';

/** One module of a file and everything that it imports. */
export interface Module {
  /** JavaScript; ends with an `export { … }` of the class alone. */
  readonly text: string;
  /** The files that went into it, absolute, in an order that the sources decide. */
  readonly files: readonly string[];
}

/**
 * What the bundler expresses by older means, because the realm has to see it: private fields become WeakMaps
 * of ours, initialisers of fields go into constructors, which the meter counts, and powers become calls of a
 * function that computes alike everywhere.
 */
const LOWERED = [
  'class-field',
  'class-private-accessor',
  'class-private-brand-check',
  'class-private-field',
  'class-private-method',
  'class-private-static-accessor',
  'class-private-static-field',
  'class-private-static-method',
  'class-static-blocks',
  'class-static-field',
  'decorators',
  'template-literal',
  'exponent-operator',
  'import-meta',
  'top-level-await',
  'using',
];

/** Shared with what reads the same files for other ends: both must find the same ones. */
export const OPTIONS = {
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  charset: 'ascii',
  legalComments: 'none',
  treeShaking: true,
  // Names of classes are those of errors, and are seen by users.
  keepNames: true,
  // Versions for browsers are those that do without Node.js.
  mainFields: ['browser', 'module', 'main'],
  conditions: ['browser'],
  supported: Object.fromEntries(LOWERED.map((feature) => [feature, false])),
  // Packages ask which of their halves is wanted; objects have no `process` that could tell.
  define: { 'process.env.NODE_ENV': '"production"' },
  // Settings in the folders above would make the code depend on where it lies.
  tsconfigRaw: '{}',
  write: false,
  metafile: true,
  logLevel: 'silent',
} as const satisfies BuildOptions;

/** What others have written and compiled. */
const INSTALLED = /[\\/]node_modules[\\/]/;

/** What object code may import from us, as it lies beside this file: sources, or what was built of them. */
const OBJECT_LIBRARY = fileURLToPath(
  new URL(`../threading/public${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
);

/** What makes callers wait: replicas must get at it from outside of the module. */
const BLOCKING = resolve(
  OBJECT_LIBRARY,
  `../../object/blocking${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`,
);

/** Of specifiers that are addresses: what they lead to may be something else tomorrow. */
const SCHEME = /^[A-Za-z][A-Za-z\d+.-]+:/;
export const NO_ADDRESS = 'is an address: bring the code along, in a file or a package';

export function isAddress(specifier: string): boolean {
  return SCHEME.test(specifier) && !isBuiltin(specifier);
}

const LIBRARY: Plugin = {
  name: 'concoord',
  setup(builder) {
    builder.onResolve({ filter: /^concoord(?:\/|$)/ }, ({ path }) => {
      if (path === 'concoord/object') return { path: OBJECT_LIBRARY };
      return { errors: [{ text: `${path} is for clients: objects import concoord/object` }] };
    });
    builder.onResolve({ filter: SCHEME }, ({ path, kind }) => {
      if (kind === 'entry-point' || !isAddress(path)) return undefined;
      return { errors: [{ text: `${path.slice(0, 60)} ${NO_ADDRESS}` }] };
    });
  },
};

/** Sees every file before the bundler does. */
function inspection(guard: DepthGuard, refused: (error: ConCoordError) => void): Plugin {
  return {
    name: 'inspection',
    setup(builder) {
      builder.onLoad({ filter: /\.[cm]?[jt]sx?$/ }, async ({ path }) => {
        try {
          const text = await readFile(path, 'utf8');
          if (!INSTALLED.test(path)) checkNesting(text, path);
          await guard.check(text, path);
        } catch (error) {
          // What cannot be read the bundler says better.
          if (!(error instanceof ConCoordError)) return undefined;
          refused(error);
          return { errors: [{ text: error.message }] };
        }
        return undefined;
      });
    },
  };
}

/** @throws ConCoordError with the place of what is wrong. */
export async function bundleModule(source: Source, guard: DepthGuard): Promise<Module> {
  const refusals: ConCoordError[] = [];
  const plugins = [LIBRARY, inspection(guard, (error) => void refusals.push(error))];
  try {
    return await bundleWith(source, plugins);
  } catch (error) {
    throw refusals[0] ?? error;
  }
}

async function bundleWith({ file, exported }: Source, plugins: Plugin[]): Promise<Module> {
  const folder = dirname(file);
  const path = JSON.stringify(`./${basename(file)}`);
  const through = (contents: string): ReturnType<typeof run> =>
    run({
      ...OPTIONS,
      absWorkingDir: folder,
      plugins,
      stdin: { contents, resolveDir: folder, sourcefile: 'entry.js' },
    });
  let contents = `export { ${exported} } from ${path};`;
  let result = await through(contents);
  if (!('failed' in result) && result.metafile.inputs[basename(file)]?.format === 'cjs') {
    contents = fromCommonJs(path, exported);
    result = await through(contents);
  }
  if (!('failed' in result) && blocks(result, folder)) {
    const from = JSON.stringify(BLOCKING);
    result = await through(`${contents}\nexport { blocking as ${BLOCKING_EXPORT} } from ${from};`);
  }
  if (!('failed' in result)) return moduleOf(result, folder);
  if (!result.failed.some(({ text }) => text.startsWith('No matching export in'))) {
    throw described(result.failed, folder);
  }
  throw await noSuchExport(file, exported, result.failed, plugins);
}

/** Whether something of the class can make its callers wait. */
function blocks({ metafile }: Result, folder: string): boolean {
  return Object.values(metafile.outputs).some(({ inputs }) =>
    Object.entries(inputs).some(
      ([name, { bytesInOutput }]) => bytesInOutput > 0 && resolve(folder, name) === BLOCKING,
    ),
  );
}

/** A CommonJS module has the class under its name, or is the class: `module.exports = class …`. */
function fromCommonJs(path: string, exported: string): string {
  const name = JSON.stringify(exported);
  return [
    `import whole, * as parts from ${path};`,
    `const found = ${name} in parts ? parts[${name}] : whole;`,
    `export { found as ${exported} };`,
  ].join('\n');
}

/** Classes that are being bundled, and whether the bundler goes when there are none. */
let bundling = 0;
let leaving = false;

/**
 * The bundler is a process of its own, and stays for the next class. Who has all that it needs lets it go: a
 * replica runs for months. It goes when nothing is being bundled; the next class starts another process.
 */
export function endBundler(): void {
  leaving = bundling > 0;
  if (!leaving) void stop();
}

/** Some forms that nest a thousand times take the bundler hours; what people write takes it milliseconds. */
const PATIENCE_MS = 20_000;

type Result = BuildResult<typeof OPTIONS>;

async function run(options: BuildOptions): Promise<Result | { failed: readonly Message[] }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      reject(tooLong());
      void stop();
    }, PATIENCE_MS);
  });
  bundling++;
  try {
    return await Promise.race([build(options), late]);
  } catch (error) {
    if (error instanceof ConCoordError) throw error;
    const failed = (error as { errors?: readonly Message[] }).errors;
    if (failed === undefined || failed.length === 0) throw error;
    return { failed };
  } finally {
    clearTimeout(timer);
    bundling--;
    if (leaving) endBundler();
  }
}

function tooLong(): ConCoordError {
  const fact = `the class was not bundled within ${PATIENCE_MS / 1000} s`;
  const message = `${fact}: it is too large, or nests too deeply`;
  return new ConCoordError('TOO_LARGE', message, {
    remedy: 'Import less, and keep expressions within some hundred levels.',
  });
}

function moduleOf({ outputFiles, metafile }: Result, folder: string): Module {
  assert(outputFiles.length === 1, 'one entry gives one module');
  const inputs = Object.keys(metafile.inputs).filter((name) => name !== 'entry.js');
  const files = inputs.map((name) => resolve(folder, name)).filter((name) => isFile(name));
  for (const [name, { bytes }] of Object.entries(metafile.inputs)) {
    if (bytes > limits.MAX_SOURCE_BYTES) throw tooLarge(name, bytes, limits.MAX_SOURCE_BYTES);
  }
  const text = present(outputFiles[0], 'the module').text;
  if (text.length > limits.MAX_BUNDLE_BYTES) {
    throw tooLarge('the class with all its imports', text.length, limits.MAX_BUNDLE_BYTES);
  }
  return { text, files };
}

function isFile(path: string): boolean {
  return isAbsolute(path) && statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function tooLarge(what: string, bytes: number, most: number): ConCoordError {
  return new ConCoordError('TOO_LARGE', `${what}: ${bytes} bytes, at most ${most} are possible`, {
    remedy: 'Import less, or give large data to the object by calls.',
  });
}

async function noSuchExport(
  file: string,
  exported: string,
  failed: readonly Message[],
  plugins: Plugin[],
): Promise<ConCoordError> {
  const folder = dirname(file);
  const result = await run({
    ...OPTIONS,
    absWorkingDir: folder,
    plugins,
    entryPoints: [file],
    outdir: folder,
  });
  // A module that it imports lacks something: the first errors say what.
  if ('failed' in result) return described(failed, folder);
  const outputs = Object.values(result.metafile.outputs);
  const found = outputs.flatMap((output) => output.exports).toSorted();
  const names = found.length === 0 ? 'it exports nothing' : `it exports ${found.join(', ')}`;
  const remedy = remedyFor(exported, found);
  return new ConCoordError('INVALID_CLASS', `${basename(file)} exports no ${exported}: ${names}`, {
    remedy,
  });
}

function remedyFor(exported: string, [first, ...others]: readonly string[]): string {
  const declare = `Write "export class ${exported} { … }"`;
  if (first === undefined) return `${declare}.`;
  // `inventory.ts` names the file, and no class.
  if (EXTENSIONS.includes(`.${exported}`)) {
    return `Name the class in the place of "${exported}", such as ${first}.`;
  }
  return first === 'default' && others.length === 0
    ? `Write "export class ${exported}" instead of a default export.`
    : `${declare}, or name one of the exports.`;
}

/** At most so many mistakes at once; people correct the first and try again. */
const MOST_SHOWN = 5;

function described(errors: readonly Message[], folder: string): ConCoordError {
  const shown = errors.slice(0, MOST_SHOWN).map((error) => describe(error, folder));
  const more = errors.length > MOST_SHOWN ? [`and ${errors.length - MOST_SHOWN} more`] : [];
  return new ConCoordError('INVALID_CLASS', [...shown, ...more].join('; '), {
    remedy: 'Correct the source there.',
  });
}

/** What the bundler says of sources, in words for people; all else is passed on as it is. */
export function esbuildFailure(error: unknown, folder: string): unknown {
  const failed = (error as { errors?: readonly Message[] }).errors;
  return failed === undefined || failed.length === 0 ? error : described(failed, folder);
}

function describe({ text, location }: Message, folder: string): string {
  const place =
    location === null
      ? ''
      : `${resolve(folder, location.file)}:${location.line}:${location.column + 1}: `;
  const unresolved = /^Could not resolve "(.*)"/.exec(text)?.[1];
  if (unresolved === undefined) return place + text;
  if (isBuiltin(unresolved)) {
    return `${place}${unresolved} is a module of Node.js, which objects do not have: they compute only`;
  }
  const packaged = /^[^./]/.test(unresolved) ? ': install the package beside the file' : '';
  return `${place}cannot find the import "${unresolved}"${packaged}`;
}
