/**
 * The layout of the house, checked. Rules and their reasons are tables in layout/rules.ts; each finding names
 * the place and what to write instead.
 */
import { fail } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  ENTRY_POINTS,
  EVERYWHERE_BANS,
  FLOORS,
  LIMITS,
  MAY_PRINT,
  PRINT_BAN,
  PURE_BANS,
  PURE_FOLDERS,
  SIDE_ENTRANCES,
  SOURCE_BANS,
  TEST_BANS,
} from './layout/rules.ts';
import type { Ban } from './layout/rules.ts';
import { functionsOf, importsOf, lineAt, readSource } from './layout/source.ts';
import type { Import, Source } from './layout/source.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const NOT_OURS = /^(?:\.git|node_modules|dist.*|coverage|concoord-data)$/;
const BINARY = /\.(?:bin|gz|png|ico|tgz|wal|snapshot)$/;

function filesUnder(folder: string): readonly string[] {
  return readdirSync(ROOT + folder, { withFileTypes: true })
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap((entry) => {
      const path = folder + entry.name;
      if (NOT_OURS.test(entry.name)) return [];
      if (entry.isDirectory()) return filesUnder(`${path}/`);
      return entry.isFile() && !BINARY.test(path) ? [path] : [];
    });
}

const FILES = filesUnder('');
const SOURCES = FILES.filter((path) => path.endsWith('.ts')).map((path) =>
  readSource(path, readFileSync(ROOT + path, 'utf8')),
);
const IN_SRC = SOURCES.filter(({ path }) => path.startsWith('src/'));
/** What is shipped. Tests and what only they share may import what they want. */
const PRODUCT = IN_SRC.filter(({ path }) => !/(?:\.test|\btest-kit)\.ts$/.test(path));
const PURE = PRODUCT.filter(({ path }) => PURE_FOLDERS.includes(folderOf(path)));

/** The folder of src/ that a file lies in. */
function folderOf(path: string): string {
  return path.split('/')[1] ?? '';
}

function expectNone(findings: readonly string[]): void {
  if (findings.length > 0) fail(`\n${findings.join('\n')}`);
}

function findBans(source: Source, text: string, bans: readonly Ban[]): readonly string[] {
  return bans.flatMap(({ pattern, instead }) =>
    [...text.matchAll(pattern)].map(
      (match) => `${source.path}:${lineAt(source, match.index)}: '${match[0].trim()}': ${instead}`,
    ),
  );
}

/** Asks a question of every import of these files; a string is a finding. */
function judgeImports(
  sources: readonly Source[],
  judge: (source: Source, imported: Import) => string | undefined,
): readonly string[] {
  return sources.flatMap((source) =>
    importsOf(source).flatMap((imported) => {
      const finding = judge(source, imported);
      return finding === undefined ? [] : [`${source.path}:${imported.line}: ${finding}`];
    }),
  );
}

test('every file of src/ lies in a folder that has a floor', () => {
  const lost = IN_SRC.map(({ path }) => path).filter(
    (path) =>
      path !== 'src/pure-globals.d.ts' &&
      !(/^src\/[a-z]+\/[a-z0-9-]+(?:\.test)?\.ts$/.test(path) && folderOf(path) in FLOORS),
  );

  const instead = 'name it src/<folder>/<name>.ts, the folder from FLOORS in test/layout/rules.ts';
  expectNone(lost.map((path) => `${path}:1: ${instead}`));
});

test('imports run downwards only', () => {
  const findings = judgeImports(PRODUCT, (source, { target }) => {
    if (target === undefined) return undefined;
    const [from, to] = [folderOf(source.path), folderOf(target)];
    const allowed = FLOORS[from] ?? [];
    if (!target.startsWith('src/')) return `${target} is not under src/: move what you need there`;
    if (from === to || allowed.includes(to)) return undefined;
    const known = allowed.map((folder) => `${folder}/`).join(', ') || 'nothing';
    return `${from}/ may know ${known}, and not ${to}/: pass it in, or move the shared part down`;
  });

  expectNone(findings);
});

test('a folder is entered through its index.ts, and imports are short relative paths to .ts files', () => {
  const findings = judgeImports(PRODUCT, (source, { specifier, target }) => {
    if (target === undefined) return undefined;
    if (!target.endsWith('.ts')) return `'${specifier}': write the .ts file that it means`;
    if (specifier.includes('../../'))
      return `'${specifier}': at most one '../', src/ is two levels deep`;
    const [from, to] = [folderOf(source.path), folderOf(target)];
    if (from !== to && !target.endsWith('/index.ts') && !SIDE_ENTRANCES.includes(target)) {
      return `'${specifier}': import '../${to}/index.ts' and list the name there`;
    }
    return undefined;
  });

  expectNone(findings);
});

test('modules of Node.js are named with node:, and floors 0 to 2 have no package at all', () => {
  const findings = judgeImports(PRODUCT, (source, { specifier, target }) => {
    if (target !== undefined) return undefined;
    if (!specifier.startsWith('node:') && isBuiltin(specifier))
      return `'${specifier}': write 'node:${specifier}'`;
    if (!PURE_FOLDERS.includes(folderOf(source.path))) return undefined;
    return `'${specifier}': declare a port in host/ports.ts and let platform/ and sim/ implement it`;
  });

  expectNone(findings);
});

test('floors 0 to 2 know no clock, dice, promise, collector or locale', () => {
  expectNone(PURE.flatMap((source) => findBans(source, source.code, PURE_BANS)));
});

test('exports are named, and listed one by one', () => {
  expectNone(IN_SRC.flatMap((source) => findBans(source, source.code, SOURCE_BANS)));
});

test('only the surfaces for people print', () => {
  const silent = PRODUCT.filter(({ path }) => !MAY_PRINT.test(path));

  expectNone(silent.flatMap((source) => findBans(source, source.code, [PRINT_BAN])));
});

test('files, functions and lines have a length that a person can hold', () => {
  const findings = SOURCES.flatMap((source) => {
    const lines = source.text.trimEnd().split('\n');
    const found: [line: number, what: string][] = [];
    if (lines.length > LIMITS.fileLines) {
      found.push([
        1,
        `${lines.length} lines, at most ${LIMITS.fileLines}: give a concept its own file`,
      ]);
    }
    for (const [index, { length }] of lines.entries()) {
      if (length <= LIMITS.lineCharacters) continue;
      found.push([
        index + 1,
        `${length} characters, at most ${LIMITS.lineCharacters}: break the line`,
      ]);
    }
    for (const span of functionsOf(source)) {
      if (span.lines <= LIMITS.functionLines) continue;
      const size = `a function of ${span.lines} lines, at most ${LIMITS.functionLines}`;
      found.push([span.line, `${size}: let it decide, and helpers do one thing each`]);
    }
    return found.map(([line, what]) => `${source.path}:${line}: ${what}`);
  });

  expectNone(findings);
});

test('no file of src/ is dead', () => {
  const alive = new Set<string>();
  for (const source of SOURCES) {
    // A file which only its own unit test knows is dead all the same.
    const own = source.path.replace(/\.test\.ts$/, '.ts');
    for (const { target } of importsOf(source)) {
      if (target !== undefined && target !== own) alive.add(target);
    }
  }

  const dead = PRODUCT.filter(
    ({ path }) => !alive.has(path) && !ENTRY_POINTS.some((entry) => entry.test(path)),
  );

  const instead =
    'nothing imports it: delete it, or add it to ENTRY_POINTS in test/layout/rules.ts';
  expectNone(dead.map(({ path }) => `${path}:1: ${instead}`));
});

test('every path that package.json exports has a source', () => {
  const manifest: { exports: Record<string, string | null | { default: string }> } = JSON.parse(
    readFileSync(`${ROOT}package.json`, 'utf8'),
  );
  const findings = Object.entries(manifest.exports).flatMap(([name, target]) => {
    // null: not exported, although a pattern says so.
    if (typeof target === 'string' || target === null) return [];
    const source = target.default.replace('./dist/', 'src/').replace(/\.js$/, '.ts');
    const found = FILES.some((path) => {
      const [head = '', tail] = source.split('*');
      return tail === undefined ? path === source : path.startsWith(head) && path.endsWith(tail);
    });
    return found ? [] : [`package.json:1: '${name}' is exported and there is no ${source}`];
  });

  expectNone(findings);
});

test('nothing is left undone, and no file speaks of the machine that it was written on', () => {
  const findings = FILES.flatMap((path) => {
    const text = readFileSync(ROOT + path, 'utf8');
    return findBans({ path, text, withStrings: text, code: text }, text, EVERYWHERE_BANS);
  });

  expectNone(findings);
});

test('no test is focused', () => {
  const tests = SOURCES.filter(({ path }) => path.endsWith('.test.ts'));

  expectNone(tests.flatMap((source) => findBans(source, source.code, TEST_BANS)));
});
