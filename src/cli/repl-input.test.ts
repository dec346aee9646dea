import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { createContext, Script } from 'node:vm';
import * as fc from 'fast-check';
import { readInput } from './repl-input.ts';

/** What inputs come to, one after the other, in a world of their own. */
async function run(...inputs: readonly string[]): Promise<unknown> {
  let count = 0;
  const names = {
    next: async (by = 1) => (count += by),
    chain: { of: async (value: unknown) => ({ value }), twice: () => names.chain },
    nothing: undefined,
  };
  const context = createContext(names);
  let last: { readonly value?: unknown } | undefined;
  for (const input of inputs) {
    const read = readInput(`${input}\n`);
    if (read.kind !== 'ready') throw new Error(`${input} is ${read.kind}`);
    last = (await new Script(read.script).runInContext(context)) as typeof last;
  }
  return last?.value;
}

test('a call is waited for wherever it stands in an input', async () => {
  equal(await run('next()'), 1);
  equal(await run('next() + next() * 10'), 21);
  equal(await run('`${next()} ${next()}`'), '1 2');
  equal(await run('next(next(next()))'), 4);
  equal(await run('next() ** 2'), 1);
  equal(await run('for (let i = 0; i < 3; i++) next()', 'next()'), 4);
  equal(await run('if (true) next()\nelse next(10)', 'next()'), 2);
  equal(await run('x = 1\nnext()\n(next())'.replace('\n(', ';\n('), 'x'), 1);
  equal(await run('(await chain.twice().of(next())).value'), 1);
  equal(await run('chain.of(next()).value'), 1);
  equal(await run('nothing?.of(next()).value', 'next()'), 1, 'what is not reached is not called');
  equal(await run('[1, 2].map((n) => n * 2).length'), 2);
  equal(await run('{ a: next() }.a'.replace('.a', '')).then((it) => (it as { a: number }).a), 1);
});

test('what an input declares is there for those that follow', async () => {
  equal(await run('const x = next(), { length } = "abc"', 'x + length'), 4);
  equal(await run('let x, y', 'x = 5', '[x, y].length + x'), 7);
  equal(await run('var x = 1; x'), 1);
  equal(await run('class A { static of() { return 7 } }', 'A.of()'), 7);
  equal(await run('async function f() { return next() }', 'f() + f()'), 3);
  equal(await run('const x = 1', 'const x = 2', 'x'), 2, 'a correction is no error');
  equal(await run('let x = 1 // first', '', 'x // again'), 1);
});

test('an input that goes on is told from one that is wrong', () => {
  for (const open of [
    'f(',
    'if (x) {',
    'x = [1,',
    '`abc',
    '1 +',
    '/* x',
    'class A {',
    'a.',
    '() => {',
  ]) {
    deepEqual(readInput(`${open}\n`), { kind: 'unfinished' }, open);
  }
  for (const wrong of ['const = 5', '}', 'a b', '"abc', 'f(}', 'return 5']) {
    const read = readInput(`${wrong}\n`);
    match(read.kind === 'wrong' ? read.why : '', /\w/, wrong);
  }
});

test('only a name alone is a name', () => {
  const isName = (text: string): unknown => {
    const read = readInput(text);
    return read.kind === 'ready' && read.isName;
  };
  deepEqual(['c', ' c;\n', 'c.d', 'c()', 'c;c', '1', 'c = d'].map(isName), [
    true,
    true,
    false,
    false,
    false,
    false,
    false,
  ]);
});

test('whatever is typed is ready, unfinished or wrong, and never an error of ours', () => {
  const piece = fc.constantFrom(
    ...['c', '.f', '()', '(', ')', '{', '}', '[', ']', '=', 'let ', 'x', ' ', '\n', '`', '"', '/*'],
    ...[
      '?.',
      'await ',
      '=>',
      ',',
      ';',
      'class ',
      'function ',
      'if ',
      '1',
      '+',
      '${',
      'async ',
      ':',
    ],
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const read = readInput(pieces.join(''));
      equal(['ready', 'unfinished', 'wrong'].includes(read.kind), true);
    }),
    { numRuns: 1000 },
  );
});

test('a line that imports names classes that are there, in the words of either language', () => {
  for (const line of [
    'from concoord.proxy.counter import Counter',
    "import { Counter } from 'concoord/proxy/counter';",
    'from tencounterproxy import TenCounter, Other',
    'import {Counter,Other} from "./proxies.ts"',
  ]) {
    const read = readInput(`${line}\n`);
    equal(read.kind, 'ready', line);
    match(read.kind === 'ready' ? read.script : '', /globalThis\["(?:Ten)?Counter"\]/);
  }
});

test('what else is imported is refused in words, and what only looks like it is not', () => {
  for (const line of [
    "import { a as b } from 'x'",
    "import Counter from './counterproxy.ts'",
    'import tencounter',
    'from tencounter import *',
    'import "x"',
  ]) {
    const read = readInput(`${line}\n`);
    match(read.kind === 'wrong' ? read.why : read.kind, /^only classes that are here are/, line);
  }
  deepEqual(readInput('import {\n'), { kind: 'unfinished' });
  for (const line of ["import('node:fs')", 'from = 5', 'importer(5)']) {
    equal(readInput(`${line}\n`).kind, 'ready', line);
  }
});
