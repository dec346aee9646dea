import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseSync } from 'oxc-parser';
import type { Node, TSEnumDeclaration } from 'oxc-parser';
import { enumMembers, literalType, show, showKey, widenedType } from './constants.ts';

function expression(text: string): Node {
  const { program, errors } = parseSync('x.ts', `(${text});`, { astType: 'ts' });
  deepEqual(errors, [], text);
  const [statement] = program.body;
  if (statement?.type !== 'ExpressionStatement') throw new Error(`no expression: ${text}`);
  return statement.expression;
}

function members(text: string): readonly (readonly [string, string | number])[] | undefined {
  const [statement] = parseSync('x.ts', text, { astType: 'ts' }).program.body;
  const found = enumMembers(statement as TSEnumDeclaration);
  return found === undefined ? undefined : [...found];
}

test('a constant that is shown is read as the same constant', () => {
  const constants = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.string({ unit: fc.constantFrom('"', "'", '\\', '\n', '\r', '\u2028', '\u2029', '`', 'a') }),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.bigInt(),
    fc.constantFrom(true, false, null, -0),
  );
  fc.assert(
    fc.property(constants, (value) => {
      const text = show(value);
      let node = expression(text);
      while (node.type === 'ParenthesizedExpression') node = node.expression;
      const isNegative = node.type === 'UnaryExpression';
      const literal = isNegative && 'argument' in node ? (node.argument as Node) : node;
      const read = literal.type === 'Literal' ? literal.value : undefined;

      equal(text.includes('\n'), false);
      if (typeof value === 'bigint') equal(text, `${value}n`);
      else equal(isNegative ? -(read as number) : read, value);
    }),
  );
});

test('a name is a key as it is, and anything else in quotes', () => {
  for (const name of ['a', '$_1', 'äé', 'class']) equal(showKey(name), name);
  equal(showKey('a-b'), "'a-b'");
  equal(showKey("it's"), String.raw`'it\'s'`);
  equal(showKey(''), "''");
  equal(showKey('7'), "'7'");
});

test('members of an enum have the values that the compiler gives them', () => {
  const text = `enum E { A, B, C = 10, D, S = 'x', T = 'a' + 'b', F = A | C, G, H = -(1 + 2) * 3 ** 2 % 7,
    I = ~1, J = 7 / 2, K = -1 >>> 28, 'a b' = 5, L, M = \`t\` }`;
  deepEqual(members(text), [
    ['A', 0],
    ['B', 1],
    ['C', 10],
    ['D', 11],
    ['S', 'x'],
    ['T', 'ab'],
    ['F', 10],
    ['G', 11],
    ['H', -6],
    ['I', -2],
    ['J', 3.5],
    ['K', 15],
    ['a b', 5],
    ['L', 6],
    ['M', 't'],
  ]);
  equal(members('enum E { A = f() }'), undefined);
  equal(members("enum E { A = 'x', B }"), undefined, 'there is nothing to count on from');
  equal(members('declare enum E { A }'), undefined, 'it is computed when the program runs');
  deepEqual(members('declare const enum E { A, B }')?.length, 2);
});

test('the type of what is written down is that of the value, when it is frozen', () => {
  const cases = [
    ["'a'", "'a'"],
    ['-1', '-1'],
    ['5n', '5n'],
    ['null', 'null'],
    ["['a', [1, true]] as const", "readonly ['a', readonly [1, true]]"],
    [
      '{ a: 1, "b c": { d: null } } as const',
      "{ readonly a: 1; readonly 'b c': { readonly d: null } }",
    ],
    ['{} as const', '{}'],
    ['([1] as const) satisfies unknown', 'readonly [1]'],
    ['[1]', undefined],
    ['{ a: 1 }', undefined],
    ['[...x] as const', undefined],
    ['{ a() {} } as const', undefined],
    ['{ [a]: 1 } as const', undefined],
    ['f()', undefined],
    ['/x/', undefined],
    ['x as string', undefined],
  ] as const;
  for (const [text, type] of cases) equal(literalType(expression(text)), type, text);
});

test('a default value widens to its type', () => {
  const cases = [
    ['1', 'number'],
    ['-1', 'number'],
    ["''", 'string'],
    ['`x`', 'string'],
    ['true', 'boolean'],
    ['1n', 'bigint'],
    ['null', undefined],
    ['[]', undefined],
    ['x', undefined],
  ] as const;
  for (const [text, type] of cases) equal(widenedType(expression(text)), type, text);
});
