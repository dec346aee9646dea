import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { REPLY } from './client.ts';
import { eraOf } from './entry.ts';
import type { Item } from './entry.ts';
import { Replies } from './replies.ts';
import type { Cell } from './replies.ts';
import { cancel, copyOf, decide, open, resolve, settle } from './sessions-test-kit.ts';
import { Sessions } from './sessions.ts';
import { aCall } from './test-kit.ts';

test('kept replies count until the slot is settled that dropped them', () => {
  const sessions = new Sessions();
  decide(sessions, [open('x'), aCall(1, 1, 'four'), aCall(1, 2, 'five')]);
  equal(sessions.replyBytes(1), 2 * 5);
  equal(copyOf(sessions).replyBytes(1), 2 * 5);

  const call = sessions.plan(4, aCall(1, 3, 'late', 3));
  const next = sessions.plan(5, aCall(1, 4, 'next', 4));
  equal(sessions.reply({ session: 1, sequence: 3 }), undefined, 'it is acknowledged already');
  settle(sessions, call, 4);
  equal(sessions.replyBytes(1), 5, 'the first two count no more, the third does');
  settle(sessions, next, 5);

  equal(sessions.replyBytes(1), 5);
  equal(sessions.replyBytes(), 5);
});

test('what a session keeps counts no more when it ends, however it does', () => {
  const ends: readonly Item[] = [
    { kind: 'close', session: 1 },
    { kind: 'expire', sessions: [1, 2] },
    { kind: 'era', above: eraOf(1) },
  ];
  for (const end of ends) {
    const sessions = new Sessions();
    decide(sessions, [open('x'), aCall(1, 1, 'four'), aCall(1, 2, 'five')]);
    equal(sessions.replyBytes(), 2 * 5);
    const call = sessions.plan(4, aCall(1, 3, 'late'));
    const ended = sessions.plan(5, end);

    settle(sessions, call, 4);
    equal(sessions.replyBytes(), 3 * 5, end.kind);
    settle(sessions, ended, 5);

    equal(sessions.replyBytes(), 0, end.kind);
    equal(copyOf(sessions).count, 0, end.kind);
  }
});

test('what is given up is the same for whoever goes on from a snapshot, though a call waited long', () => {
  const cellOf = (sequence: number, slot: number): Cell => {
    return { session: 1, sequence, slot, reply: undefined };
  };
  const eight = Uint8Array.from('12345678', (digit) => Number(digit));
  // The first call waits, and has its reply behind the second.
  const lived = [cellOf(2, 5), cellOf(1, 9)];
  const restored = [cellOf(1, 9), cellOf(2, 5)];

  const [some, others] = [lived, restored].map((cells) => {
    const replies = new Replies(23);
    for (const cell of cells) replies.add(cell, eight);
    replies.settle(cellOf(3, 10), eight);
    return cells.map(({ reply, sequence }) => `${sequence}: ${reply?.length}`).toSorted();
  });

  deepEqual(some, ['1: 8', '2: 1'], 'the oldest reply goes first');
  deepEqual(others, some);
});

test('at the bound the heaviest session gives up its oldest replies, and its requests are known', () => {
  const sessions = new Sessions(40);
  decide(sessions, [open('x'), open('y'), cancel(1, 1), aCall(2, 1, 'light')]);
  for (let n = 2; n <= 5; n++) decide(sessions, [aCall(1, n, '12345678')], 3 + n);
  equal(sessions.replyBytes(), 6 + 2 * 9, 'at most three quarters of the bound are left');

  const asked = [aCall(1, 2), aCall(1, 1), resolve(2, 2, [1, 2]), resolve(2, 3, [1, 5])];
  const plans = decide(copyOf(sessions), asked, 9);

  const replies = [1, 2, 3, 4, 5].map(
    (sequence) => sessions.reply({ session: 1, sequence })?.reply[0],
  );
  const { cancelled, forgotten, resolvedReply: resolved, result } = REPLY;
  deepEqual(replies, [cancelled, forgotten, forgotten, result, result].map(Number));
  equal(sessions.reply({ session: 2, sequence: 1 })?.reply.length, 6, 'the other keeps its own');
  deepEqual(
    plans.map((plan) => ('cell' in plan ? plan.cell?.reply?.[0] : undefined)),
    [forgotten, cancelled, forgotten, resolved],
  );
});

test('a reply that is larger than the bound is given up itself, and others of its session with it', () => {
  const sessions = new Sessions(10);
  decide(sessions, [open('x'), aCall(1, 1, 'one'), aCall(1, 2, 'far too large')]);

  equal(sessions.replyBytes(), 0);
  equal(sessions.reply({ session: 1, sequence: 2 })?.reply[0], REPLY.forgotten);
});

/** Settles one reply of a session, or releases what it has kept longest. */
interface Move {
  readonly session: number;
  readonly bytes: number;
  readonly release: boolean;
}

const move: fc.Arbitrary<Move> = fc.record({
  session: fc.oneof({ weight: 3, arbitrary: fc.integer({ min: 1, max: 8 }) }, fc.constant(1)),
  bytes: fc.integer({ min: 1, max: 50 }),
  release: fc.boolean().chain((one) => (one ? fc.boolean() : fc.constant(false))),
});

const lengthOf = (cells: readonly Cell[]): number =>
  cells.reduce((sum, { reply }) => sum + ((reply?.length ?? 0) > 1 ? (reply?.length ?? 0) : 0), 0);

/** What each session has of its own, and all of it. */
class Kept {
  readonly all: Cell[] = [];

  of(session: number): readonly Cell[] {
    return this.all.filter((cell) => cell.session === session);
  }

  removeOldest(session: number): readonly Cell[] {
    const at = this.all.findIndex((cell) => cell.session === session);
    return at < 0 ? [] : this.all.splice(at, 1);
  }
}

test('whatever is settled and released: bytes are exact, bounded, and light sessions lose nothing', () => {
  const limit = 200;
  fc.assert(
    fc.property(fc.array(move, { maxLength: 200, size: 'max' }), (moves) => {
      const replies = new Replies(limit);
      const kept = new Kept();
      moves.forEach(({ session, bytes, release }, slot) => {
        if (release) return replies.release(kept.removeOldest(session));
        const cell: Cell = { session, sequence: 1, slot, reply: undefined };
        kept.all.push(cell);
        const before = new Map(kept.all.map((one) => [one, one.reply]));
        const share = Math.floor((limit * 3) / 4 / 8);
        const light = [1, 2, 3, 4, 5, 6, 7, 8].filter(
          (one) => one !== session && lengthOf(kept.of(one)) <= share,
        );

        const count = replies.settle(cell, new Uint8Array(bytes).fill(REPLY.cancelled));

        const lost = kept.all.filter(
          (one) => before.get(one) !== undefined && one.reply !== before.get(one),
        );
        equal(lost.length, count, 'so many were given up, and the new one is not among them');
        equal(cell.reply?.length, bytes);
        for (const one of lost) {
          deepEqual(one.reply, Uint8Array.of(REPLY.forgotten));
          ok(!light.includes(one.session), 'who keeps no more than an equal share loses nothing');
          const older = kept.of(one.session).filter((other) => other.slot < one.slot);
          equal(lengthOf(older), 0, 'the oldest go first');
        }
        if (count > 0) ok(replies.bytes <= (limit * 3) / 4 + bytes, 'much is given up at once');
      });
      ok(replies.bytes <= limit);
      equal(replies.bytes, lengthOf(kept.all));
      for (let session = 1; session <= 8; session++) {
        equal(replies.bytesOf(session), lengthOf(kept.of(session)));
      }
    }),
    { numRuns: 300 },
  );
});

test('of many sessions that keep the same a few give up everything, not all of them something', () => {
  const replies = new Replies(100);
  const cells = Array.from({ length: 11 }, (_, at): Cell => {
    return { session: at + 1, sequence: 1, slot: at + 1, reply: undefined };
  });

  const counts = cells.map((cell) => replies.settle(cell, new Uint8Array(10)));

  deepEqual(counts, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4]);
  deepEqual(
    cells.filter(({ reply }) => reply?.length === 1).map(({ session }) => session),
    [1, 2, 3, 4],
  );
});
