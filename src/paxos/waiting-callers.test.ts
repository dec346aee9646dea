import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Command } from './effect.ts';
import type { Item } from './entry.ts';
import { aDesk } from './desk-test-kit.ts';
import { encodeOutcome } from './outcome.ts';
import { aCall, bytes, clientId, take, textOf } from './test-kit.ts';
import { EXPECTED_MS, PATIENCE_MS } from './waiting-callers.ts';

const NOBODY = { woken: [], gained: [], freed: [] };

/** A lock; what is neither `acquire` nor `release` returns at once. */
function aLock(): (command: Command) => Uint8Array {
  const line: Command[] = [];
  let owner: Command | undefined;
  return (command) => {
    const name = textOf(command.bytes);
    if (name === 'acquire' && owner !== undefined) {
      line.push(command);
      return encodeOutcome({ ...NOBODY, waitsMs: 0 });
    }
    if (name === 'acquire') {
      owner = command;
      return encodeOutcome({ ...NOBODY, result: bytes('yours'), gained: [command] });
    }
    if (name !== 'release' || owner === undefined) return bytes('done');
    const freed = [owner];
    owner = line.shift();
    const gained = owner === undefined ? [] : [owner];
    const woken = gained.map((next) => ({ ...next, result: bytes('yours'), grant: undefined }));
    return encodeOutcome({ result: bytes('done'), freed, gained, woken });
  };
}

/** Sessions 1, 2 and 3 of connection 7: the first had the lock, the second has it, the third waits. */
function handedOn() {
  const desk = aDesk(aLock());
  const { ask, context, settle } = desk;
  const asks = (...items: readonly Item[]): readonly (readonly Item[])[] => {
    ask(...items);
    return settle();
  };
  for (const client of ['x', 'y', 'z']) asks({ kind: 'open', client: clientId(client) });
  asks(aCall(1, 1, 'acquire'), aCall(2, 1, 'acquire'), aCall(3, 1, 'acquire'));
  take(context);
  asks(aCall(1, 2, 'release'));
  return { ...desk, asks };
}

test('who wants a lock again shares the slot in which it is given back', () => {
  const { asks } = handedOn();

  deepEqual(asks(aCall(1, 3, 'acquire')), [], 'it would wait, and stays behind');
  deepEqual(asks(aCall(2, 2, 'release')), [[aCall(1, 3, 'acquire'), aCall(2, 2, 'release')]]);
});

test('who was woken is expected for a moment, and not longer', () => {
  const { asks, context, settle } = handedOn();
  deepEqual(asks(aCall(1, 3, 'acquire')), []);

  context.now += EXPECTED_MS;

  deepEqual(settle(), [[aCall(1, 3, 'acquire')]]);
});

test('what waits stays behind slots that are under way, and not for long', () => {
  const { ask, asks, context, desk, leader, settle } = handedOn();
  asks(aCall(2, 2, 'anything'));
  const { nextSlot } = leader;
  ask(aCall(2, 3, 'anything'));
  desk.pump(leader);
  equal(leader.nextSlot, nextSlot + 1, 'nothing keeps others');
  ask(aCall(1, 3, 'acquire'));

  context.now += PATIENCE_MS - 1;
  desk.pump(leader);
  equal(leader.nextSlot, nextSlot + 1);
  context.now += 1;
  desk.pump(leader);
  equal(leader.nextSlot, nextSlot + 2);

  deepEqual(settle(), []);
});

test('who owns something is not kept waiting: it may be about to wake others', () => {
  const { ask, desk, leader } = handedOn();
  ask(aCall(2, 2, 'anything'));
  desk.pump(leader);
  const { nextSlot } = leader;

  ask(aCall(2, 3, 'acquire'));
  desk.pump(leader);

  equal(leader.nextSlot, nextSlot + 1);
});

test('what would not wait goes at once, and takes along what stays behind', () => {
  const { asks } = handedOn();

  deepEqual(asks(aCall(1, 3, 'acquire')), []);
  deepEqual(asks(aCall(1, 4, 'anything')), [[aCall(1, 3, 'acquire'), aCall(1, 4, 'anything')]]);
});

test('a command that did not wait the last time goes at once', () => {
  const { asks } = handedOn();
  asks(aCall(2, 2, 'release'), aCall(3, 2, 'release'));
  asks(aCall(1, 3, 'acquire'));
  asks(aCall(2, 3, 'anything'), aCall(1, 4, 'release'));

  const { length } = asks(aCall(2, 4, 'acquire'));

  equal(length, 1);
});

test('who was woken hears of it before others hear that they wait', () => {
  const { asks, context } = handedOn();
  take(context);

  asks(aCall(1, 3, 'acquire'), aCall(2, 2, 'release'));

  const told = take(context).responses.map((response) =>
    'session' in response ? `${response.kind} ${response.session}` : response.kind,
  );
  deepEqual(told, ['reply 3', 'reply 2', 'waiting 1']);
});
