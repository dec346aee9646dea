import { deepEqual, equal, throws } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findSource } from './find-source.ts';
import { writeTree } from './fixture-test-kit.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-find-'));
after(() => rmSync(folder, { recursive: true, force: true }));
writeTree(folder, {
  'one/tencounter.mts': '',
  'two/tencounter.ts': '',
  'two/deep/er/box.js': '',
  'here/tencounter.mjs': '',
  'here/own.mjs': '',
  'here/node_modules/pack/lib.js': '',
});

/** Where a class is found from `here`, relative to the folder. */
function find(name: string, path = ''): string {
  return findSource(name, path, join(folder, 'here')).file.replace(`${folder}/`, '');
}

test('directories of the path come before the working directory, and .ts before .mts, .js and .mjs', () => {
  const [one, two] = [join(folder, 'one'), join(folder, 'two')];
  equal(find('tencounter.TenCounter'), 'here/tencounter.mjs');
  equal(find('tencounter.TenCounter', `${one}:${two}`), 'one/tencounter.mts');
  equal(find('tencounter.TenCounter', `${two}:${one}`), 'two/tencounter.ts');
  equal(find('tencounter.TenCounter', `:${one}`), 'here/tencounter.mjs', 'an empty entry is here');
  equal(find('tencounter.TenCounter', '../one'), 'one/tencounter.mts');
  equal(find('own.Own', `${one}:${two}`), 'here/own.mjs');
});

test('dots are folders, and a file can be named itself', () => {
  equal(find('deep.er.box.Box', join(folder, 'two')), 'two/deep/er/box.js');
  deepEqual(findSource('../two/deep/er/box.js#Box', '', join(folder, 'here')), {
    file: join(folder, 'two/deep/er/box.js'),
    className: 'Box',
    stem: 'box',
    prefix: 'box.',
    folder: 'beside',
  });
});

test('beside what is installed no proxy is written', () => {
  const installed = findSource('./node_modules/pack/lib.js#Lib', '', join(folder, 'here'));
  const builtIn = findSource('concoord.object.counter.Counter', '', folder);

  equal(installed.folder, 'working directory');
  equal(builtIn.folder, 'working directory');
  deepEqual([builtIn.className, builtIn.stem], ['Counter', 'counter']);
});

test('a name that leads nowhere is refused as replicas refuse it', () => {
  const path = join(folder, 'one');

  throws(() => find('none.None', path), {
    code: 'INVALID_CLASS',
    message: /looked in .*one, .*here/,
  });
  throws(() => find('concoord.object.none.None', path), { code: 'INVALID_CLASS' });
});
