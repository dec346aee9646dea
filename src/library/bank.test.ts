import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { KeyError, ValueError } from '../object/index.ts';
import { Account } from './bank.ts';
import { Replicated, RUBBISH } from './library-test-kit.ts';

const BANK = 'bank.Bank';

test('an account is opened once, holds what was deposited, and gives no more than it has', () => {
  const bank = new Replicated(BANK);

  equal(bank.call('open', 7), true);
  equal(bank.call('open', 7), false);
  equal(bank.call('deposit', 7, 10.25), 10.25);
  equal(bank.call('debit', 7, 10.26), false);
  equal(bank.call('debit', 7, 10.25), 0);
  equal(bank.call('close', 7), true);
  bank.refuses(KeyError, 'balance', 7);
  bank.refuses(KeyError, 'close', 7);
});

test('dimes add up to dollars', () => {
  const bank = new Replicated(BANK);
  bank.call('open', 'a');
  for (let dime = 0; dime < 10; dime++) bank.call('deposit', 'a', 0.1);

  equal(bank.read('balance', 'a'), 1);
  equal(bank.read('__str__'), 'Account a: balance = $1.00');
  equal(bank.read('__repr__'), '<Bank accounts=1>');
});

test('what is no amount, or would be rounded, is refused', () => {
  const bank = new Replicated(BANK);
  bank.call('open', 1);
  bank.call('deposit', 1, 5);

  for (const method of ['deposit', 'debit']) {
    for (const amount of [...RUBBISH, '1', 1n]) bank.refuses(TypeError, method, 1, amount);
    for (const amount of [0, -1, 0.001, 1.005]) bank.refuses(ValueError, method, 1, amount);
    for (const amount of [1e13, Infinity]) bank.refuses(RangeError, method, 1, amount);
  }
  for (const number of [...RUBBISH, 1.5].filter((one) => typeof one !== 'number')) {
    bank.refuses(TypeError, 'open', number);
  }
  bank.refuses(RangeError, 'open', 1.5);
});

test('a balance that would not be exact is refused, and a transfer is all or nothing', () => {
  const bank = new Replicated(BANK);
  for (const number of [1, 2]) bank.call('open', number);
  bank.call('deposit', 1, 9_999_999_999_999.99);
  bank.call('deposit', 2, 1);

  bank.refuses(RangeError, 'deposit', 1, 0.01);
  bank.refuses(RangeError, 'transfer', 2, 1, 1);
  bank.refuses(ValueError, 'transfer', 1, 1, 1);
  bank.refuses(KeyError, 'transfer', 1, 3, 1);
  equal(bank.call('transfer', 2, 1, 2), false);
  equal(bank.call('transfer', 1, 2, 9), true);
  equal(bank.read('balance', 2), 10);
});

test('an account by itself keeps the same rules', () => {
  const account = new Account('x');
  account.deposit(2.5);

  equal(account.debit(3), false);
  equal(account.debit(0.5), 2);
  equal(String(account), 'Account x: balance = $2.00');
  throws(() => new Account('x', 0.5), RangeError);
});

const number = fc.constantFrom<string | number>(1, 2, '1', 'b');
const cents = fc.integer({ min: 1, max: 100_000 });
const step = fc.oneof(
  fc.tuple(fc.constantFrom('open', 'close', 'balance'), number),
  fc.tuple(fc.constantFrom('deposit', 'debit'), number, cents),
  fc.tuple(fc.constant('transfer'), number, number, cents),
);

test('a bank does what whole cents in a table do', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const bank = new Replicated(BANK);
      const model = new Map<unknown, number>();
      for (const [method, ...args] of steps) {
        const expected = inModel(model, method, args);
        const sent = args.map((arg, at) =>
          at > 0 && at === args.length - 1 ? inDollars(arg) : arg,
        );
        if (expected === 'refused') bank.refuses(Error, method, ...sent);
        else equal(bank.call(method, ...sent), expected);
      }
      bank.move();
      deepEqual(bank.read('numbers'), [...model.keys()]);
      for (const [one, held] of model) equal(bank.read('balance', one), held / 100);
    }),
  );
});

function inDollars(amount: unknown): unknown {
  return typeof amount === 'number' ? amount / 100 : amount;
}

function inModel(model: Map<unknown, number>, method: string, args: readonly unknown[]): unknown {
  const [one, other] = args;
  const held = model.get(one);
  const amount = args.at(-1) as number;
  if (method === 'open') return held === undefined && model.set(one, 0) === model;
  if (held === undefined) return 'refused';
  if (method === 'close') return model.delete(one);
  if (method === 'balance') return held / 100;
  if (method === 'transfer') {
    const otherHeld = model.get(other);
    if (otherHeld === undefined || one === other) return 'refused';
    if (amount > held) return false;
    model.set(one, held - amount).set(other, otherHeld + amount);
    return true;
  }
  if (method === 'debit' && amount > held) return false;
  const now = held + (method === 'debit' ? -amount : amount);
  model.set(one, now);
  return now / 100;
}
