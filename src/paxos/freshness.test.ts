import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { Context } from './context.ts';
import { Freshness } from './freshness.ts';
import { aContext, ALICE, BOB, CAROL, sentOf, take, TIMING } from './test-kit.ts';

interface Subject {
  readonly context: Context;
  readonly freshness: Freshness;
  /** Asks, and returns the numbers of the questions that went out, by whom they are for. */
  readonly ask: (leader?: number) => readonly (readonly [to: number, token: number])[];
}

function someFreshness(): Subject {
  const context = aContext(CAROL);
  context.wall = 1_000_000;
  const freshness = new Freshness(context);
  return {
    context,
    freshness,
    ask(leader = ALICE) {
      freshness.ask(leader);
      return sentOf(take(context), 'readIndex').map(({ to, message }) => [to, message.token]);
    },
  };
}

function pass(context: Context, ms: number, wallMs = ms): void {
  context.now += ms;
  context.wall += wallMs;
}

function tokenOf(asked: readonly (readonly [to: number, token: number])[]): number {
  return asked[0]?.[1] ?? -1;
}

test('an answer covers what was acknowledged before its question, and no more', () => {
  const { context, freshness, ask } = someFreshness();
  const token = tokenOf(ask());
  pass(context, 300);
  equal(freshness.index(freshness.now, 1000), undefined);
  freshness.answered({ kind: 'readIndexReply', token, index: 7 });

  equal(freshness.index(freshness.now, 299), undefined, 'it counts from the question');
  equal(freshness.index(freshness.now, 300), 7);
  pass(context, 50);
  equal(freshness.index(freshness.now, 300), undefined);
  equal(freshness.index(freshness.now, 350), 7);
});

test('with a bound of zero, a question after the read is what counts', () => {
  const { context, freshness, ask } = someFreshness();
  const before = freshness.now;
  pass(context, 5);
  const token = tokenOf(ask());
  const after = { at: before.at + 6, wall: before.wall + 6 };
  freshness.answered({ kind: 'readIndexReply', token, index: 7 });

  equal(freshness.index(before, 0), 7);
  equal(freshness.index(after, 0), undefined);
});

test('the longer of the times of two clocks counts: a machine may have slept, a clock may be set', () => {
  const { context, freshness, ask } = someFreshness();
  const token = tokenOf(ask());
  freshness.answered({ kind: 'readIndexReply', token, index: 7 });

  pass(context, 10, 3_600_000);
  equal(freshness.index(freshness.now, 1000), undefined, 'slept for an hour');
  pass(context, 0, -7_200_000);
  equal(freshness.index(freshness.now, 1000), 7, 'set back: the other clock says how long it was');
  pass(context, 2000, 0);
  equal(freshness.index(freshness.now, 1000), undefined);
});

test('a question is repeated until it is answered, and its number stays', () => {
  const { context, freshness, ask } = someFreshness();
  const token = tokenOf(ask());
  deepEqual(ask(), [], 'it is under way');
  pass(context, TIMING.resend);

  deepEqual(ask(), [[ALICE, token]]);
  freshness.answered({ kind: 'readIndexReply', token, index: 7 });
  equal(freshness.index(freshness.now, TIMING.resend - 1), undefined, 'it is as old as its first');
  equal(freshness.index(freshness.now, TIMING.resend), 7);
});

test('another leader, or a question that is old, leads to a new one; answers to others do not fit', () => {
  const { context, freshness, ask } = someFreshness();
  const first = tokenOf(ask());
  const second = ask(BOB);
  equal(second[0]?.[0], BOB);
  pass(context, TIMING.electionMin + 1);
  const third = tokenOf(ask(BOB));

  equal(new Set([first, tokenOf(second), third]).size, 3);
  for (const token of [first, tokenOf(second), third + 1]) {
    freshness.answered({ kind: 'readIndexReply', token, index: 9 });
    equal(freshness.index(freshness.now, 1e9), undefined);
  }
  freshness.answered({ kind: 'readIndexReply', token: third, index: 7 });
  equal(freshness.index(freshness.now, 0), 7);
  freshness.answered({ kind: 'readIndexReply', token: third, index: 9 });
  equal(freshness.index(freshness.now, 0), 7, 'repeated');
});

test('nobody is asked while nobody is followed', () => {
  const { context, freshness } = someFreshness();

  freshness.ask(undefined);

  deepEqual(take(context).all, []);
});
