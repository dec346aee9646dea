import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { assert, ConCoordError } from '../base/index.ts';
import type { Part } from './archive.ts';
import { findPackage, PACKAGE, readFiles, readManifest } from './package-files.ts';
import type { Manifest } from './package-files.ts';
import type { Platform } from './platforms.ts';

/** What a bundle has of other packages. */
export interface Dependencies {
  readonly parts: readonly Part[];
  /** Why classes of users cannot run in isolates there; undefined when they can. */
  readonly noIsolates: string | undefined;
}

const ISOLATES = 'isolated-vm';
/** Nothing that a replica reads: documentation, declarations, the sources of what is compiled. */
const NEEDLESS =
  /(?:^|\/)(?!licen[cs]e)[^/]*\.(?:md|map|markdown)$|\.d\.[cm]?ts$|(?:^|\/)node_modules\//i;

/** Of packages that carry more than a replica needs: what it does need. */
const NEEDED: Readonly<Record<string, RegExp>> = {
  // `bin/` is the compiled part of the machine where npm has installed it; ours has a package of its own.
  esbuild: /^(?:package\.json|LICENSE.*|lib\/main\.js)$/,
  'oxc-parser': /^(?:package\.json|LICENSE|src-js\/.*\.js)$/,
  '@oxc-project/types': /^(?:package\.json|LICENSE)$/,
  'node-gyp-build': /^(?:package\.json|LICENSE|index\.js|node-gyp-build\.js)$/,
};

/**
 * The packages that replicas need, as they are installed here, with the compiled parts for a platform.
 *
 * @throws ConCoordError when a part for that platform is not installed, with how to install it.
 */
export function dependenciesFor(platform: Platform, root: string = PACKAGE): Dependencies {
  const collector = new Collector(platform);
  collector.add(readManifest(root), root, '');
  collector.refuseMissing();
  return { parts: collector.parts, noIsolates: collector.noIsolates };
}

class Collector {
  readonly parts: Part[] = [];
  noIsolates: string | undefined =
    `${ISOLATES} is not installed here (npm leaves it out under Node.js 20)`;
  readonly #platform: Platform;
  /** From the place in the bundle to the folder here. */
  readonly #placed = new Map<string, string>();
  readonly #missing: string[] = [];

  constructor(platform: Platform) {
    this.#platform = platform;
  }

  /** What a package needs, as high up in the bundle as others leave room. */
  add(manifest: Manifest, folder: string, place: string): void {
    for (const name of Object.keys(manifest.dependencies ?? {})) {
      const found = findPackage(name, folder);
      if (found === undefined) this.#missing.push(`${name}@${manifest.dependencies?.[name] ?? ''}`);
      else this.#place(name, found, place);
    }
    for (const [name, version] of Object.entries(manifest.optionalDependencies ?? {})) {
      const isNative = this.#platform.packages.includes(name);
      if (!isNative && name !== ISOLATES) continue;
      const found = findPackage(name, folder);
      if (found !== undefined) this.#place(name, found, place);
      else if (isNative) this.#missing.push(`${name}@${version}`);
    }
  }

  refuseMissing(): void {
    if (this.#missing.length === 0) return;
    const names = this.#missing.toSorted().join(' ');
    const message = `a bundle for ${this.#platform.name} needs ${names}, not installed here`;
    throw new ConCoordError('UNSUPPORTED', message, {
      remedy: `Install it for this once: npm install --no-save --force ${names}`,
    });
  }

  #place(name: string, folder: string, above: string): void {
    const top = `node_modules/${name}/`;
    const taken = this.#placed.get(top);
    if (taken === folder) return;
    const place = taken === undefined ? top : `${above}${top}`;
    assert(!this.#placed.has(place), 'a package needs one version of another one');
    const files = this.#filesOf(name, folder);
    if (files === undefined) return;
    this.#placed.set(place, folder);
    // Only the bundler is started as a program.
    const isProgram = (path: string): boolean => /\/@esbuild\/[^/]+\/bin\/esbuild$/.test(path);
    for (const { path, bytes } of readFiles(folder, place, files)) {
      this.parts.push({ path, bytes, executable: isProgram(path) });
    }
    this.add(readManifest(folder), folder, place);
  }

  /** Which of its files are wanted; undefined when it is of no use on that platform. */
  #filesOf(name: string, folder: string): ((path: string) => boolean) | undefined {
    if (name === ISOLATES) return this.#isolates(folder);
    const needed = NEEDED[name];
    return (path) => !NEEDLESS.test(path) && (needed?.test(path) ?? true);
  }

  #isolates(folder: string): ((path: string) => boolean) | undefined {
    const prebuilds = join(folder, 'prebuilds');
    const built = existsSync(prebuilds)
      ? readdirSync(prebuilds, { recursive: true, encoding: 'utf8' })
      : [];
    const own = built.filter((path) => this.#platform.isolates.test(path));
    if (own.length === 0) {
      this.noIsolates = `${ISOLATES} has nothing compiled for ${this.#platform.name}`;
      return undefined;
    }
    this.noIsolates = undefined;
    const wanted = new Set([
      'package.json',
      'LICENSE',
      'isolated-vm.js',
      ...own.map((path) => `prebuilds/${path}`),
    ]);
    return (path) => wanted.has(path);
  }
}
