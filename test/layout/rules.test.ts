import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { EVERYWHERE_BANS, FLOORS, PRINT_BAN, PURE_BANS, SOURCE_BANS, TEST_BANS } from './rules.ts';
import type { Ban } from './rules.ts';

function caught(text: string, bans: readonly Ban[]): readonly string[] {
  return bans.flatMap(({ pattern }) => [...text.matchAll(pattern)].map((match) => match[0]));
}

test('a floor imports nothing that stands beside or above it in the table', () => {
  const order = Object.keys(FLOORS);
  const upwards = Object.entries(FLOORS).flatMap(([folder, imports]) =>
    imports
      .filter((imported) => order.indexOf(imported) >= order.indexOf(folder))
      .map((imported) => `${folder} -> ${imported}`),
  );

  deepEqual(upwards, []);
});

test('the simulator and Node.js never meet', () => {
  deepEqual(FLOORS['sim']?.includes('platform'), false);
  deepEqual(FLOORS['platform']?.includes('sim'), false);
});

test('a pure floor may hold a Date and may not ask for one', () => {
  const text = 'Date.now(); new Date(); Date(); new Date(ms); x instanceof Date; date.getUTCDay()';

  deepEqual(caught(text, PURE_BANS), ['Date.now', 'new Date()', 'Date(']);
});

test('hidden inputs are caught by each of their names', () => {
  const inputs = [
    ...['Math.random', 'async', 'await', 'Promise', 'setTimeout', 'setInterval', 'setImmediate'],
    ...['queueMicrotask', 'WeakRef', 'FinalizationRegistry', 'Intl', '.toLocaleString'],
    ...['.localeCompare', '.getHours', '.getTimezoneOffset'],
  ];

  deepEqual(
    inputs.filter((input) => caught(input, PURE_BANS).length === 0),
    [],
  );
  deepEqual(caught('promise promised asyncEffect awaiting Interval', PURE_BANS), []);
});

test('exports without names are caught, a named namespace is not', () => {
  const text =
    "export default x; export { y as default }; export * from 'z'; export * as z from 'z'";

  deepEqual(caught(text, SOURCE_BANS), ['export default', 'as default', 'export *']);
});

test('printing and focused tests are caught', () => {
  deepEqual(caught('console.log(1); console.error(2)', [PRINT_BAN]).length, 2);
  const focus = ['on', 'ly'].join('');
  const calls = ['test.', 'it.', ''].map((head) => `${head}${focus}('x')`);
  deepEqual(caught(calls.join('; '), TEST_BANS).length, 2);
});

test('machines, registries and loose ends are caught, and ordinary paths are not', () => {
  const loose = [
    ['TO', 'DO'],
    ['FIX', 'ME'],
    ['XX', 'X'],
    ['HA', 'CK'],
  ].map((part) => part.join(''));
  const machine = ['/', '/home/'].map((head) => `${head}${head === '/' ? 'work/main' : 'me/x'}`);
  const elsewhere = ['..', 'shared'].join('/');
  const host = ['https://registry', 'example', 'org/x'].join('.');

  for (const text of [...loose, ...machine, elsewhere, host]) {
    deepEqual(caught(text, EVERYWHERE_BANS).length, 1, text);
  }
  const ordinary = ['src', '.', 'network'].map((head) => [head, 'work', 'x'].join('/'));
  ordinary.push(['.', 'home', 'y'].join('/'), 'name-registry.ts');
  deepEqual(caught(ordinary.join(' '), EVERYWHERE_BANS), []);
});
