import { equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { assert, double, property } from 'fast-check';
import { power } from './power.ts';

const SPECIAL = [
  0,
  -0,
  1,
  -1,
  2,
  -2,
  0.5,
  -0.5,
  3,
  -3,
  1e300,
  -1e300,
  1e-300,
  Infinity,
  -Infinity,
  NaN,
  5e-324,
  -5e-324,
  2 ** 53,
  2 ** 53 + 2,
  1 + Number.EPSILON,
  1 - Number.EPSILON / 2,
  1e9,
  1e10,
  -1e10,
  1e20,
  -1e20,
  1 / 3,
  1074,
  -1074,
  -1073.5,
  1023.9999,
  1024,
  0.1,
];

function close(x: number, y: number): boolean {
  const ours = power(x, y);
  const engine = x ** y;
  if (Object.is(ours, engine)) return true;
  // The last bit is the engine's choice; below, a number has few bits at all.
  return Math.abs(ours - engine) <= Math.max(Math.abs(engine) * 4e-16, 1e-323);
}

test('powers of special values are those of the language', () => {
  for (const x of SPECIAL) for (const y of SPECIAL) ok(close(x, y), `${x} ** ${y}`);
});

test('powers are those of the engine but for the last bit', () => {
  assert(
    property(double(), double({ min: -100, max: 100 }), (x, y) => close(x, y)),
    { numRuns: 5000 },
  );
});

test('powers that are whole are exact', () => {
  for (let exponent = 0; exponent <= 22; exponent++) {
    equal(power(10, exponent), Number(`1e${exponent}`));
  }
  for (let exponent = -1074; exponent < 1024; exponent++) equal(power(2, exponent), 2 ** exponent);
  for (let exponent = 0; exponent <= 33; exponent++)
    equal(power(3, exponent), Number(3n ** BigInt(exponent)));
});
