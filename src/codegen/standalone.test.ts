import { deepEqual, equal, rejects } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import {
  compile,
  generateFixture,
  readFixtures,
  STRICTEST,
  writeTree,
} from './fixture-test-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-standalone-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Everything but what needs a compiler, or the package of somebody else. */
const FIXTURES = readFixtures().filter(({ name }) => !/inferred|javascript|packages/.test(name));

interface ProxyModule {
  readonly Counter: new (bootstrap: string) => {
    getvalue(): Promise<number>;
    close(): Promise<void>;
    toString(): string;
  };
  readonly outcome: unknown;
  readonly ConCoordError: new (code: string, message: string) => Error;
}

test('a proxy that needs no package has the same types, and what it declares', async () => {
  const paths = FIXTURES.flatMap((fixture) => {
    const at = join(folder, fixture.name);
    const made = generateFixture(fixture, at, { standalone: true });
    for (const { kind, name, text } of fixture.sections) {
      // The proxy is JavaScript, whatever the source is.
      if (kind === 'use') writeTree(at, { [name]: text.replaceAll("proxy.ts'", "proxy.js'") });
    }
    return made;
  });
  const compilerOptions = STRICTEST;
  const include = ['**/*proxy.d.ts', '**/use.ts'];
  writeTree(folder, { 'tsconfig.json': JSON.stringify({ compilerOptions, include }) });

  equal(compile(folder, 'tsconfig.json'), '');

  for (const path of new Set(paths)) {
    const text = readFileSync(path, 'utf8');
    const imports = [...text.matchAll(/^import .* from "([^"]+)"/gm)].map(([, from]) => from ?? '');
    const foreign = imports.filter((from) => !builtinModules.includes(from.replace('node:', '')));
    deepEqual(foreign, [], `${path} needs Node.js alone`);
    equal(text.includes(folder), false, 'it names no path of this machine');
    const declared = readFileSync(path.replace(/js$/, 'd.ts'), 'utf8');
    const names = [...declared.matchAll(/^export declare (?:class|function|const) (\w+)/gm)]
      .map(([, name]) => name ?? '')
      .filter((name) => !name.startsWith('concoord_'));
    const module = (await import(pathToFileURL(path).href)) as object;
    deepEqual(Object.keys(module).toSorted(), names.toSorted(), path);
  }
});

test('such a proxy runs the client engine that it brings', async () => {
  const fixture = FIXTURES.find(({ name }) => name === 'counter');
  const at = join(folder, 'run');
  const [path = ''] =
    fixture === undefined ? [] : generateFixture(fixture, at, { standalone: true });
  const { Counter, ConCoordError } = (await import(pathToFileURL(path).href)) as ProxyModule;

  const c = new Counter('127.0.0.1:14000');
  equal(String(c), 'Counter(127.0.0.1:14000)');
  await c.close();
  await rejects(c.getvalue(), (error) => error instanceof ConCoordError);
});
