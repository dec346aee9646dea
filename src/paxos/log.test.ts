import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import { DEFAULT_RETENTION, Log } from './log.ts';
import { entryNamed, THREE, viewEntry, viewOf } from './test-kit.ts';

test('entries are appended behind the commit index, and kept', () => {
  const log = new Log(0, THREE);
  log.append(NOOP);
  log.append(entryNamed('one'));

  equal(log.commit, 2);
  equal(log.first, 1);
  deepEqual(log.at(2), entryNamed('one'));
  equal(log.at(0), undefined);
  equal(log.at(3), undefined);
  equal(log.bytes, NOOP.length + entryNamed('one').length);
});

test('a view governs from the slot after the one that decides it', () => {
  const log = new Log(4, THREE);

  const next = log.append(viewEntry([1, 2], 2, 6));

  deepEqual(next, viewOf([1, 2], 2, 6));
  deepEqual(log.view, viewOf([1, 2], 2, 6));
  equal(log.append(NOOP), undefined);
});

test('a view that does not follow the present one is a defect of ours', () => {
  throws(() => new Log(0, THREE).append(viewEntry([1], 3, 2)), /views change one at a time/);
  throws(() => new Log(0, THREE).append(viewEntry([1], 2, 3)), /the slot after its own/);
});

test('a log is cut behind a snapshot, but for a tail', () => {
  const log = new Log(0, THREE, { ...DEFAULT_RETENTION, tailSlots: 3 });
  for (let slot = 1; slot <= 10; slot++) log.append(entryNamed(String(slot)));

  log.truncate(6);

  equal(log.first, 7);
  log.truncate(10);
  equal(10 - log.first <= 3, true, 'no more than the tail is kept');
  deepEqual(log.at(10), entryNamed('10'));
  equal(log.commit, 10);
  throws(() => log.truncate(11), /only decided slots are cut/);
});

test('a tail has a limit in bytes, too', () => {
  const log = new Log(0, THREE, { ...DEFAULT_RETENTION, tailBytes: 2 * NOOP.length });
  for (let slot = 1; slot <= 10; slot++) log.append(NOOP);

  log.truncate(10);

  equal(log.first, 9);
  equal(log.bytes, 2 * NOOP.length);
});

test('a log goes on behind an installed snapshot, and never goes back', () => {
  const log = new Log(0, THREE);
  log.append(NOOP);

  log.reset(8, viewOf([1, 2], 2, 5));

  deepEqual([log.first, log.commit, log.bytes], [9, 8, 0]);
  deepEqual(log.view, viewOf([1, 2], 2, 5));
  throws(() => log.reset(7, THREE), /does not go back/);
});

test('whatever is appended and cut, a log is a list of which the newest part is kept', () => {
  const step = fc.oneof(
    fc.nat(40).map((length): Entry => new Uint8Array(length + 2).fill(1)),
    fc.constant('cut' as const),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60, size: 'max' }), fc.nat(5), (steps, tailSlots) => {
      const log = new Log(0, THREE, { ...DEFAULT_RETENTION, tailSlots });
      const all: Entry[] = [];
      for (const one of steps) {
        if (one === 'cut') log.truncate(log.commit);
        else {
          one[1] = 0;
          log.append(one);
          all.push(one);
        }
        equal(log.commit, all.length);
        const kept = all.slice(log.first - 1);
        deepEqual(
          kept.map((_, index) => log.at(log.first + index)),
          kept,
        );
        equal(
          log.bytes,
          kept.reduce((sum, entry) => sum + entry.length, 0),
        );
      }
    }),
  );
});
