import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import { compile, same, twins, World } from './state-test-kit.ts';

const CLASS = `
    let first = 1;
    const table = { a: 1, b: 2, c: 3 };
    let list = [1, 2, 3];
    const byName = new Map([['x', 1]]);
    const when = new Date(0);
    const bytes = new Uint8Array(4);
    const word = /a/g;
    const sealed = Object.freeze({ list: [0] });
    function free() {
      return first;
    }
    export class Main {
      static a = 1;
      static b = 2;
      run() {
        return 'run';
      }
    }
    export { table, list, byName, when, bytes, word, sealed, free };
    export const put = (text: string, value: any) => {
      if (text === 'first') first = value;
      if (text === 'list') list = value;
    };
    export const get = () => [first, list, table].map((each) => JSON.stringify(each)).join('|');`;

test('what the module made keeps its identity and gets back what has changed', () => {
  const both = twins(
    compile(CLASS),
    `
    object = new module.Main();
    object.refs = [module.table, module.byName, module.free, module.sealed.list, module.Main];
    delete module.table.a;
    module.table.d = 4;
    module.table.b = 5;
    module.table.a = 6;
    module.byName.set('y', module.byName);
    module.byName.delete('x');
    module.when.setTime(77);
    module.bytes[2] = 9;
    module.word.lastIndex = 1;
    module.sealed.list.push(module.free);
    module.list.length = 1;
    module.list[4] = 'e';
    module.free.calls = 3;
    module.Main.prototype.walk = module.free;
    delete module.Main.a;
    module.Main.a = 'again';
    module.put('first', 42);
    Object.freeze(module.table);`,
  );

  equal(
    same(
      both,
      'object.refs[0] === module.table && object.refs[1] === module.byName && object.refs[4] === module.Main',
    ),
    'true',
  );
  equal(
    same(both, 'Object.keys(module.table).join() + Object.isFrozen(module.table)'),
    'b,c,d,atrue',
  );
  equal(
    same(both, '[...module.byName.keys()].join() + (module.byName.get("y") === module.byName)'),
    'ytrue',
  );
  equal(
    same(
      both,
      `
    [
      module.when.getTime(),
      module.bytes,
      module.word.lastIndex,
      module.sealed.list[1] === module.free,
    ].join()`,
    ),
    '77,0,0,9,0,1,true',
  );
  equal(same(both, 'Object.keys(module.list).join() + module.list.length'), '0,45');
  equal(
    same(both, '[module.free.calls, object.walk(), Object.keys(module.Main)].join()'),
    '3,42,b,a',
  );
});

test('a variable gets another value, and what it held before may still be held', () => {
  const both = twins(
    compile(CLASS),
    `object = new module.Main(); object.old = module.list; module.put('list', [object]);`,
  );

  equal(
    same(both, 'module.put("first", 2); object.old === module.list && module.get()'),
    '2|[{"old":[1,2,3]}]|{"a":1,"b":2,"c":3}',
  );
});

test('a variable before its declaration stays so', () => {
  const source = `
    let peek: any;
    function broken(fails: boolean) {
      if ($.scopes) $.scopes.add({ late: [() => late, (v) => (late = v)] });
      peek = () => late;
      if (fails) throw new Error('before the declaration');
      let late = 1;
    }
    try { broken(true); } catch {}
    export class Main { read() { try { return peek(); } catch (error) { return (error as Error).name; } } }`;
  const both = twins(compile(source), 'object = new module.Main();');

  equal(same(both, 'object.read()'), 'ReferenceError');
});

test('what the module has made and nobody can capture is refused with its path', () => {
  const refuse = (source: string): string => {
    const world = World.of(source);
    world.run('object = new module.Main();');
    return world.refusal();
  };

  match(
    refuse('const run = Math.max.bind(null); export class Main {}'),
    /module variable run is a bound function/,
  );
  match(
    refuse('const all = { soon: Promise.resolve() }; export class Main {}'),
    /module variable all\.soon is an instance of Promise/,
  );
  match(refuse('export class Main { async run() {} }'), /\.prototype\.run is an async function/);
  match(
    refuse('function* g() {} const it = g(); export class Main {}'),
    /module variable it is a generator/,
  );
});

test('generators that are code and the prototypes of their objects are no obstacle', () => {
  const both = twins(
    compile(
      `
    function* g() {
      yield 1;
    }
    g.prototype.extra = 1;
    export class Main {
      *[Symbol.iterator]() {
        yield* g();
      }
    }`,
    ),
    'object = new module.Main();',
  );

  equal(same(both, '[...object].join()'), '1');
});

test('the number of things that are code is part of the state', () => {
  const bytes = (program: string): Uint8Array =>
    twins(compile(CLASS), `object = new module.Main(); ${program}`).bytes;

  equal(
    Buffer.compare(bytes('module.table.a = 1;'), bytes('')),
    0,
    'an assignment that changes nothing',
  );
  equal(Buffer.compare(bytes('module.table.a = 2;'), bytes('')) === 0, false);
});
