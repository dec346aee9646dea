/** Documentation is checked like code: what it names must exist, and what exists must be in it. */
import { deepEqual, equal, fail } from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ERROR_CATALOG } from '../src/base/index.ts';
import { DEFAULT_TIMEOUT_MS, readCallOptions, readProxyOptions } from '../src/client/options.ts';
import { QUORUM_TIMEOUT_MS } from '../src/session/service.ts';
import { builtInNames, findBuiltIn } from '../src/library/index.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Page {
  /** Relative to the root of the repository. */
  readonly path: string;
  readonly text: string;
}

const PAGES: readonly Page[] = ['', 'docs/', 'examples/'].flatMap((folder) =>
  existsSync(ROOT + folder)
    ? readdirSync(ROOT + folder, { recursive: folder !== '', encoding: 'utf8' })
        .filter((name) => name.endsWith('.md'))
        .toSorted()
        .map((name) => ({ path: folder + name, text: readFileSync(ROOT + folder + name, 'utf8') }))
    : [],
);

/** The anchors that a page offers, as the usual renderers make them from its headings. */
function anchorsOf(text: string): readonly string[] {
  return [...withoutCode(text).matchAll(/^#+ +(.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replace(/\s/g, '-'),
  );
}

function withoutCode(text: string): string {
  return text.replace(/^```[^]*?^```$/gm, '');
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim();
}

test('docs/errors.md has exactly the codes of the catalog, in its order, with its remedies', () => {
  const page = readFileSync(`${ROOT}docs/errors.md`, 'utf8');
  const sections = page.split(/^## /m).slice(1);

  const documented = sections.map((section) => /^`(\w+)`/.exec(section)?.[1]);
  deepEqual(documented, Object.keys(ERROR_CATALOG));
  for (const [index, { retry, remedy }] of Object.values(ERROR_CATALOG).entries()) {
    const last = oneLine(sections[index]?.trim().split('\n\n').at(-1) ?? '');
    equal(last, `Retry: ${retry}. Remedy: ${remedy}`, `docs/errors.md, ${documented[index]}`);
  }
});

test('docs/proxies.md has the options of proxies and calls, with the defaults that are numbers', () => {
  const page = readFileSync(`${ROOT}docs/proxies.md`, 'utf8');
  const section = page.split(/^## Options$/m)[1]?.split(/^## /m)[0] ?? '';
  const tables = section.split(/^\| --- .*$/m).slice(1);
  const rows = tables.map((table) =>
    [...table.matchAll(/^\| `(\w+)` \| ([^|]+) \|/gm)].map(([, name = '', value = '']) => [
      name,
      value,
    ]),
  );

  const known = (read: () => unknown): readonly string[] => {
    try {
      read();
    } catch (error) {
      return / only (.*)$/.exec((error as Error).message)?.[1]?.split(', ') ?? [];
    }
    return [];
  };
  const ofProxies = known(() => readProxyOptions({ nothing: 1 }));
  const ofCalls = known(() => readCallOptions({ nothing: 1 }, readProxyOptions({}).call));
  const names = rows.map((table) => table.map(([name = '']) => name).toSorted());
  deepEqual(names, [ofProxies.toSorted(), ofCalls.toSorted()]);
  const defaults = Object.fromEntries(rows[0] ?? []);
  equal(defaults['timeoutMs'], String(DEFAULT_TIMEOUT_MS));
  equal(defaults['quorumTimeoutMs'], String(QUORUM_TIMEOUT_MS));
});

test('docs/library.md has every ready-made object with its calls, and says which of them are reads', () => {
  const page = readFileSync(`${ROOT}docs/library.md`, 'utf8');
  const sections = new Map(
    page
      .split(/^### /m)
      .map((section) => [/`(concoord\.object\.\S+)`/.exec(section)?.[1], section]),
  );

  for (const name of builtInNames()) {
    const rows = [
      ...(sections.get(name) ?? '').matchAll(/^\| `(\w+)(?:\(.*?\))?` \| (read )?\| /gm),
    ];
    const methods = findBuiltIn(name)?.methods.filter((method) => !method.name.startsWith('__'));
    deepEqual(
      rows.map(([, method, read]) => `${method} ${read ?? ''}`).toSorted(),
      methods?.map((method) => `${method.name} ${method.read ? 'read ' : ''}`).toSorted(),
      `docs/library.md, ${name}`,
    );
  }
});

test('links between pages lead somewhere', () => {
  const broken = PAGES.flatMap(({ path, text }) =>
    [...withoutCode(text).matchAll(/\]\((?!\w+:)([^)#\s]*)(?:#([^)\s]+))?\)/g)].flatMap(
      ([link, file = '', anchor]) => {
        const target = file === '' ? path : join(dirname(path), file);
        if (!existsSync(ROOT + target)) return [`${path}: ${link}: there is no ${target}`];
        if (anchor === undefined || !target.endsWith('.md')) return [];
        const anchors = anchorsOf(readFileSync(ROOT + target, 'utf8'));
        return anchors.includes(anchor) ? [] : [`${path}: ${link}: no such heading in ${target}`];
      },
    ),
  );

  if (broken.length > 0) fail(`\n${broken.join('\n')}`);
});

test('the npm commands that pages name exist', () => {
  const { scripts }: { scripts: Record<string, string> } = JSON.parse(
    readFileSync(`${ROOT}package.json`, 'utf8'),
  );
  const missing = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(/\bnpm (?:run )(?:--?[\w-]+ )*([\w:-]+)|\bnpm (test|start)\b/g)]
      .map(([, script, short]) => script ?? short ?? '')
      .filter((script) => !(script in scripts))
      .map((script) => `${path}: npm run ${script}: package.json has no such script`),
  );

  if (missing.length > 0) fail(`\n${missing.join('\n')}`);
});

test('the files that pages name in the repository exist', () => {
  const named = /`((?:src|test|docs|scripts|bin|bench|examples)\/[\w./-]+\.\w+)`/g;
  const missing = PAGES.flatMap(({ path, text }) =>
    [...text.matchAll(named)]
      .map(([, file = '']) => file)
      .filter((file) => !existsSync(ROOT + file))
      .map((file) => `${path}: there is no ${file}`),
  );

  if (missing.length > 0) fail(`\n${missing.join('\n')}`);
});
