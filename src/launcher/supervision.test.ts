import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { afterEnding, bootFor } from './supervision.ts';
import type { Ending } from './supervision.ts';

const KILLED: Ending = { code: null, signal: 'SIGKILL', said: '', wasReady: true, livedMs: 1000 };

test('one that is killed comes back, later each time, and at once when it had been well', () => {
  const pauses = [0, 1, 2, 3, 10, 1000].map((attempts) => afterEnding(KILLED, attempts));
  deepEqual(
    pauses,
    [500, 1000, 2000, 4000, 60_000, 60_000].map((afterMs) => ({ do: 'restart', afterMs })),
  );
  deepEqual(afterEnding({ ...KILLED, livedMs: 60_000 }, 10), { do: 'restart', afterMs: 500 });
});

test('one that was told to stop stays stopped', () => {
  const verdict = afterEnding({ ...KILLED, code: 0, signal: null }, 0);
  deepEqual(verdict, { do: 'end', state: 'stopped', why: 'it was told to stop' });
});

test('who would end in the same way again is given up, with its last word', () => {
  const failed = { ...KILLED, code: 1, signal: null };
  for (const code of ['NOT_A_MEMBER', 'STALE_DIRECTORY', 'UNAUTHORIZED', 'INSTANCE_MISMATCH']) {
    const said = `concoord: it is so (${code}). Do that.`;
    deepEqual(afterEnding({ ...failed, said }, 0), { do: 'end', state: 'failed', why: said });
  }
  const usage = { ...failed, code: 2, said: 'concoord: no' };
  deepEqual(afterEnding(usage, 0), { do: 'end', state: 'failed', why: 'concoord: no' });
  const passing = { ...failed, said: 'concoord: full (DISK_FULL). Make space.' };
  equal(afterEnding(passing, 0).do, 'restart');
});

test('one that was never ready is given up at once: somebody waits for its first word', () => {
  const said = 'concoord: taken (ADDRESS_IN_USE). Choose another.';
  const ending = { ...KILLED, code: 1, signal: null, said, wasReady: false };
  deepEqual(afterEnding(ending, 0), { do: 'end', state: 'failed', why: said });
});

test('a founder whose instance lives on joins it where it says', () => {
  const said =
    'concoord: a:1 was a member of instance x, which lives on at b:2 (INSTANCE_EXISTS). Join it: …';
  const verdict = afterEnding({ ...KILLED, code: 1, signal: null, said, wasReady: false }, 0);
  deepEqual(verdict, { do: 'restart', afterMs: 500, boot: 'b:2' });
});

test('whoever knew members joins them, and never founds again', () => {
  equal(bootFor({}, 'a:1', []), undefined, 'a founder at its birth');
  equal(bootFor({}, 'a:1', ['a:1']), undefined, 'it was alone');
  equal(bootFor({}, 'a:1', ['b:2', 'a:1', 'c:3', 'b:2']), 'b:2,c:3');
  equal(bootFor({ boot: 'z:9' }, 'a:1', []), 'z:9');
  equal(
    bootFor({ boot: 'z:9' }, 'a:1', ['a:1', 'b:2']),
    'b:2',
    'the order is older than what was seen',
  );
});
