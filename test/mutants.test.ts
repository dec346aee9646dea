/** Planted bugs rot with the source that they break: each must still have its place. */
import { deepEqual, notEqual } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { MUTATIONS } from './mutants/mutations.ts';
import { replaceOnce } from './mutants/replace-once.ts';

const SOURCES = fileURLToPath(new URL('../src/', import.meta.url));

test('every planted bug has its place in the source, and every proof is there', () => {
  for (const mutation of MUTATIONS) {
    const source = readFileSync(`${SOURCES}${mutation.file}`, 'utf8');
    notEqual(replaceOnce(source, mutation), source);
    if (mutation.proof !== undefined) readFileSync(`${SOURCES}../${mutation.proof}`);
  }
});

test('planted bugs have names of their own', () => {
  const names = MUTATIONS.map(({ name }) => name);
  deepEqual([...new Set(names)], names);
});
