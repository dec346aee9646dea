import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { findScopes } from './scopes.ts';
import type { Binding, Scopes } from './scopes.ts';
import { parse, walk } from './syntax.ts';
import type { Node } from './syntax.ts';

function scopesOf(text: string): Scopes {
  return findScopes(parse(text, 'test.js'));
}

function allBindings({ all }: Scopes): readonly Binding[] {
  return all.flatMap((scope) => [...scope.bindings.values()]);
}

/** `name:kind`, with `^` when captured and `!` when assigned. */
function shown(text: string): readonly string[] {
  return allBindings(scopesOf(text)).map(
    ({ name, kind, captured, assigned }) =>
      `${name}:${kind}${captured ? '^' : ''}${assigned ? '!' : ''}`,
  );
}

function globals(text: string): readonly string[] {
  return scopesOf(text)
    .references.filter(({ binding }) => binding === undefined)
    .map(({ node }) => node.name);
}

test('declarations land in the scope that the language gives them', () => {
  const { module, all } = scopesOf(`
    var a; let b; const c = 1; function d(e, { f, g: [h = 1, ...i] }, ...j) { var k; let l; }
    { var m; let n; function o() {} } for (let p of []) { let q; } try {} catch (r) { var s; let t; }
    switch (1) { case 1: let u; } class V { w() { let x; } }`);

  deepEqual([...module.bindings.keys()], ['a', 'b', 'c', 'd', 'm', 's', 'V']);
  deepEqual(
    all.slice(1).map(({ kind, bindings }) => `${kind}: ${[...bindings.keys()].join(' ')}`),
    [
      'function: e f h i j k l',
      'block: n o',
      'function: ',
      'for: p',
      'block: q',
      'block: ',
      'catch: r',
      'block: t',
      'switch: u',
      'class: V',
      'function: x',
    ],
  );
});

test('a variable is captured when a function inside its own uses it', () => {
  deepEqual(shown('let a = 1, b = 2; { a; b; } () => a;'), ['a:let^', 'b:let']);
  deepEqual(shown('function f(p, q) { return () => p; }'), [
    'f:function',
    'p:parameter^',
    'q:parameter',
  ]);
  deepEqual(shown('function f(p, g = () => p) {}'), ['f:function', 'p:parameter^', 'g:parameter']);
  deepEqual(shown('for (const x of []) { () => x; }'), ['x:const^']);
  deepEqual(shown('try {} catch (e) { () => e; }'), ['e:catch^']);
  deepEqual(shown('let k; class C { [k]() {} m() { k; } }'), ['k:let^', 'C:class', 'C:self']);
  deepEqual(shown('let v; class C { f = v; static { v; } }'), ['v:let^', 'C:class', 'C:self']);
});

test('a variable is assigned by everything that writes it after its declaration', () => {
  for (const write of [
    'x = 1',
    'x += 1',
    'x ??= 1',
    'x++',
    '--x',
    '[x] = []',
    '[, ...x] = []',
    '({ x } = {})',
    '({ a: x = 1 } = {})',
    '({ a: [x] } = {})',
    'for (x of []);',
    'for (x in {});',
    'for ([x] of []);',
    '() => (x = 1)',
  ]) {
    equal(shown(`let x; ${write}`)[0]?.endsWith('!'), true, write);
  }
  for (const read of ['x', 'x.y = 1', 'x[0]++', '[x.y] = []', '({ x: y.z } = {})', 'x.x = { x }']) {
    equal(shown(`let x, y; ${read}`)[0], 'x:let', read);
  }
});

test('the innermost declaration of a name is meant, wherever in its scope it stands', () => {
  deepEqual(shown('let x; function f() { g(); x = 1; function g() { x; } var x; }'), [
    'x:let',
    'f:function',
    'g:function',
    'x:var^!',
  ]);
  deepEqual(shown('let x; { x = 1; let x; }'), ['x:let', 'x:let!']);
  deepEqual(shown('let x; (function x() { x; })'), ['x:let', 'x:self^']);
  deepEqual(shown('let x; for (let x = 0; x < 1; x++) {}'), ['x:let', 'x:let!']);
  deepEqual(shown('let e; try {} catch (e) { e = 1; }'), ['e:let', 'e:catch!']);
});

test('names of properties, labels and exports are no references', () => {
  deepEqual(
    globals(
      `a.b; a?.c; ({ d: 1, e() {}, get f() { return 1; }, [g]: h, i }); l: for (;;) { break l; }
      class C { j() {} static k = m; #n = 1; } new.target; export { C as o };`.replace(
        'new.target;',
        '',
      ),
    ),
    ['a', 'a', 'g', 'h', 'i', 'm'],
  );
});

test('a use of a name is told with what it does', () => {
  const { references } = scopesOf('let x; x; x = x; x += 1; for (x of x);');

  deepEqual(
    references.map(({ access }) => access),
    ['read', 'write', 'read', 'both', 'write', 'read'],
  );
});

test('shorthands are known, so that they can be renamed', () => {
  const text = 'let x, y; ({ x, z: y }); ({ x = 1, y: y } = {}); export { x, y as w };';
  const { shorthands } = scopesOf(text);

  deepEqual(
    [...shorthands].map(([node, kind]) => `${kind} ${text.slice(node.start, node.end)}`),
    ['property x', 'property x', 'export x'],
  );
});

test('every identifier is a declaration, a reference, or a name of something else', () => {
  const text = `
    import { a as b } from 'c';
    const { d, e: { f = b } } = {}; export function g(h = d) { l: for (const i of h) { if (i) continue l;
      } return { d, f: f }; }
    class K extends g { m(n) { return super.m(n)?.d; } }`;
  const program = parse(text, 'test.js');
  const scopes = findScopes(program);
  const known = new Set<Node>([
    ...scopes.references.map(({ node }) => node),
    ...allBindings(scopes).flatMap(({ declarations }) => declarations.map(({ node }) => node)),
  ]);
  const others: string[] = [];
  walk(program, (node) => {
    if (node.type === 'Identifier' && !known.has(node)) others.push(node.name);
    return undefined;
  });

  deepEqual(others, ['a', 'd', 'e', 'f', 'l', 'l', 'd', 'f', 'm', 'm', 'd']);
});
