/** What users do with proxies of each type: compile them with the compiler that they have, and run them. */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  compile,
  COMPILERS,
  generateFixture,
  installDeclarations,
  installTypeScript,
  readFixtures,
  STRICTEST,
  writeTree,
} from './fixture-test-kit.ts';
import { PROXY_TYPES } from './proxy-type.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-compilers-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** By type, then by class. */
const proxies: string[] = [];

before(() => {
  installTypeScript(folder);
  equal(installDeclarations(folder), '');
  for (const type of PROXY_TYPES.keys()) {
    for (const fixture of readFixtures()) {
      const at = join(folder, `type-${type}`, fixture.name);
      proxies.push(...generateFixture(fixture, at, { type: type as 0 | 1 | 2 | 3 }));
    }
  }
  const include = ['type-*/**/*proxy.*', 'type-*/**/use.*'];
  writeTree(folder, { 'tsconfig.json': JSON.stringify({ compilerOptions: STRICTEST, include }) });
});

for (const compiler of COMPILERS) {
  test(`proxies of all types compile with ${compiler} under the strictest options`, () => {
    equal(compile(folder, 'tsconfig.json', compiler), '');
  });
}

test('the compilers are the two that users have', () => {
  const majors = COMPILERS.map((name) => {
    const manifest = new URL(`../../node_modules/${name}/package.json`, import.meta.url);
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version.split(
      '.',
    )[0];
  });
  deepEqual(majors, ['7', '6']);
});

test('proxies of all types run as they are', async () => {
  let classes = 0;
  for (const path of new Set(proxies)) {
    const module = (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
    for (const [name, Made] of Object.entries(module)) {
      if (typeof Made !== 'function') continue;
      const proxy = Reflect.construct(Made, ['127.0.0.1:1', { timeoutMs: 1 }]) as {
        toString(): string;
      };
      equal(proxy.toString(), `${name}(127.0.0.1:1)`);
      classes++;
    }
  }
  equal(classes >= 12 * PROXY_TYPES.length, true, `${classes} classes`);
});
