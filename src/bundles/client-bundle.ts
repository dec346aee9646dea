import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { build } from 'esbuild';
import { assert, present } from '../base/index.ts';
import { archive } from './archive.ts';
import type { Archive, Part } from './archive.ts';
import { PACKAGE, readManifest, readPart, requireBuilt } from './package-files.ts';
import { CLIENT_README } from './readme.ts';
import { textPart } from './server-bundle.ts';

export interface ClientBundle extends Archive {
  /** The folder that it unpacks to. */
  readonly folder: string;
  readonly version: string;
}

const FOLDER = 'concoordclient';
const DIST = join(PACKAGE, 'dist');
/** In a file of declarations: what others it names. */
const NAMED = /\b(?:from|import)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g;

/**
 * The client engine in one module, the proxies, and their types: imported as the package `concoord` is.
 *
 * @param more Beside what every client bundle has, relative to its folder.
 */
export async function makeClientBundle(more: readonly Part[] = []): Promise<ClientBundle> {
  requireBuilt();
  const { version, license, engines } = readManifest(PACKAGE);
  const proxies = readdirSync(join(DIST, 'proxy'))
    .filter((file) => file.endsWith('.js') && file !== 'index.js')
    .map((file) => file.slice(0, -'.js'.length))
    .toSorted();
  const exports = {
    '.': { types: './types/client/index.d.ts', default: './concoord.js' },
    './proxy/*': { types: './proxy/*.d.ts', default: './proxy/*.js' },
    './package.json': './package.json',
  };
  const manifest = {
    name: 'concoord',
    version,
    license,
    type: 'module',
    exports,
    engines,
    private: true,
  };
  const parts = [
    textPart('package.json', `${JSON.stringify(manifest, null, 2)}\n`),
    textPart('README.md', CLIENT_README),
    { path: 'LICENSE', bytes: readPart(join(PACKAGE, 'LICENSE')) },
    textPart('concoord.js', await engine()),
    ...proxies.flatMap((name) => proxyParts(name)),
    ...declarations(['client/index.d.ts', ...proxies.map((name) => `proxy/${name}.d.ts`)]),
    ...more,
  ];
  const all = parts.map((part) => ({ ...part, path: `${FOLDER}/${part.path}` }));
  return { ...archive(all), folder: FOLDER, version };
}

/** How the client engine becomes one module: in a bundle, and in a proxy that has it inside. */
export const CLIENT_BUILD = {
  bundle: true,
  write: false,
  platform: 'node',
  format: 'esm',
  target: 'node20.19',
  // Errors and proxies show the names of their classes.
  keepNames: true,
  logLevel: 'silent',
} as const;

async function engine(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(DIST, 'client/index.js')],
    // The names of files stand in comments, and must not be those of this machine.
    absWorkingDir: PACKAGE,
    ...CLIENT_BUILD,
  });
  return present(outputFiles[0], 'output of the bundler').text;
}

/** A proxy knows the engine only: what it imports is what the package gives. */
function proxyParts(name: string): readonly Part[] {
  const text = readFileSync(join(DIST, `proxy/${name}.js`), 'utf8');
  const moved = text.replaceAll(/(['"])\.\.\/client\/index\.js\1/g, "'../concoord.js'");
  assert(
    !/(['"])\.\.\/(?!concoord\.js)/.test(moved),
    'a proxy imports the client and other proxies',
  );
  return [
    textPart(`proxy/${name}.js`, moved),
    textPart(`proxy/${name}.d.ts`, `export * from '../types/proxy/${name}.js';\n`),
  ];
}

/** These declarations, and those that they name. */
function declarations(entries: readonly string[]): readonly Part[] {
  const found = new Map<string, Uint8Array>();
  const waiting = [...entries];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (found.has(path)) continue;
    const bytes = readPart(join(DIST, path));
    found.set(path, bytes);
    for (const [, specifier = ''] of Buffer.from(bytes).toString().matchAll(NAMED)) {
      const named = normalize(join(dirname(path), specifier)).replace(/\.[jt]s$/, '.d.ts');
      if (existsSync(join(DIST, named))) waiting.push(named);
    }
  }
  return [...found].map(([path, bytes]) => ({ path: `types/${path}`, bytes }));
}
