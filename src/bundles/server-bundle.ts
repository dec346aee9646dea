import { join } from 'node:path';
import type { Archive, Part } from './archive.ts';
import { archive } from './archive.ts';
import { dependenciesFor } from './dependencies.ts';
import { PACKAGE, readFiles, readManifest, readPart, requireBuilt } from './package-files.ts';
import { findPlatform } from './platforms.ts';
import { serverReadme } from './readme.ts';

export interface ServerBundle extends Archive {
  /** As `--platform` has it. */
  readonly platform: string;
  /** The folder that it unpacks to. */
  readonly folder: string;
  readonly version: string;
  /** Why classes of users run there only with `--sandbox vm`; undefined when they run in isolates. */
  readonly noIsolates: string | undefined;
}

export interface ServerBundleOrder {
  /** Undefined is the machine that we run on. */
  readonly platform?: string | undefined;
  /** Beside what every server bundle has, relative to its folder. */
  readonly more?: readonly Part[];
}

const FOLDER = 'concoordserver';
/** Of our package.json, what Node.js and the commands read, `concoord bundle` among them. */
const FIELDS = [
  'name',
  'version',
  'description',
  'license',
  'type',
  'bin',
  'exports',
  'engines',
  'dependencies',
  'optionalDependencies',
];

/**
 * Everything that a replica needs beside Node.js, in one file.
 *
 * @throws ConCoordError for a platform that there is none for, or whose compiled parts are not installed.
 */
export function makeServerBundle({ platform, more = [] }: ServerBundleOrder = {}): ServerBundle {
  const target = findPlatform(platform);
  requireBuilt();
  const manifest = readManifest(PACKAGE);
  const { parts, noIsolates } = dependenciesFor(target);
  const kept = Object.fromEntries(FIELDS.map((field) => [field, manifest[field]]));
  const own: readonly Part[] = [
    textPart('package.json', `${JSON.stringify({ ...kept, private: true }, null, 2)}\n`),
    textPart('README.md', serverReadme(target.name, noIsolates)),
    { path: 'LICENSE', bytes: readPart(join(PACKAGE, 'LICENSE')) },
    ...readFiles(join(PACKAGE, 'bin'), 'bin/', (path) => path.endsWith('.js')).map((part) => ({
      ...part,
      executable: part.path !== 'bin/start.js',
    })),
    ...readFiles(join(PACKAGE, 'dist'), 'dist/', () => true),
  ];
  const all = [...own, ...parts, ...more].map((part) => ({
    ...part,
    path: `${FOLDER}/${part.path}`,
  }));
  const { version } = manifest;
  return { ...archive(all), platform: target.name, folder: FOLDER, version, noIsolates };
}

export function textPart(path: string, text: string): Part {
  return { path, bytes: new TextEncoder().encode(text) };
}
