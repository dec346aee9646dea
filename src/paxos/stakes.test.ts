import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { ByteReader, ByteWriter, MalformedBytes } from '../base/index.ts';
import type { RequestName } from './entry.ts';
import type { Cell } from './replies.ts';
import { Stakes } from './stakes.ts';

const nameOf = (session: number, sequence: number): RequestName => ({ session, sequence });

function cellOf(name: RequestName): Cell {
  return { ...name, slot: 1, reply: undefined };
}

function blocked(
  stakes: Stakes,
  session: number,
  sequence: number,
  { timeoutMs = 0, resting = [] }: { timeoutMs?: number; resting?: readonly number[] } = {},
): void {
  const name = nameOf(session, sequence);
  stakes.block(name, { cell: cellOf(name), since: 1000 + sequence, timeoutMs, resting });
}

function written(stakes: Stakes): Uint8Array {
  const writer = new ByteWriter();
  stakes.write(writer);
  return writer.copy();
}

function restored(bytes: Uint8Array): { readonly stakes: Stakes; readonly count: number } {
  const stakes = new Stakes();
  const reader = new ByteReader(bytes);
  const count = stakes.read(reader, cellOf);
  reader.end();
  return { stakes, count };
}

test('who waits and who owns comes back from a snapshot, of several sessions with several calls', () => {
  const stakes = new Stakes();
  blocked(stakes, 2, 4, { timeoutMs: 500, resting: [2, 3] });
  blocked(stakes, 1, 7);
  blocked(stakes, 1, 3, { timeoutMs: 20 });
  stakes.gain(nameOf(1, 1));
  stakes.gain(nameOf(3, 9));
  stakes.lapse(4);

  const { count, stakes: copy } = restored(written(stakes));

  equal(count, 3);
  deepEqual(
    [...copy.waitingOf(1)].map(([sequence, { since, timeoutMs }]) => [sequence, since, timeoutMs]),
    [
      [3, 1003, 20],
      [7, 1007, 0],
    ],
  );
  deepEqual([...copy.waitingOf(2)].length, 1);
  deepEqual([copy.restingOf(1), copy.restingOf(2), copy.restingOf(3)], [[], [2, 3], []]);
  deepEqual([copy.ownedOf(1), copy.ownedOf(3), copy.lossesOf(4)], [[1], [9], 1]);
  deepEqual([...copy.sessions()], [1, 2, 3]);
  deepEqual(written(copy), written(stakes));
});

test('a snapshot in which a call waits that was never made is refused', () => {
  const stakes = new Stakes();
  blocked(stakes, 1, 1);

  const reader = new ByteReader(written(stakes));

  throws(() => new Stakes().read(reader, () => undefined), MalformedBytes);
});

test('the same stakes have the same bytes, whatever came and went before', () => {
  const some = new Stakes();
  blocked(some, 1, 5);
  some.gain(nameOf(2, 1));
  const others = new Stakes();
  others.gain(nameOf(3, 1));
  others.gain(nameOf(2, 1));
  others.free(nameOf(3, 1), 'given');
  blocked(others, 1, 6);
  blocked(others, 1, 5);
  others.unblock(nameOf(1, 6));

  deepEqual(written(some), written(others));
});

test('what is given back is no loss; what is taken is one, once for each call', () => {
  const stakes = new Stakes();
  for (const sequence of [1, 2]) stakes.gain(nameOf(1, sequence));

  equal(stakes.free(nameOf(1, 1), 'given'), false);
  equal(stakes.free(nameOf(1, 1), 'lost'), false, 'it was not owned any more');
  equal(stakes.lossesOf(1), 0);
  equal(stakes.free(nameOf(1, 2), 'lost'), true);
  equal(stakes.lossesOf(1), 1);
  equal(stakes.has(1), false);
});

test('a session whose lease is over waits nowhere and owns nothing, and that is a loss', () => {
  const stakes = new Stakes();
  blocked(stakes, 1, 2);
  stakes.gain(nameOf(1, 1));

  const waited = stakes.lapse(1);

  deepEqual(
    waited.map(([sequence]) => sequence),
    [2],
  );
  deepEqual([stakes.has(1), stakes.ownedOf(1), stakes.lossesOf(1)], [false, [], 1]);
});

test('sessions whose stake changes are told once, and calls that wait for a time', () => {
  const stakes = new Stakes();
  blocked(stakes, 1, 1, { timeoutMs: 100 });
  blocked(stakes, 2, 1);
  stakes.gain(nameOf(1, 3));

  deepEqual(stakes.takeChanged(), [1, 2]);
  deepEqual(stakes.takeTimed(), [nameOf(1, 1)]);
  deepEqual([stakes.takeChanged(), stakes.takeTimed()], [[], []]);

  stakes.remove(2);
  deepEqual(stakes.takeChanged(), [2]);
});
