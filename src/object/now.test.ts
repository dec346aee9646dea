import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import type { CallResult } from '../wire/index.ts';
import { blocking } from './blocking.ts';
import { Machine } from './machine.ts';
import { NoAgreedTime, now } from './now.ts';
import type { CallContext, ObjectType } from './type.ts';

class Watch {
  asked = 0;

  ask(): number {
    this.asked += 1;
    return now();
  }

  peek(): number {
    return now();
  }

  fail(): void {
    throw new TypeError('on purpose');
  }
}

const TYPE: ObjectType = {
  name: 'test.Watch',
  construct: Watch,
  methods: [
    { name: 'ask', read: false },
    { name: 'peek', read: true },
    { name: 'fail', read: false },
  ],
  version: 1,
  blocking,
};

function at(time: number): CallContext {
  return { time, seed: 0, session: 1, sequence: 1, slot: 1, index: 0 };
}

function call(machine: Machine, method: string, time: number): CallResult {
  return decodeResult(machine.apply(encodeCommand(method, []), at(time)));
}

test('an object asks for the time of the call under way', () => {
  const machine = new Machine(TYPE);

  deepEqual(call(machine, 'ask', 1000), { kind: 'returned', value: 1000 });
  deepEqual(call(machine, 'peek', 2000), { kind: 'returned', value: 2000 });
});

test('there is no time outside of a call, also after one that threw', () => {
  const machine = new Machine(TYPE);
  equal(call(machine, 'fail', 1000).kind, 'thrown');

  throws(() => now(), NoAgreedTime);
});

test('a read that asks for the time is not one: it goes through the log', () => {
  const machine = new Machine(TYPE);

  deepEqual(decodeResult(machine.read(encodeCommand('peek', []))), { kind: 'notRead' });
});
