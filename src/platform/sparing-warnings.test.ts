import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { SparingWarnings } from './sparing-warnings.ts';

test('a warning that is caused again and again is said now and then, with how often', () => {
  let now = 0;
  const lines: string[] = [];
  const logger = {
    debug: () => undefined,
    info: () => undefined,
    warn: (line: string) => lines.push(line),
  };
  const warnings = new SparingWarnings(logger, () => now);

  for (; now < 25_000; now += 100) warnings.warn('a', `at ${now}`);
  warnings.warn('b', 'another');
  for (let i = 0; i < 1000; i++) warnings.warn(`c${i}`, 'c');

  deepEqual(lines.slice(0, 4), [
    'at 0',
    'at 10000; 99 more since',
    'at 20000; 99 more since',
    'another',
  ]);
});
