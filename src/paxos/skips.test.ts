import { deepEqual, equal, ok, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/index.ts';
import { encodeBegin, encodeFirm, encodeSkip, NOOP } from './entry.ts';
import type { CallPlace, Entry } from './entry.ts';
import { Log } from './log.ts';
import { Skips } from './skips.ts';
import { ALICE, BOB, THREE } from './test-kit.ts';

const CALL: CallPlace = { slot: 2, index: 1 };
const ALICES = { round: 3, leader: ALICE };
const BOBS = { round: 4, leader: BOB };

function skip(place: CallPlace, ballot = ALICES): Entry {
  return encodeSkip(ballot, place);
}

/** What the log says, as far as it is decided. */
function aLog(...entries: readonly Entry[]): { readonly log: Log; readonly skips: Skips } {
  const log = new Log(0, THREE);
  const skips = new Skips(log);
  for (const entry of entries) log.append(entry);
  skips.learn();
  return { log, skips };
}

function written(skips: Skips): Uint8Array {
  const writer = new ByteWriter();
  skips.write(writer);
  return writer.finish();
}

function read(bytes: Uint8Array, ...entries: readonly Entry[]): Skips {
  const { skips } = aLog(...entries);
  const reader = new ByteReader(bytes);
  skips.read(reader, 4);
  reader.end();
  return skips;
}

test('a call is taken out by what is behind it in the log', () => {
  const { skips } = aLog(NOOP, NOOP, skip(CALL));

  equal(skips.newest, 3);
  ok(skips.heed(CALL));
  ok(!skips.heed({ slot: 2, index: 0 }));
});

test('of two entries that contradict each other the first counts', () => {
  const firmFirst = aLog(NOOP, NOOP, encodeFirm(2), skip(CALL)).skips;
  equal(firmFirst.newest, 0);
  ok(!firmFirst.heed(CALL));
  equal(firmFirst.contradict(4), undefined);

  const skipFirst = aLog(NOOP, NOOP, skip(CALL), encodeFirm(2)).skips;
  equal(skipFirst.newest, 3);
  deepEqual(skipFirst.contradict(4), CALL);
});

test('what is firm goes no further than the log says, and not back', () => {
  const { skips } = aLog(
    NOOP,
    NOOP,
    NOOP,
    encodeFirm(2),
    encodeFirm(1),
    skip({ slot: 3, index: 0 }),
  );

  equal(skips.firm, 2);
  ok(skips.heed({ slot: 3, index: 0 }));
});

test('a snapshot says what is firm by the slots that it holds, and nothing of later ones', () => {
  const { log, skips } = aLog(NOOP, NOOP, encodeFirm(1), encodeFirm(2));
  for (let slot = 1; slot <= 3; slot++) skips.applied(log.at(slot) as Entry);

  const later = read(written(skips));

  equal(later.firm, 1);
  deepEqual(written(later), written(skips));
});

test('who goes on from a snapshot takes out nothing that was firm in it', () => {
  const { log, skips } = aLog(NOOP, NOOP, encodeFirm(2));
  for (let slot = 1; slot <= 3; slot++) skips.applied(log.at(slot) as Entry);
  const behind = new Log(3, THREE);
  const later = new Skips(behind);
  later.read(new ByteReader(written(skips)), 3);

  behind.append(skip(CALL));
  later.learn();

  ok(!later.heed(CALL));
  equal(later.contradict(4), undefined);
});

test('an earlier leader takes out nothing any more when a later one has begun', () => {
  const late = aLog(NOOP, NOOP, encodeBegin(BOBS), skip(CALL)).skips;
  equal(late.newest, 0);
  equal(late.contradict(4), undefined);

  deepEqual(aLog(NOOP, NOOP, skip(CALL), encodeBegin(BOBS)).skips.contradict(4), CALL);
  deepEqual(aLog(NOOP, NOOP, encodeBegin(BOBS), skip(CALL, BOBS)).skips.contradict(4), CALL);
  const disorder = [encodeBegin(BOBS), encodeBegin(ALICES), skip(CALL)];
  equal(aLog(NOOP, NOOP, ...disorder).skips.newest, 0);
});

test('who goes on from a snapshot knows which leadership had begun', () => {
  const { skips } = aLog();
  skips.applied(encodeBegin(BOBS));
  const log = new Log(3, THREE);
  const later = new Skips(log);
  later.read(new ByteReader(written(skips)), 3);

  log.append(skip(CALL));
  later.learn();

  equal(later.newest, 0);
});

test('behind a snapshot that is without a call, an entry that took it out is known to be there', () => {
  const { skips } = aLog(NOOP, NOOP, skip(CALL));
  ok(skips.heed(CALL));
  const later = new Skips(new Log(7, THREE));
  later.read(new ByteReader(written(skips)), 7);

  equal(later.newest, 7);
});

test('however many calls are taken out in front of what is applied, none of them is tried', () => {
  const places = Array.from({ length: 1000 }, (_, index) => ({ slot: 1, index }));
  const { skips } = aLog(NOOP, ...places.map((place) => skip(place)));

  ok(places.every((place) => skips.heed(place)));
});

test('what is behind a snapshot is not looked for slot by slot', () => {
  const log = new Log(2 ** 50, THREE);
  const skips = new Skips(log);
  const place = { slot: 2 ** 50 + 1, index: 0 };
  log.append(NOOP);
  log.append(skip(place));

  skips.learn();

  ok(skips.heed(place));
});

test('a snapshot names the last calls that were taken out, and contradicts nobody by older ones', () => {
  const places = Array.from({ length: 300 }, (_, index) => ({ slot: 1, index }));
  const entries = [NOOP, ...places.map((place) => skip(place))];
  const { skips } = aLog(...entries);
  for (const place of places) skips.heed(place);

  const later = read(written(skips), ...entries);

  equal(later.contradict(1), undefined);
});

test('both are in a snapshot, either is, or none', () => {
  const both = aLog(NOOP, encodeFirm(1), skip(CALL)).skips;
  deepEqual(written(both), Uint8Array.of());
  both.applied(encodeFirm(1));
  deepEqual(written(both), Uint8Array.of(0, 1, 0));
  ok(both.heed(CALL));
  deepEqual(written(both), Uint8Array.of(1, 2, 1, 1, 0));
  both.applied(encodeBegin(ALICES));
  const all = Uint8Array.of(1, 2, 1, 1, 1, 3, ALICE);
  deepEqual(written(both), all);
  deepEqual(written(read(all)), all);
});

test('a snapshot that names nothing but calls is read as well', () => {
  deepEqual(written(read(Uint8Array.of(1, 2, 1))), Uint8Array.of(1, 2, 1, 0, 0));
});

test('what says nothing at length is malformed', () => {
  for (const bytes of [[0], [0, 0, 0], [1, 2, 1, 0, 2], [0, 0, 1, 0, 1]]) {
    throws(() => read(Uint8Array.from(bytes)), MalformedBytes);
  }
});
