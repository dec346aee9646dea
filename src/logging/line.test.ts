import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import {
  haveOf,
  helloOf,
  logOfHello,
  MAX_LINE_BYTES,
  numberOf,
  numberOfHave,
  showLine,
} from './line.ts';

const LOG = '00112233445566aa';
const HEAD = { time: '2026-11-21T08:06:14.356Z', level: 'info', replica: '[::1]:14000' };

test('whatever a message has, its line is one line, fits, and has its number', () => {
  const message = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('\u0000', '\ud800', '"', '\u{10ffff}').map((one) => one.repeat(20_000)),
  );
  fc.assert(
    fc.property(message, fc.integer({ min: 1, max: 1e14 }), (text, number) => {
      const line = showLine({ ...HEAD, message: text }, { log: LOG, number, dropped: 0 });

      equal(line.includes('\n'), false);
      ok(Buffer.byteLength(line) < MAX_LINE_BYTES);
      deepEqual(numberOf(line), { log: LOG, number, dropped: 0 });
      if (text.length <= 8000) equal(JSON.parse(line).message, text);
    }),
    { numRuns: 50 },
  );
});

test('numbers that no replica would write are those of nobody', () => {
  const good = showLine({ ...HEAD, message: 'm' }, { log: LOG, number: 7, dropped: 3 });
  deepEqual(numberOf(good), { log: LOG, number: 7, dropped: 3 });
  const bad = [
    ` ${good}`,
    good.replace('/7', '/0'),
    good.replace('/7', '/07'),
    good.replace('/7', '/-7'),
    good.replace('/7', '/7777777777777777'),
    good.replace(':3', ':8'),
    good.replace('00112233', '0011223X'),
    showLine({ ...HEAD, message: `{"line":"${LOG}/7",` }),
    '',
  ];
  deepEqual(
    bad.map(numberOf),
    bad.map(() => undefined),
  );
});

test('replica and daemon understand one another, and nothing else', () => {
  equal(logOfHello(helloOf(LOG, '127.0.0.1:14000')), LOG);
  equal(logOfHello('hello world'), undefined);
  equal(numberOfHave(haveOf(LOG, 12), LOG), 12);
  equal(numberOfHave(haveOf('ffffffffffffffff', 12), LOG), undefined);
  equal(numberOfHave('have everything', LOG), undefined);
});
