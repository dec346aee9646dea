import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { ConCoordError } from '../base/index.ts';
import {
  besideObjects,
  findPlatform,
  makeClientBundle,
  makeServerBundle,
  packObject,
} from '../bundles/index.ts';
import type { Archive, Part } from '../bundles/index.ts';
import type { ProxyType } from '../codegen/index.ts';
import { endBundler, readClass, splitSearchPath } from '../loading/index.ts';
import { makeFolders } from '../platform/index.ts';
import { createProxy } from './object-command.ts';
import { complain, EXIT, print, say, UsageError } from './output.ts';
import { isOurs } from './programs.ts';
import { readProxyType } from './proxy-type.ts';

/** As the command line has them. */
export interface BundleFlags {
  readonly objects?: string;
  readonly proxytype?: string;
  readonly platform?: string;
  readonly out?: string;
}

/** What a client bundle has at most, without objects of users. */
export const CLIENT_BYTES = 200_000;

/** `concoord bundle server|client`: one file that runs with Node.js alone. */
export async function bundle(kind: string, flags: BundleFlags): Promise<number> {
  if (kind !== 'server' && kind !== 'client') {
    throw new UsageError(`there are two bundles, server and client, and no '${kind}'`);
  }
  if (kind === 'client' && flags.platform !== undefined) {
    throw new UsageError('--platform: a client bundle runs everywhere; leave it out');
  }
  findPlatform(flags.platform);
  const order = {
    names: readNames(flags.objects),
    type: readProxyType(flags.proxytype),
    platform: flags.platform,
    out: resolve(flags.out ?? `concoord${kind}.tar.gz`),
  };
  try {
    await (kind === 'client' ? bundleClient(order) : bundleServer(order));
    return EXIT.done;
  } catch (error) {
    // The command line made sense: what is wrong now is what it leads to.
    return Math.min(complain('concoord', error), EXIT.failed);
  } finally {
    endBundler();
  }
}

interface Order {
  readonly names: readonly string[];
  readonly type: ProxyType;
  readonly platform: string | undefined;
  /** Absolute. */
  readonly out: string;
}

async function bundleClient({ names, type, out }: Order): Promise<void> {
  const proxies = await makeProxies(names, type);
  const made = await makeClientBundle(
    proxies.map(({ path, bytes }) => ({ path: `proxy/${path}`, bytes })),
  );
  writeBundle(out, made);
  if (names.length > 0 || made.bytes.length <= CLIENT_BYTES) return;
  say(`concoord: the client bundle has more than ${CLIENT_BYTES} bytes; please report it`);
}

async function bundleServer({ names, type, platform, out }: Order): Promise<void> {
  const objects = await packObjects(names);
  const proxies = await makeProxies(names, type);
  const more = [...objects, ...proxies.map((part) => besideObjects(part))];
  const made = makeServerBundle({ platform, more });
  writeBundle(out, made);
  if (made.noIsolates === undefined) return;
  say(
    `concoord: ${made.noIsolates}: with this bundle, classes of your own run with --sandbox vm only, ` +
      'which is no wall',
  );
}

/** `OBJECTS="a.A b.B"` of make, or with commas. */
function readNames(text = ''): readonly string[] {
  const names = text.split(/[\s,]+/).filter((name) => name !== '');
  const ours = names.find((name) => isOurs(name));
  if (ours !== undefined)
    throw new UsageError(`--objects: ${ours} is in every bundle; leave it out`);
  return [...new Set(names)];
}

async function packObjects(names: readonly string[]): Promise<readonly Part[]> {
  const places = { paths: splitSearchPath(process.env['CONCOORD_PATH']), directory: process.cwd() };
  const parts: Part[] = [];
  for (const name of names) parts.push(packObject((await readClass(name, places)).bundle));
  return parts;
}

/** The proxies of these classes; those of one module share a file. */
async function makeProxies(names: readonly string[], type: ProxyType): Promise<readonly Part[]> {
  if (names.length === 0) return [];
  const folder = mkdtempSync(join(tmpdir(), 'concoord-bundle-'));
  try {
    // Proxies import concoord, and will lie in a package of this name.
    writeFileSync(join(folder, 'package.json'), '{ "name": "concoord" }');
    const out = join(folder, 'proxies');
    for (const name of names) {
      await createProxy({
        name,
        type,
        out,
        js: true,
        standalone: false,
        force: false,
        token: undefined,
        searchPath: process.env['CONCOORD_PATH'] ?? '',
        cwd: process.cwd(),
        step: () => undefined,
        warn: (text) => say(`concoord: ${text}`),
      });
    }
    return readdirSync(out).map((path) => ({ path, bytes: readFileSync(join(out, path)) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whoever reads the file while it is written sees the old one, or the new one. */
function writeBundle(path: string, { bytes, sha256 }: Archive): void {
  const part = join(dirname(path), `.${basename(path)}.${process.pid}.part`);
  try {
    makeFolders(dirname(path));
    writeFileSync(part, bytes);
    renameSync(part, path);
  } catch (error) {
    rmSync(part, { force: true });
    throw new ConCoordError('INVALID_ARGUMENT', `cannot write ${path}: ${String(error)}`, {
      cause: error,
      remedy: 'Make the folder writable, or name another file with --out.',
    });
  }
  print(`${path}: ${bytes.length} bytes, sha256 ${sha256}`);
}
