import { equal, throws } from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeFolders } from './make-folders.ts';

test('folders are made with those above them, and may be there', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'concoord-folders-'));
  t.after(() => rmSync(root, { recursive: true }));
  const path = join(root, 'a', 'b');

  makeFolders(path, 0o700);
  makeFolders(path, 0o700);

  equal(statSync(path).mode & 0o777, 0o700);
  equal(statSync(join(root, 'a')).mode & 0o777, 0o700);
});

test('what cannot be made is told, and not tried for ever', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'concoord-folders-'));
  t.after(() => rmSync(root, { recursive: true }));
  writeFileSync(join(root, 'file'), '');

  throws(() => makeFolders(join(root, 'file')), { code: 'EEXIST' });
  throws(() => makeFolders(join(root, 'file', 'a')), { code: 'ENOTDIR' });
  if (existsSync('/proc/self')) throws(() => makeFolders('/proc/nowhere/a'), { code: 'ENOENT' });
});
