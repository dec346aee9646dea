import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { RotatingLog } from './rotating-log.ts';

test('a log keeps the last lines in a few files of a bounded size', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'concoord-log-'));
  t.after(() => rmSync(root, { recursive: true }));
  const path = join(root, 'a.log');
  for (let life = 0; life < 2; life++) {
    const log = new RotatingLog(path, 1000);
    for (let line = 0; line < 200; line++) log.write(`${life} ${line} ${'x'.repeat(40)}`);
  }
  deepEqual(readdirSync(root).toSorted(), ['a.log', 'a.log.1', 'a.log.2']);
  for (const name of readdirSync(root)) equal(statSync(join(root, name)).size <= 1100, true);
  match(readFileSync(path, 'utf8'), /^1 199 x+\n$/m);
});

test('lines that cannot be written are counted, and said when there is room again', (t) => {
  const root = mkdtempSync(join(tmpdir(), 'concoord-log-'));
  t.after(() => rmSync(root, { recursive: true }));
  const folder = join(root, 'later');
  const log = new RotatingLog(join(folder, 'a.log'));
  log.write('one');
  log.write('two');
  mkdirSync(folder);
  log.write('three');
  equal(readFileSync(join(folder, 'a.log'), 'utf8'), '(2 lines could not be written)\nthree\n');
});
