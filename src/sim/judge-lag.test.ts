import { doesNotThrow, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { History } from './history.ts';
import { judgeLag } from './judge-lag.ts';
import { MS } from './world.ts';

interface Story {
  readonly history: History;
  at: number;
}

function story(): Story {
  const clock = { at: 0 };
  return Object.assign(clock, { history: new History(() => clock.at * MS) });
}

/** A call is made and told at `at`, of this slot. */
function told({ history }: Story, slot: number): void {
  const call = history.begin(
    'c1',
    'increment',
    { consistency: 'linearizable', maxLagMs: undefined },
    0,
  );
  history.end(call, { kind: 'returned', value: undefined, slot });
}

/** A stale read is made at `at`, and sees this slot. */
function read({ history }: Story, slot: number, maxLagMs: number | undefined): void {
  const call = history.begin('c2', 'getvalue', { consistency: 'stale', maxLagMs }, 0);
  history.end(call, { kind: 'returned', value: 0, slot });
}

test('a read that misses what was told longer before than its bound is found', () => {
  const late = story();
  told(late, 7);
  late.at = 501;
  read(late, 6, 500);

  throws(
    () => judgeLag(late.history, 1),
    /read 2 saw slot 6, and might lag 500 ms.*call 1.*slot 7/,
  );
  doesNotThrow(
    () => judgeLag(late.history, 0.5),
    'by a clock that runs at half the pace it is right',
  );
});

test('what was told within the bound, or after the read was made, may be missing', () => {
  const fine = story();
  told(fine, 7);
  fine.at = 499;
  read(fine, 6, 500);
  read(fine, 6, undefined);
  fine.at = 600;
  read(fine, 7, 500);
  told(fine, 9);

  doesNotThrow(() => judgeLag(fine.history, 1));
});

test('with a bound of zero, nothing that was told before may be missing, though no time has passed', () => {
  const { at, history } = story();
  const both = { history, at };
  const early = history.begin('c2', 'getvalue', { consistency: 'stale', maxLagMs: 0 }, 0);
  told(both, 7);
  history.end(early, { kind: 'returned', value: 0, slot: 6 });
  doesNotThrow(() => judgeLag(history, 1), 'it was made before');

  read(both, 6, 0);
  throws(() => judgeLag(history, 1), /lag 0 ms/);
});
