import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { instrument } from './instrument.ts';
import { bundleText, evaluate, Meter } from './loading-test-kit.ts';
import type { Exports, RegisteredScope } from './loading-test-kit.ts';

interface World {
  readonly exports: Exports;
  /** Without the variables of the bundler's helpers. */
  readonly scopes: readonly RegisteredScope[];
}

/** Evaluates as the realm does: scopes are registered while the module is evaluated, and not later. */
async function worldOf(t: TestContext, source: string): Promise<World> {
  const meter = new Meter();
  const exports = evaluate(instrument(await bundleText(t, source), 'program.ts'), meter);
  const scopes = [...(meter.scopes ?? [])];
  meter.scopes = undefined;
  return { exports, scopes };
}

function namesOf(scopes: readonly RegisteredScope[]): readonly (readonly string[])[] {
  return scopes.map((scope) => Object.keys(scope).filter((name) => !name.startsWith('__')));
}

function read(scopes: readonly RegisteredScope[], name: string): unknown {
  return scopes.findLast((scope) => name in scope)?.[name]?.[0]();
}

function write(scopes: readonly RegisteredScope[], name: string, value: unknown): void {
  scopes.findLast((scope) => name in scope)?.[name]?.[1](value);
}

test('variables of the module that functions use can be read and replaced, constants too', async (t) => {
  const { exports, scopes } = await worldOf(
    t,
    `let counter = 1; const list = [counter]; var old = 'o'; class K {} function f() { return counter; }
     const unused = 5; if (unused) list.push(unused);
     export function run() { return [counter++, list, old, new K() instanceof K, f()]; }`,
  );

  deepEqual(namesOf(scopes)[0]?.toSorted(), ['K', 'counter', 'f', 'list', 'old']);
  exports['run']?.();
  equal(read(scopes, 'counter'), 2);
  write(scopes, 'counter', 10);
  write(scopes, 'list', 'other');
  write(scopes, 'old', 'new');
  deepEqual(exports['run']?.(), [10, 'other', 'new', true, 11]);
});

test('what functions called during the evaluation keep is registered, in every kind of scope', async (t) => {
  const { exports, scopes } = await worldOf(
    t,
    `const fs: (() => unknown)[] = [];
     function keep(parameter: number) { const local = 2; { let block = 3; fs.push(() => [parameter, local,
     block]); } }
     keep(1);
     for (let turn = 0; turn < 2; turn++) fs.push(() => turn);
     for (const each of ['a']) fs.push(() => each);
     try { throw 'e'; } catch (caught) { fs.push(() => caught); }
     try { throw { m: 'p' }; } catch ({ m: pattern }) { fs.push(() => pattern); }
     switch (1 as number) { case 0: case 1: let switched = 4; fs.push(() => switched); }
     switch (1 as number) { default: let only = 5; fs.push(() => only); }
     export function run() { return fs.map((f) => f()); }`,
  );

  deepEqual(exports['run']?.(), [[1, 2, 3], 0, 1, 'a', 'e', 'p', 4, 5]);
  for (const name of [
    'parameter',
    'local',
    'block',
    'each',
    'caught',
    'pattern',
    'switched',
    'only',
  ]) {
    write(scopes, name, name);
  }
  const [first, second] = scopes.filter((scope) => 'turn' in scope);
  first?.['turn']?.[1]('first');
  second?.['turn']?.[1]('second');
  deepEqual(exports['run']?.(), [
    ['parameter', 'local', 'block'],
    'first',
    'second',
    'each',
    'caught',
    'pattern',
    'switched',
    'only',
  ]);
});

test('the object and arguments that an arrow function keeps are registered', async (t) => {
  const { exports, scopes } = await worldOf(
    t,
    `class A { v = 1; get = () => this.v; }
     class B extends A { w = 2; both = () => [this.v, this.w]; }
     function lend(this: unknown, ..._: unknown[]) { return () => [this, arguments.length]; }
     const a = new A(), b = new B(), lent = Reflect.apply(lend, 'me', [1, 2]);
     export function run() { return [a.get(), b.both(), lent()]; }`,
  );

  deepEqual(exports['run']?.(), [1, [1, 2], ['me', 2]]);
  const kept = scopes.filter((scope) => 'this' in scope);
  equal(kept.length, 4, 'A, the A of B, B, and the function');
  for (const scope of kept) scope['this']?.[1]({ v: 'v', w: 'w' });
  write(scopes, 'arguments', []);
  deepEqual(exports['run']?.(), ['v', ['v', 'w'], [{ v: 'v', w: 'w' }, 0]]);
});

test('a variable that is not initialised yet says so', async (t) => {
  const { scopes } = await worldOf(
    t,
    `export const seen: string[] = [];
     function make(): () => unknown { const early = () => late; if (seen.length === 0) return early;
     let late = 1; return () => late; }
     const f = make();
     export function run() { return f; }`,
  );

  let name: string | undefined;
  try {
    read(scopes, 'late');
  } catch (error) {
    name = (error as Error).name;
  }
  equal(name, 'ReferenceError');
});

test('nothing is registered when the module has been evaluated', async (t) => {
  const { exports, scopes } = await worldOf(
    t,
    'export function run() { let mine = 0; return (() => ++mine)(); }',
  );

  equal(exports['run']?.(), 1);
  deepEqual(
    namesOf(scopes).filter((names) => names.includes('mine')),
    [],
  );
});
