import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { AssertionError, limits, MalformedBytes } from '../base/index.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import type { CallResult } from '../wire/index.ts';
import { KeyError } from './error-classes.ts';
import { Machine } from './machine.ts';
import type { CallContext, ObjectType } from './type.ts';

const CONTEXT: CallContext = { time: 0, seed: 0, session: 1, sequence: 1, slot: 1, index: 0 };

class Base {
  inherited(): string {
    return 'from the base';
  }
}

class Store extends Base {
  items: Map<string, unknown>;
  calls = 0;

  constructor(...entries: [string, unknown][]) {
    super();
    if (entries.length > 3) throw new RangeError('at most 3');
    this.items = new Map(entries);
  }

  put(key: string, value: unknown): void {
    this.calls += 1;
    this.items.set(key, value);
  }

  get(key: string): unknown {
    if (!this.items.has(key)) throw new KeyError(`no ${key}`);
    return this.items.get(key);
  }

  fail(value: unknown): void {
    this.calls += 1;
    throw value;
  }

  function(): unknown {
    return { here: () => this };
  }

  large(): unknown {
    return new Uint8Array(limits.MAX_REPLY_BYTES);
  }

  trap(): unknown {
    return new Proxy({}, { ownKeys: () => this.fail('trapped') as never });
  }

  failUnreadably(): void {
    const trap = (): never => this.fail('trapped') as never;
    throw new Proxy({}, { getPrototypeOf: trap, ownKeys: trap });
  }

  failNamelessly(): void {
    throw Object.defineProperty(new Error('m'), 'name', { value: Object.create(null) });
  }

  get size(): number {
    return this.items.size;
  }

  hidden(): string {
    return 'not in the manifest';
  }

  override toString(): string {
    return `${this.items.size} items`;
  }
}

const TYPE: ObjectType = {
  name: 'test.Store',
  construct: Store,
  methods: [
    ...['put', 'fail', 'function', 'large', 'trap', 'failUnreadably', 'failNamelessly'].map(
      (name) => ({ name, read: false }),
    ),
    ...['get', 'inherited', 'size', '__str__'].map((name) => ({ name, read: true })),
  ],
  version: 1,
};

function call(machine: Machine, method: string, ...args: unknown[]): CallResult {
  return decodeResult(machine.apply(encodeCommand(method, args), CONTEXT));
}

function read(machine: Machine, method: string, ...args: unknown[]): CallResult {
  return decodeResult(machine.read(encodeCommand(method, args)));
}

test('a command runs the method that it names, own or inherited', () => {
  const machine = new Machine(TYPE);

  deepEqual(call(machine, 'put', 'a', [1n]), { kind: 'returned', value: undefined });
  deepEqual(call(machine, 'get', 'a'), { kind: 'returned', value: [1n] });
  deepEqual(call(machine, 'inherited'), { kind: 'returned', value: 'from the base' });
});

test('an accessor that the manifest lists is called by its name', () => {
  const machine = new Machine(TYPE);
  call(machine, 'put', 'a', 1);

  deepEqual(call(machine, 'size'), { kind: 'returned', value: 1 });
  deepEqual(read(machine, 'size', 'ignored'), { kind: 'returned', value: 1 });
});

test('what a method throws is its result, and keeps the state that it had reached', () => {
  const machine = new Machine(TYPE);

  deepEqual(call(machine, 'get', 'x'), { kind: 'thrown', name: 'KeyError', message: 'no x' });
  deepEqual(call(machine, 'fail', new TypeError('t')), {
    kind: 'thrown',
    name: 'TypeError',
    message: 't',
  });
  deepEqual(call(machine, 'fail', 'text'), {
    kind: 'thrown',
    name: 'Error',
    message: 'text',
    value: 'text',
  });
  deepEqual(call(machine, 'fail', { code: 1 }), {
    kind: 'thrown',
    name: 'Error',
    message: 'threw a value of type object',
    value: { code: 1 },
  });
  ok(Buffer.from(machine.capture()).includes(Buffer.from('calls\x04\x06')), 'three calls counted');
});

test('only methods of the manifest can be reached', () => {
  const machine = new Machine(TYPE);

  for (const name of [
    'hidden',
    'constructor',
    '__proto__',
    'hasOwnProperty',
    'items',
    '',
    'toString',
  ]) {
    const refused = {
      kind: 'refused',
      code: 'NO_SUCH_METHOD',
      message: `test.Store has no method ${JSON.stringify(name)}`,
    };
    deepEqual(call(machine, name), refused);
    deepEqual(read(machine, name), refused);
  }
});

test('a manifest that lists what the class does not have is a defect', () => {
  for (const name of ['missing', 'constructor', '__proto__', 'items']) {
    throws(() => new Machine({ ...TYPE, methods: [{ name, read: false }] }), AssertionError);
  }
});

test('a read runs methods that are marked so, and tells the client to call the others', () => {
  const machine = new Machine(TYPE);
  call(machine, 'put', 'a', 1);

  deepEqual(read(machine, 'get', 'a'), { kind: 'returned', value: 1 });
  deepEqual(read(machine, 'put', 'a', 2), { kind: 'notRead' });
  deepEqual(read(machine, '__repr__'), { kind: 'notRead' });
  deepEqual(read(machine, '__concoordinit__'), { kind: 'notRead' });
  deepEqual(call(machine, 'get', 'a'), { kind: 'returned', value: 1 });
});

test('an object is shown by its own methods', () => {
  const machine = new Machine(TYPE);
  class Shown extends Store {
    __repr__(): string {
      return '<Shown>';
    }
  }

  deepEqual(read(machine, '__str__'), { kind: 'returned', value: '0 items' });
  deepEqual(call(machine, '__repr__'), { kind: 'returned', value: '0 items' });
  deepEqual(call(new Machine({ ...TYPE, construct: Shown }), '__repr__'), {
    kind: 'returned',
    value: '<Shown>',
  });
});

test('__concoordinit__ builds a fresh object; when that fails the old one stays', () => {
  const machine = new Machine(TYPE);
  const entry = ['k', 'v'];

  deepEqual(call(machine, '__concoordinit__', entry), { kind: 'returned', value: undefined });
  deepEqual(call(machine, 'get', 'k'), { kind: 'returned', value: 'v' });
  deepEqual(call(machine, '__concoordinit__', entry, entry, entry, entry), {
    kind: 'thrown',
    name: 'RangeError',
    message: 'at most 3',
  });
  deepEqual(call(machine, 'get', 'k'), { kind: 'returned', value: 'v' });
});

test('a result that cannot be sent becomes an error that says why', () => {
  const machine = new Machine(TYPE);

  deepEqual(call(machine, 'function'), {
    kind: 'refused',
    code: 'INVALID_VALUE',
    message: 'result.here is a function',
  });
  deepEqual(call(machine, 'trap'), {
    kind: 'refused',
    code: 'INVALID_VALUE',
    message: 'result cannot be read',
  });
  const large = call(machine, 'large');
  equal(large.kind === 'refused' && large.code, 'TOO_LARGE');
});

test('an error that cannot be read is a result as well', () => {
  const machine = new Machine(TYPE);

  deepEqual(call(machine, 'failUnreadably'), {
    kind: 'refused',
    code: 'INVALID_VALUE',
    message: 'result cannot be read',
  });
  deepEqual(call(machine, 'failNamelessly'), { kind: 'thrown', name: 'Error', message: 'm' });
});

test('bytes that are no command get a result as well, the same on every replica', () => {
  const one = new Machine(TYPE);
  const other = new Machine(TYPE);
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const result = one.apply(bytes, CONTEXT);

      deepEqual(result, other.apply(bytes, CONTEXT));
      const { kind } = decodeResult(result);
      equal(kind, 'refused');
      equal(decodeResult(one.read(bytes)).kind, 'refused');
    }),
  );
});

test('a captured state is restored, and captured again as the same bytes', () => {
  const machine = new Machine(TYPE);
  call(machine, 'put', 'a', { deep: new Set([new Date(1)]) });
  call(machine, 'put', '__proto__', null);
  const other = new Machine(TYPE);

  other.restore(machine.capture());

  deepEqual(other.capture(), machine.capture());
  deepEqual(call(other, 'get', 'a'), call(machine, 'get', 'a'));
  deepEqual(call(other, 'inherited'), call(machine, 'inherited'));
});

test('state that would come back as another state cannot be captured', () => {
  const machine = new Machine(TYPE);
  call(machine, 'put', 'f', undefined);
  class Sharing extends Store {
    left = { a: 1 };
    right = this.left;
  }

  ok(machine.capture().length > 0);
  throws(() => new Machine({ ...TYPE, construct: Sharing }).capture(), {
    code: 'INVALID_VALUE',
    message: 'state.right is reached on two ways: keep it in one place',
  });
});

test('a state of another object or version, or a damaged one, leaves the object as it was', () => {
  const machine = new Machine(TYPE);
  call(machine, 'put', 'a', 1);
  const state = machine.capture();

  for (const other of [
    { ...TYPE, name: 'test.Other' },
    { ...TYPE, version: 2 },
  ]) {
    throws(() => new Machine(other).restore(state), MalformedBytes);
  }
  for (let length = 0; length < state.length; length++) {
    throws(() => machine.restore(state.subarray(0, length)), MalformedBytes);
  }
  throws(() => machine.restore(Uint8Array.of(...state, 0)), MalformedBytes);
  deepEqual(call(machine, 'get', 'a'), { kind: 'returned', value: 1 });
});
