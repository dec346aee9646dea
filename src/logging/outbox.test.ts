import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { numberOf } from './line.ts';
import type { LogLine } from './line.ts';
import { Outbox } from './outbox.ts';

const LOG = '00112233445566aa';
const ROOM = 4000;

function line(message: string): LogLine {
  return { time: '2026-11-21T08:06:14.356Z', level: 'info', replica: '127.0.0.1:14000', message };
}

function makeOutbox(): Outbox {
  return new Outbox(LOG, ROOM, (dropped) => line(`${dropped} lines dropped`));
}

interface Arrived {
  readonly number: number;
  readonly dropped: number;
  readonly message: string;
}

function read(text: string): readonly Arrived[] {
  return text
    .split('\n')
    .filter((one) => one !== '')
    .map((one) => {
      const { number = 0, dropped = 0 } = numberOf(one) ?? {};
      return { number, dropped, message: String(JSON.parse(one).message) };
    });
}

type Step =
  | { readonly kind: 'add'; readonly length: number }
  | { readonly kind: 'send'; readonly bytes: number }
  /** The daemon confirms so much of what it has, and whether its connection ends then. */
  | { readonly kind: 'confirm'; readonly share: number; readonly ends: boolean };

const STEP: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('add' as const), length: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('send' as const), bytes: fc.nat(1500) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('confirm' as const),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      ends: fc.boolean(),
    }),
  },
);

test('every line arrives in order or is counted as dropped, and never both, whatever is sent twice', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 200 }), (steps) => {
      const outbox = makeOutbox();
      const said: string[] = [];
      /** What the daemon wrote: each number once. */
      const written: Arrived[] = [];
      const last = (): number => written.at(-1)?.number ?? 0;
      const send = (bytes: number): void => {
        for (const one of read(outbox.next(bytes))) if (one.number > last()) written.push(one);
      };
      for (const step of steps) {
        if (step.kind === 'add') {
          const message = `${said.length}${'x'.repeat(step.length)}`;
          said.push(message);
          outbox.add(line(message));
        } else if (step.kind === 'send') send(step.bytes);
        else {
          outbox.confirm(Math.floor(last() * step.share));
          if (step.ends) outbox.rewind();
        }
        ok(outbox.bytes <= ROOM + 300, 'its memory has a bound');
      }
      outbox.confirm(last());
      outbox.reportDropped();
      outbox.rewind();
      send(Infinity);
      outbox.confirm(last());

      let number = 0;
      let dropped = 0;
      for (const one of written) {
        equal(one.number, number + Math.max(1, one.dropped), 'no number is left out');
        if (one.dropped === 0) equal(one.message, said[number]);
        else equal(one.message, `${one.dropped} lines dropped`);
        dropped += one.dropped;
        number = one.number;
      }
      equal(number, said.length);
      deepEqual([outbox.last, outbox.dropped, outbox.size], [said.length, dropped, 0]);
    }),
    { numRuns: 500 },
  );
});

test('without room, what waits stays and what comes is dropped, until half of the room is free', () => {
  const outbox = makeOutbox();
  for (let at = 0; at < 50; at++) outbox.add(line(`m${at}`));
  const kept = outbox.last - outbox.dropped;
  ok(kept > 5 && kept < 50);

  const sent = read(outbox.next(Infinity));
  outbox.confirm(1);
  outbox.add(line('too early'));
  outbox.confirm(sent.at(-1)?.number ?? 0);
  outbox.add(line('again'));

  equal(sent.length, kept);
  const dropped = 51 - kept;
  deepEqual(read(outbox.next(Infinity)), [
    { number: 51, dropped, message: `${dropped} lines dropped` },
    { number: 52, dropped: 0, message: 'again' },
  ]);
});

test('a daemon cannot confirm what was not sent', () => {
  const outbox = makeOutbox();
  outbox.add(line('one'));
  outbox.add(line('two'));
  outbox.next(1);

  outbox.confirm(999);

  equal(outbox.size, 1);
  deepEqual(read(outbox.next(Infinity)), [{ number: 2, dropped: 0, message: 'two' }]);
});
