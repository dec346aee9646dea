import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { writeObjectProxy } from './object-proxy.ts';
import type { ProxyOrder } from './object-proxy.ts';
import type { ProxyType } from './proxy-type.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const FIXTURES = join(ROOT, 'test/fixtures/proxies');
const MODULES = join(ROOT, 'node_modules');
const CLIENT = join(ROOT, 'src/client/index.ts');

/** The strictest that users may have. */
export const STRICTEST = {
  target: 'es2023',
  lib: ['es2023', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [join(MODULES, '@types')],
  noEmit: true,
  strict: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  isolatedDeclarations: true,
  declaration: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  noImplicitOverride: true,
  noPropertyAccessFromIndexSignature: true,
  noUnusedLocals: true,
  noUnusedParameters: true,
  allowImportingTsExtensions: true,
};

/** The compilers that users have, by the folders in which they are installed here. */
export const COMPILERS = ['typescript', 'typescript-6'] as const;

/** What the compiler says of a project in a folder: nothing, when all is well. */
export function compile(
  cwd: string,
  project: string,
  compiler: (typeof COMPILERS)[number] = 'typescript',
): string {
  const tsc = join(MODULES, compiler, 'bin/tsc');
  const settings = { cwd, encoding: 'utf8' } as const;
  const { stdout, stderr } = spawnSync(process.execPath, [tsc, '-p', project], settings);
  return stdout + stderr;
}

/**
 * The package as programs in this folder import it, with the declarations that are shipped.
 *
 * @returns What the compiler says of them.
 */
export function installDeclarations(folder: string): string {
  const declarations = {
    extends: join(ROOT, 'tsconfig.json'),
    compilerOptions: {
      noEmit: false,
      emitDeclarationOnly: true,
      declaration: true,
      rootDir: join(ROOT, 'src'),
      outDir: join(folder, 'node_modules/concoord'),
      typeRoots: STRICTEST.typeRoots,
    },
    files: [CLIENT],
    include: [],
  };
  const exports = { '.': { types: './client/index.d.ts', default: './index.js' } };
  writeTree(folder, {
    'client.json': JSON.stringify(declarations),
    'node_modules/concoord/package.json': JSON.stringify({ type: 'module', exports }),
    'node_modules/concoord/index.js': `export * from '${pathToFileURL(CLIENT).href}';\n`,
  });
  return compile(folder, 'client.json');
}

/** A class with what was made of it: sections of one text, each begun by `=== kind name`. */
export interface Fixture {
  readonly name: string;
  readonly sections: readonly Section[];
}

export interface Section {
  /** `order` (flags of the command), `source`, `use` (compiled with the proxy) or `proxy`. */
  readonly kind: string;
  readonly name: string;
  readonly text: string;
}

export function readFixtures(): readonly Fixture[] {
  return readdirSync(FIXTURES)
    .toSorted()
    .map((file) => ({
      name: file.replace('.txt', ''),
      sections: readFileSync(join(FIXTURES, file), 'utf8')
        .split(/^=== /m)
        .slice(1)
        .map(readSection),
    }));
}

function readSection(section: string): Section {
  const end = section.indexOf('\n');
  const [kind = '', ...name] = section.slice(0, end).split(' ');
  return { kind, name: name.join(' '), text: section.slice(end + 1) };
}

/** Puts what was generated in the place of what was expected, for a person to look at. */
export function updateFixture(fixture: Fixture, proxies: ReadonlyMap<string, string>): void {
  const kept = fixture.sections.filter(({ kind }) => kind !== 'proxy');
  const made = [...proxies].map(([name, text]) => ({ kind: 'proxy', name, text }));
  const texts = [...kept, ...made].map(({ kind, name, text }) => `=== ${kind} ${name}\n${text}`);
  writeFileSync(join(FIXTURES, `${fixture.name}.txt`), texts.join(''));
}

/** Lays the files of a fixture out in a folder, as a user has them, and carries the orders out. */
export function generateFixture(
  { sections }: Fixture,
  folder: string,
  flags: Partial<ProxyOrder> = {},
): readonly string[] {
  writeTree(folder, { 'package.json': '{ "type": "module" }' });
  for (const { kind, name, text } of sections) {
    if (kind === 'source' || kind === 'use') writeTree(folder, { [name]: text });
  }
  const orders = sections.filter(({ kind }) => kind === 'order');
  return orders.map(({ name }) => writeObjectProxy({ ...orderOf(name, folder), ...flags }));
}

function orderOf(flags: string, cwd: string): ProxyOrder {
  const words = flags.split(' ');
  const after = (flag: string): string | undefined => {
    const at = words.indexOf(flag);
    return at === -1 ? undefined : words[at + 1];
  };
  return {
    ...order(after('-o') ?? '', cwd),
    type: Number(after('-p') ?? 0) as ProxyType,
    js: words.includes('--js'),
    token: after('-t'),
  };
}

export function order(name: string, cwd: string): ProxyOrder {
  const silent = (): void => undefined;
  const told = { members: new Map<string, never>(), step: silent, warn: silent };
  const flags = { out: undefined, js: false, standalone: false, force: false, token: undefined };
  return { name, type: 0, ...flags, searchPath: '', cwd, ...told };
}

export function writeTree(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** A project whose developer has TypeScript. */
export function installTypeScript(folder: string): void {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  symlinkSync(join(MODULES, 'typescript'), join(folder, 'node_modules/typescript'));
}

/** A project in which proxies find what they import. */
export function installClient(folder: string): void {
  writeTree(folder, { 'node_modules/concoord/package.json': '{}' });
}
