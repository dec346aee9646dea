import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeResult } from '../wire/index.ts';
import { contextWorlds, manifestOf, pieces } from './realm-test-kit.ts';
import { message } from './shared-tests-test-kit.ts';

const make = await contextWorlds();

const BANK = `class Bank {
  constructor(sum = 10) { if (typeof sum !== 'number') throw new TypeError('a number'); this.sum = sum; }
  add(n) { this.sum += n; return this.sum; }
  fail(n) { this.sum += n; throw new RangeError('after ' + this.sum); }
  throwValue() { throw { code: 5 }; }
  method() { return () => 1; }
  total() { return this.sum; }
  when() { return Date.now(); }
  who(a, b, _concoord_command) { return [a, b, _concoord_command, arguments.length]; }
  toString() { return 'sum ' + this.sum; }
  __repr__() { return '<' + this.sum + '>'; }
}
return { Bank };`;

const MANIFEST = {
  name: 'bank.Bank',
  exported: 'Bank',
  methods: [
    ...['add', 'fail', 'throwValue', 'method'].map((name) => ({ name, read: false })),
    ...['total', 'when', '__str__'].map((name) => ({ name, read: true })),
    { name: 'who', read: false, commandAt: 2 },
  ],
};

test('calls have the outcomes that a built-in object gives', () => {
  const bank = make(BANK, MANIFEST);

  equal(bank.call('add', 5), 15);
  deepEqual(bank.result('fail', 1), { kind: 'thrown', name: 'RangeError', message: 'after 16' });
  equal(bank.call('total'), 16);
  const thrown = bank.result('throwValue');
  deepEqual(thrown.kind === 'thrown' && thrown.value, { code: 5 });
  const unsent = bank.result('method');
  equal(unsent.kind === 'refused' && unsent.code, 'INVALID_VALUE');
  const unknown = bank.result('constructor');
  equal(unknown.kind === 'refused' && unknown.message, 'bank.Bank has no method "constructor"');
  equal(bank.call('__str__'), 'sum 16');
  equal(bank.call('__repr__'), '<16>');
  equal(bank.call('__concoordinit__', 3), undefined);
  equal(bank.call('total'), 3);
  equal(message(bank, '__concoordinit__', 'x'), 'a number');
  equal(bank.call('total'), 3);
});

test('a read is answered, and has no time; what may write is not read', () => {
  const bank = make(BANK, MANIFEST);

  deepEqual(bank.read('total'), { kind: 'returned', value: 10 });
  deepEqual(bank.read('add', 1), { kind: 'notRead' });
  const when = bank.read('when');
  ok(when.kind === 'thrown' && when.message.startsWith('a read has neither time nor chance'));
  equal(bank.call('when'), 1000);
});

test('a method that asks for the command gets it in its place', () => {
  const bank = make(BANK, MANIFEST);
  const command = { session: 3, sequence: 1, key: '3:1' };

  deepEqual(bank.call('who'), [undefined, undefined, command, 3]);
  const next = { session: 3, sequence: 2, key: '3:2' };
  deepEqual(bank.call('who', 1, 2, 'forged', 4), [1, 2, next, 3]);
});

test('a killed call ends its batch, and the world serves nothing more', () => {
  const world = pieces(make, {
    loop: 'for (;;) if (--$.fuel < 0) $.exhausted();',
    one: 'return 1',
  });
  const { results, killed } = world.batch(['one'], ['loop'], ['one']);

  ok(killed);
  deepEqual(
    results.map((result) => decodeResult(result).kind),
    ['returned', 'refused'],
  );
  throws(() => world.batch(['one']), /a call was killed/);
  throws(() => world.realm.capture(), /a call was killed/);
});

test("an end of the engine's stack kills, wherever it is met", () => {
  const met = 'const f = () => f(); try { f(); } catch (e) { $.alive(e); return 1; }';
  const bodies = { unmet: 'const f = () => f(); f();', met };
  for (const name of ['unmet', 'met']) ok(pieces(make, bodies).batch([name]).killed, name);
});

test('a malformed state is refused', () => {
  throws(() => make(BANK, MANIFEST, Uint8Array.of(1, 2, 3)), /'malformed'/);
  const state = make(BANK, MANIFEST).realm.capture();
  const restored = make(BANK, MANIFEST, state);

  equal(restored.call('total'), 10);
  throws(() => restored.realm.restore(state), /a world that has not begun/);
});

test('a class that cannot be loaded says why', () => {
  throws(() => make('return {}', manifestOf('Lost')), /no class Lost/);
  throws(() => make("throw new Error('at once')", manifestOf('Lost')), /at once/);
  const endless = 'for (;;) if (--$.fuel < 0) $.exhausted();';
  throws(
    () => make(endless, manifestOf('Lost')),
    /takes more work \(turns of loops, calls, what is copied\) than its 4000000 turns/,
  );
});

test('a call that leaves what no state can hold is killed, with the path to it', () => {
  const bodies = {
    keep: '$.made = true; this.list.push(1); this.handlers.done = () => 1;',
    begin: 'this.list = []; this.handlers = {};',
    use: '$.made = true; this.list.push(1); return this.list.map((one) => one + 1).length;',
    unseen: 'this.handlers.done = () => 1;',
  };
  const world = pieces(make, bodies);
  world.call('begin');
  equal(world.call('use'), 1);
  const { results, killed } = world.batch(['use'], ['keep'], ['use']);

  ok(killed);
  equal(results.length, 2);
  deepEqual(decodeResult(results[1] as Uint8Array), {
    kind: 'refused',
    code: 'INVALID_STATE',
    message:
      'the call would leave what no state can hold: ' +
      'object.handlers.done is a function that was made while the object ran; it had no effect',
  });
});

test('a large state is looked at in part, mostly, and whole now and then', () => {
  const bodies = {
    begin: "this.data = { fill: 'x'.repeat(100_000), handlers: {} };",
    unseen: 'this.data.handlers.done = () => 1;',
    use: '$.made = true; return 1;',
  };
  const world = pieces(make, bodies);
  world.call('begin');
  world.call('unseen');
  let calls = 0;
  while (!world.batch(['use']).killed) calls++;

  ok(calls > 0 && calls < 1000, `found after ${calls}`);
});
