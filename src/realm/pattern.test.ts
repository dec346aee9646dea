import { equal } from 'node:assert/strict';
import { test } from 'node:test';
import { judgePattern } from './pattern.ts';

function verdict(pattern: RegExp): string {
  return judgePattern(pattern.source, pattern.flags).kind;
}

test('what the linear engine can take is linear, however it is nested', () => {
  for (const pattern of [/a+b/, /(a+)+b/g, /(?:a|b|ab)*c/y, /[)(*+]+/s, /(?<n>x{2,3})?/m, /\(\)/]) {
    equal(verdict(pattern), 'linear', String(pattern));
  }
});

test('what only backtracking can take is refused where it can take time without bound', () => {
  for (const pattern of [
    /(a+)+b/i,
    /(a|a)*b/u,
    /(?=(x?)*)y/,
    /(a{1,20})+b/,
    new RegExp('([a&&b]?)*', 'v'),
  ]) {
    equal(verdict(pattern), 'refused', String(pattern));
  }
  equal(verdict(new RegExp(`${'a?'.repeat(30)}${'a'.repeat(30)}`, 'i')), 'refused');
});

test('other patterns with back references, lookaround or case folding are charged for backtracking', () => {
  for (const pattern of [
    /(a)\1/,
    /\B(?=(\d{3})+(?!\d))/g,
    /^\s*(\w+)\s*$/i,
    /(?<x>a)\k<x>/,
    /\p{L}+/u,
  ]) {
    equal(verdict(pattern), 'backtracks', String(pattern));
  }
});
