import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ConCoordError, limits } from '../base/index.ts';
import { findSource, splitSearchPath } from './find.ts';
import { makeFolder } from './loading-test-kit.ts';

/** What `find` throws is for people: it has a message with the facts and says what to do. */
function refusal(name: string, paths: readonly string[], directory: string): ConCoordError {
  let refused: unknown;
  throws(
    () => findSource(name, { paths, directory }),
    (error) => {
      refused = error;
      return error instanceof ConCoordError;
    },
  );
  ok(refused instanceof ConCoordError);
  equal(refused.code, 'INVALID_CLASS');
  ok(refused.remedy.length > 0);
  return refused;
}

test('a module is looked for along the search path, then in the working directory', (t) => {
  const folder = makeFolder(t, {
    'first/bank.ts': '',
    'second/bank.js': '',
    'second/queue.mjs': '',
    'queue.ts': '',
    'own.mts': '',
  });
  const paths = [join(folder, 'first'), join(folder, 'second')];
  const find = (name: string): string => findSource(name, { paths, directory: folder }).file;

  equal(find('bank.Bank'), join(folder, 'first/bank.ts'));
  equal(find('queue.Queue'), join(folder, 'second/queue.mjs'));
  equal(find('own.Own'), join(folder, 'own.mts'));
});

test('an empty entry of the search path is the working directory, and others are relative to it', (t) => {
  const folder = makeFolder(t, { 'bank.ts': '', 'lib/bank.ts': '', 'lib/only.ts': '' });
  const find = (name: string, path: string): string =>
    findSource(name, { paths: splitSearchPath(path), directory: folder }).file;

  deepEqual(splitSearchPath(undefined), []);
  deepEqual(splitSearchPath('a::b'), ['a', '', 'b']);
  equal(find('bank.Bank', 'lib'), join(folder, 'lib/bank.ts'));
  equal(find('bank.Bank', ':lib'), join(folder, 'bank.ts'));
  equal(find('only.Only', ':lib'), join(folder, 'lib/only.ts'));
});

test('dots are folders, and sources come before what was compiled from them', (t) => {
  const folder = makeFolder(t, { 'a/b.js': '', 'a/b.ts': '', 'münze/größe.ts': '' });

  deepEqual(findSource('a.b.C', { paths: [], directory: folder }), {
    name: 'a.b.C',
    exported: 'C',
    file: join(folder, 'a/b.ts'),
  });
  equal(
    findSource('münze.größe.Zähler', { paths: [], directory: folder }).file,
    join(folder, 'münze/größe.ts'),
  );
});

test('a file is named by its path, and the object by the file alone', (t) => {
  const folder = makeFolder(t, { 'deep/file.v2.ts': '' });

  for (const path of ['./deep/file.v2.ts', join(folder, 'deep/file.v2.ts')]) {
    deepEqual(findSource(`${path}#C`, { paths: [], directory: folder }), {
      name: 'file.v2.C',
      exported: 'C',
      file: join(folder, 'deep/file.v2.ts'),
    });
  }
  equal(
    findSource('../file.v2.ts#C', { paths: [], directory: join(folder, 'deep/x') }).file,
    join(folder, 'deep/file.v2.ts'),
  );
});

test('a module that is nowhere: the message says where it was looked for', (t) => {
  const folder = makeFolder(t, { 'lib/other.ts': '', 'lib/bank/x.ts': '' });
  const { message } = refusal('bank.Bank', [join(folder, 'lib'), '/no/such'], folder);

  ok(message.includes('no module bank{.ts,.mts,.js,.mjs} for bank.Bank'), message);
  ok(message.includes(`${join(folder, 'lib')} (where bank is a directory)`), message);
  ok(message.includes('/no/such (cannot be read)'), message);
  ok(message.endsWith(folder), message);
});

test('names that cannot be meant are refused with what to write', (t) => {
  const folder = makeFolder(t, { 'bank.ts': '', 'text.txt': '', 'dir/x.ts': '' });
  const cases: readonly (readonly [name: string, message: RegExp])[] = [
    ['', /names no module/],
    ['Bank', /names no module/],
    ['bank.', /is no name of a class/],
    ['bank.1st', /is no name of a class/],
    ['.Bank', /is no name/],
    ['a..Bank', /is no name/],
    ['..Bank', /is no name/],
    ['bank.Bank\n', /control characters/],
    ['bank\0.Bank', /control characters/],
    ['./bank.ts', /names no class/],
    ['./bank.ts#', /names no class/],
    ['./bank.ts#a b', /is no name of a class/],
    ['bank.ts#Bank', /is no path/],
    ['none.ts#Bank', /there is no file/],
    ['./dir#Bank', /is a directory/],
    ['./nothing.ts#Bank', /there is no file/],
    ['./text.txt#Text', /is no TypeScript or JavaScript/],
    ['concoord.object.semaphore.Semaphore', /no ready-made object/],
    [`${'a'.repeat(300)}.B`, /has 302 characters/],
    ['/dev/null#X', /TypeScript or JavaScript|not a file/],
  ];

  for (const [name, message] of cases) {
    ok(
      message.test(refusal(name, [], folder).message),
      `${name}: ${refusal(name, [], folder).message}`,
    );
  }
});

test('what a refusal suggests can be typed', (t) => {
  const folder = makeFolder(t, {
    'src/inventory.ts': 'export class Item {}\nexport class Inventory {}',
    'src/deep/x.js': 'export const Queue = class {};',
    'src/broken.ts': 'export class {',
  });
  const cases: readonly (readonly [name: string, suggested: string])[] = [
    ['src/inventory.Inventory', './src/inventory.ts#Inventory'],
    ['src/inventory.ts', './src/inventory.ts#Item'],
    ['./src/inventory', './src/inventory.ts#Item'],
    ['src/inventory.ts#Inventory', './src/inventory.ts#Inventory'],
    ['src/deep', './src/deep/x.js#Queue'],
    ['./src/deep#Queue', './src/deep/x.js#Queue'],
    ['src.inventory.ts.Inventory', 'src.inventory.Inventory'],
  ];

  for (const [name, suggested] of cases) {
    const { remedy } = refusal(name, [], folder);
    ok(remedy.endsWith(` ${suggested}`), `${name}: ${remedy}`);
    equal(findSource(suggested, { paths: [], directory: folder }).file.startsWith(folder), true);
  }
  for (const name of ['src/none.Inventory', 'src/broken.ts', 'src/none/x.ts']) {
    ok(refusal(name, [], folder).remedy.startsWith('Name the module and its class'), name);
  }
});

test('a file that is too large is refused before it is read', (t) => {
  const folder = makeFolder(t, { 'big.ts': ' '.repeat(limits.MAX_SOURCE_BYTES + 1) });

  throws(() => findSource('big.Big', { paths: [], directory: folder }), {
    code: 'TOO_LARGE',
    message: `${join(folder, 'big.ts')} has 4194305 bytes, and a source file at most 4194304`,
  });
});

test('whatever the name, it is found inside the folder or refused clearly', (t) => {
  const folder = makeFolder(t, { 'lib/a.ts': '', 'outside.ts': '' });
  const directory = join(folder, 'lib');
  const part = fc.constantFrom('a', '..', '.', '/', '\\', '#', '%2e', 'outside', 'A', '~', '$');

  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(part).map((parts) => parts.join('')),
      ),
      (name) => {
        try {
          const { file, exported } = findSource(name, { paths: [], directory });
          ok(name.endsWith(exported));
          ok(file.startsWith(directory) || name.includes('#'), file);
        } catch (error) {
          ok(error instanceof ConCoordError, String(error));
        }
      },
    ),
  );
});
