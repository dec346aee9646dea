/**
 * Classes of users, and the proxies that are written for them, in test/fixtures/proxies. After a change that
 * is wanted, run this with CONCOORD_UPDATE_FIXTURES=1 and read what git diff says.
 */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { after, before, test } from 'node:test';
import {
  compile,
  generateFixture,
  installDeclarations,
  installTypeScript,
  readFixtures,
  STRICTEST,
  updateFixture,
  writeTree,
} from './fixture-test-kit.ts';

const IS_UPDATE = process.env['CONCOORD_UPDATE_FIXTURES'] === '1';
const folder = mkdtempSync(join(tmpdir(), 'concoord-codegen-'));

before(() => installTypeScript(folder));
after(() => rmSync(folder, { recursive: true, force: true }));

function proxiesIn(at: string): ReadonlyMap<string, string> {
  const names = readdirSync(at, { recursive: true, encoding: 'utf8' });
  const found = names.filter((name) => /proxy\.(?:d\.)?m?[jt]s$/.test(name)).toSorted();
  return new Map(found.map((name) => [name, readFileSync(join(at, name), 'utf8')]));
}

for (const fixture of readFixtures()) {
  test(`the proxy of '${fixture.name}' is what it was, every time`, () => {
    const at = join(folder, fixture.name);

    const paths = generateFixture(fixture, at);
    const proxies = proxiesIn(at);
    const again = generateFixture(fixture, at);

    if (IS_UPDATE) updateFixture(fixture, proxies);
    const expected = fixture.sections.filter(({ kind }) => kind === 'proxy');
    if (!IS_UPDATE) {
      deepEqual(
        [...proxies].map(([name, text]) => ({ kind: 'proxy', name, text })),
        expected,
      );
    }
    deepEqual(again, paths);
    deepEqual(proxiesIn(at), proxies);
    equal(proxies.has(relative(at, paths[0] ?? '')), true);
    for (const text of proxies.values()) {
      equal(text.includes(folder), false, 'it names no path of this machine');
      equal(/\bany\b/.exec(text.replaceAll(/\/\*[^]*?\*\//g, ''))?.[0], undefined);
    }
  });
}

test('every proxy compiles under the strictest options, and its types are those of the class', () => {
  writeTree(folder, {
    'tsconfig.json': JSON.stringify({
      compilerOptions: STRICTEST,
      include: ['**/*proxy.*', '**/use.*'],
      exclude: ['node_modules'],
    }),
  });
  equal(installDeclarations(folder), '');

  equal(compile(folder, 'tsconfig.json'), '');
});

test('what declarations declare as a value is there in JavaScript', () => {
  const values = (text: string | undefined): readonly string[] =>
    [...(text ?? '').matchAll(/^export (?:declare )?(?:const|class) (\w+)/gm)].map(
      ([, one]) => one ?? '',
    );
  let pairs = 0;
  for (const { sections } of readFixtures()) {
    for (const { name, text } of sections.filter(({ kind }) => kind === 'proxy')) {
      if (!name.includes('.d.')) continue;
      const js = sections.find((one) => one.name === name.replace(/\.d\.(m?)ts$/, '.$1js'));

      deepEqual(values(js?.text), values(text), name);
      pairs++;
    }
  }
  equal(pairs, 2);
});

test('proxies run as they are: their syntax is erasable, and they import concoord alone', () => {
  for (const { name, sections } of readFixtures()) {
    for (const proxy of sections.filter(({ kind }) => kind === 'proxy')) {
      if (/\.d\.m?ts$/.test(proxy.name)) continue;
      const isTypeScript = proxy.name.endsWith('ts');

      const erased = isTypeScript ? stripTypeScriptTypes(proxy.text) : proxy.text;

      const imports = [...erased.matchAll(/\bfrom '([^']+)'/g)].map(([, from]) => from);
      deepEqual(imports, ['concoord'], `${name}: ${proxy.name}`);
    }
  }
});
