import { deepEqual, equal, throws } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { decodeBundle } from '../loading/index.ts';
import type { Bundle } from '../loading/index.ts';
import { packObject, readPackedObject } from './packed-objects.ts';

const BUNDLE: Bundle = {
  format: 1,
  name: 'tencounter.TenCounter',
  hash: '0'.repeat(64),
  code: 'return {}',
  methods: [{ name: 'increment', read: false }],
};

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-packed-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, 'objects'));
  return folder;
}

test('an object that was packed is found by its name, as it was', (t) => {
  const folder = folderOf(t);
  const { path, bytes } = packObject(BUNDLE);
  writeFileSync(join(folder, path), bytes);

  const found = readPackedObject(BUNDLE.name, folder);

  deepEqual(decodeBundle(found ?? new Uint8Array()), BUNDLE);
});

test('a name is no path', (t) => {
  const folder = folderOf(t);
  writeFileSync(join(folder, 'secret.packed'), '');
  for (const name of ['../secret', 'other.Class', '', '.', join(folder, 'secret')]) {
    equal(readPackedObject(name, folder), undefined, name);
  }
  equal(readPackedObject('a.B', join(folder, 'not-there')), undefined);
});

test('what is no file, or too large for an object, is refused', (t) => {
  const folder = folderOf(t);
  mkdirSync(join(folder, 'objects/a.B.packed'));
  writeFileSync(join(folder, 'objects/c.D.packed'), Buffer.alloc(64 * 1024 * 1024));
  for (const name of ['a.B', 'c.D']) {
    throws(() => readPackedObject(name, folder), { code: 'CODE_MISMATCH', remedy: /anew/ });
  }
});
