import { deepEqual, equal, notEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { limits, MalformedBytes } from '../base/index.ts';
import { Applier } from './applier.ts';
import { CHECKPOINT_SLOTS } from './checkpoints.ts';
import type { Outcomes } from './settler.ts';
import { REPLY } from './client.ts';
import type { Context } from './context.ts';
import { encodeBatch, encodeItem, NOOP } from './entry.ts';
import type { Entry } from './entry.ts';
import { DEFAULT_RETENTION, Log } from './log.ts';
import { aCall, aContext, batchOf, bytes, clientId, effectsOf, SILENT } from './test-kit.ts';
import { take, textOf, THREE, viewEntry, viewOf } from './test-kit.ts';

const OPEN = { kind: 'open', client: clientId('x') } as const;

interface Subject {
  readonly context: Context;
  readonly log: Log;
  readonly applier: Applier;
  /** Decides these slots. */
  readonly decide: (...entries: readonly Entry[]) => void;
  /** The executor answers with the commands that it was given. */
  readonly answer: (outcomes?: Outcomes) => readonly string[];
}

function anApplier(snapshotEverySlots = 1000, replyBytes = 1000): Subject {
  const context = aContext();
  const retention = { ...DEFAULT_RETENTION, snapshotEverySlots, replyBytes };
  const log = new Log(0, THREE, retention);
  const applier = new Applier(context, log, retention);
  return {
    context,
    log,
    applier,
    decide(...entries) {
      for (const entry of entries) log.append(entry);
      applier.advance(SILENT);
    },
    answer(outcomes = SILENT) {
      const [work] = effectsOf(context.takeEffects(), 'execute');
      if (work === undefined) return [];
      applier.executed(
        work.last,
        work.commands.map((command) => command.bytes),
        outcomes,
      );
      return work.commands.map((command) => textOf(command.bytes));
    },
  };
}

test('slots are executed in order, and what needs no executor does not wait for it', () => {
  const { applier, context, decide } = anApplier();

  decide(NOOP, NOOP);

  equal(applier.applied, 2);
  deepEqual(effectsOf(context.takeEffects(), 'execute'), []);
});

test('while the executor works, slots gather, and then go to it together', () => {
  const { applier, answer, decide } = anApplier();
  decide(batchOf(OPEN), batchOf(aCall(1, 1, 'one')));
  decide(batchOf(aCall(1, 2, 'two')));
  decide(batchOf(aCall(1, 3, 'three')), NOOP);
  deepEqual([applier.busy, applier.applied, applier.dispatched], [true, 0, 2]);

  deepEqual(answer(), ['one']);
  equal(applier.applied, 2);
  deepEqual(answer(), ['two', 'three']);

  equal(applier.applied, 5);
  equal(applier.busy, false);
});

test('a command has everything that it may depend on', () => {
  const { context, decide } = anApplier();

  decide(encodeBatch(500, 9, [OPEN, aCall(1, 1, 'one')].map(encodeItem)));

  const [work] = effectsOf(context.takeEffects(), 'execute');
  deepEqual(work?.commands, [
    { slot: 1, index: 1, time: 500, seed: 9, session: 1, sequence: 1, bytes: bytes('one') },
  ]);
});

test('time never goes back, though the clock of the next leader may', () => {
  const { context, decide, applier } = anApplier();
  decide(encodeBatch(500, 9, [OPEN, aCall(1, 1, 'one')].map(encodeItem)));
  take(context);
  applier.executed(1, [bytes('')], SILENT);

  decide(encodeBatch(400, 8, [aCall(1, 2, 'two')].map(encodeItem)));

  const [work] = effectsOf(context.takeEffects(), 'execute');
  equal(work?.commands[0]?.time, 500);
});

test('the view that governs is that of the last applied slot', () => {
  const { applier, answer, decide } = anApplier();
  decide(batchOf(OPEN, aCall(1, 1)), viewEntry([1, 2], 2, 3));
  equal(applier.view.epoch, 1);

  answer();
  answer();

  deepEqual(applier.view, viewOf([1, 2], 2, 3));
});

test('who waits gets a reply that the table cannot keep, once; who asks again learns that it is gone', () => {
  const { answer, decide } = anApplier(1000, 10);
  const told: string[] = [];
  const outcomes: Outcomes = {
    ...SILENT,
    replied: ({ sequence }, slot, reply) =>
      told.push(`#${sequence} of slot ${slot}: ${reply[0]}${textOf(reply.subarray(1))}`),
  };
  decide(batchOf(OPEN, aCall(1, 1, 'one')), batchOf(aCall(1, 2, 'far too large')));
  decide(batchOf(aCall(1, 1, 'one'), aCall(1, 2, 'far too large'), aCall(1, 3, 'x')));

  answer(outcomes);
  answer(outcomes);

  deepEqual(told, [
    `#1 of slot 1: ${REPLY.result}one`,
    `#2 of slot 2: ${REPLY.result}far too large`,
    `#1 of slot 1: ${REPLY.forgotten}`,
    `#2 of slot 2: ${REPLY.forgotten}`,
    `#3 of slot 3: ${REPLY.result}x`,
  ]);
});

test('a snapshot is due after so many slots, at the same slot on every replica', () => {
  const { applier, context, decide } = anApplier(4);

  decide(...Array.from({ length: 10 }, () => NOOP));

  const [due] = effectsOf(context.takeEffects(), 'takeSnapshot');
  equal(due?.slot, 4);
  equal(applier.applied, 10);
  equal(applier.snapshotTaken({ slot: 4, bytes: 1, hash: '' }), true);
});

test('of a large state a snapshot is taken only every so often, at slots common to all', () => {
  const first = anApplier(4);
  const second = anApplier(4);
  const takes = ({ applier, context, decide }: Subject, size: number): number[] => {
    const slots: number[] = [];
    for (let slot = 1; slot <= 32; slot++) {
      decide(NOOP);
      for (const due of effectsOf(context.takeEffects(), 'takeSnapshot')) {
        slots.push(due.slot);
        applier.snapshotTaken({ slot: due.slot, bytes: size, hash: '' });
      }
    }
    return slots;
  };

  deepEqual(takes(first, 4 * limits.SNAPSHOT_EVERY_BYTES), [4, 8, 16, 24, 32]);
  deepEqual(takes(second, 8 * limits.SNAPSHOT_EVERY_BYTES), [4, 16, 32]);
});

test('a second snapshot waits for the first, and none is taken during an execution', () => {
  const { applier, context, decide } = anApplier();
  decide(NOOP);
  applier.takeSnapshot();
  applier.takeSnapshot();
  equal(effectsOf(context.takeEffects(), 'takeSnapshot').length, 1);
  applier.snapshotTaken({ slot: 1, bytes: 1, hash: '' });

  decide(batchOf(OPEN, aCall(1, 1)));
  applier.takeSnapshot();

  deepEqual(effectsOf(context.takeEffects(), 'takeSnapshot'), []);
  throws(() => applier.snapshotTaken({ slot: 2, bytes: 1, hash: '' }), /a snapshot was asked for/);
});

test('a snapshot that failed cuts no log and keeps no other from being taken', () => {
  const { applier, context, decide } = anApplier();
  decide(NOOP);
  applier.takeSnapshot();

  applier.snapshotFailed();

  throws(() => applier.snapshotFailed(), /a snapshot was asked for/);
  applier.takeSnapshot();
  deepEqual(
    effectsOf(context.takeEffects(), 'takeSnapshot').map(({ slot }) => slot),
    [1, 1],
  );
});

test('a replica goes on from a snapshot as the one that took it', () => {
  const one = anApplier();
  one.decide(batchOf(OPEN, aCall(1, 1, 'one')), viewEntry([1, 2], 2, 3));
  one.answer();
  one.applier.takeSnapshot();
  const [snapshot] = effectsOf(one.context.takeEffects(), 'takeSnapshot');
  const other = anApplier();

  const installed = other.applier.install(snapshot?.header ?? bytes(''), 1);

  deepEqual(installed, { slot: 2, view: viewOf([1, 2], 2, 3) });
  other.log.reset(2, installed.view);
  const rest = Array.from({ length: CHECKPOINT_SLOTS }, () => NOOP);
  one.decide(...rest);
  other.decide(...rest);
  equal(other.applier.checkpoint(CHECKPOINT_SLOTS), one.applier.checkpoint(CHECKPOINT_SLOTS));
  deepEqual(
    other.applier.sessions.reply({ session: 1, sequence: 1 }),
    one.applier.sessions.reply({ session: 1, sequence: 1 }),
  );
});

test('a header of another version, cut or prolonged, is malformed', () => {
  const { applier, context, decide } = anApplier();
  decide(batchOf(OPEN));
  applier.takeSnapshot();
  const header = effectsOf(context.takeEffects(), 'takeSnapshot')[0]?.header ?? bytes('');

  throws(() => applier.install(Uint8Array.of(3, ...header.slice(1)), 1), /snapshot of version 3/);
  throws(() => applier.install(Uint8Array.of(...header, 0), 1), MalformedBytes);
  throws(() => applier.install(header.slice(0, -1), 1), MalformedBytes);
});

test('the digest covers entries and replies', () => {
  const digestWith = (entry: Entry, result: string) => {
    const { applier, context, decide } = anApplier();
    decide(batchOf(OPEN), entry, ...Array.from({ length: 40 }, () => NOOP));
    const [work] = effectsOf(context.takeEffects(), 'execute');
    applier.executed(work?.last ?? 0, [bytes(result)], SILENT);
    return applier.checkpoint(CHECKPOINT_SLOTS);
  };
  const digest = digestWith(batchOf(aCall(1, 1, 'one')), 'good');

  equal(digestWith(batchOf(aCall(1, 1, 'one')), 'good'), digest);
  notEqual(digestWith(batchOf(aCall(1, 1, 'one')), 'bad'), digest);
  notEqual(digestWith(batchOf(aCall(1, 1, 'two')), 'good'), digest);
});

test('of checkpoints only the newest comes with a snapshot: the others were of another state', () => {
  const { applier, context, decide } = anApplier();
  decide(...Array.from({ length: 2 * CHECKPOINT_SLOTS + 1 }, () => NOOP));
  const newest = applier.checkpoint(2 * CHECKPOINT_SLOTS);
  applier.takeSnapshot();
  const [snapshot] = effectsOf(context.takeEffects(), 'takeSnapshot');
  applier.halt();

  applier.install(snapshot?.header ?? bytes(''), 1);

  equal(applier.checkpoint(CHECKPOINT_SLOTS), undefined);
  notEqual(newest, undefined);
  equal(applier.checkpoint(2 * CHECKPOINT_SLOTS), newest);
});

test('the newest checkpoint at or below a slot is told', () => {
  const { applier, decide } = anApplier();
  equal(applier.checkpointUpTo(100), undefined);
  decide(...Array.from({ length: 2 * CHECKPOINT_SLOTS + 1 }, () => NOOP));

  equal(applier.checkpointUpTo(CHECKPOINT_SLOTS + 5)?.slot, CHECKPOINT_SLOTS);
  equal(applier.checkpointUpTo(10_000)?.slot, 2 * CHECKPOINT_SLOTS);
  equal(applier.checkpointUpTo(5), undefined);
});

test('a replica that differs executes nothing more, until it has installed a snapshot', () => {
  const healthy = anApplier();
  healthy.decide(NOOP, NOOP);
  healthy.applier.takeSnapshot();
  const [good] = effectsOf(healthy.context.takeEffects(), 'takeSnapshot');
  const { applier, answer, decide, log } = anApplier();
  decide(NOOP, batchOf(OPEN, aCall(1, 1)));

  applier.halt();
  answer();
  decide(NOOP);
  deepEqual([applier.applied, applier.runs, applier.halted], [0, false, true]);

  applier.install(good?.header ?? bytes(''), 1);
  equal(log.commit, 3);
  applier.advance(SILENT);
  deepEqual([applier.applied, applier.runs, applier.halted], [3, true, false]);
});

test('what was being captured when it was found to differ is of no use (Safety 9)', () => {
  const { applier, decide } = anApplier();
  decide(NOOP);
  applier.takeSnapshot();

  applier.halt();

  equal(applier.snapshotTaken({ slot: 1, bytes: 1, hash: '' }), false);
});

test('while a snapshot is loaded nothing is executed, and a failure ends that', () => {
  const { applier, decide } = anApplier();
  applier.installing('begins');
  decide(NOOP);
  equal(applier.applied, 0);

  applier.installing('failed');
  applier.advance(SILENT);

  equal(applier.applied, 1);
});

test('results must answer the execution under way, one for each command', () => {
  const { applier, decide } = anApplier();
  throws(() => applier.executed(1, [], SILENT), /results answer an execution/);
  decide(batchOf(OPEN, aCall(1, 1), aCall(1, 2)));

  throws(() => applier.executed(9, [], SILENT), /the execution under way/);
  throws(() => applier.executed(1, [bytes('')], SILENT), /one result for each command/);
});

test('what became of requests is told in the order of the log', () => {
  const { answer, decide } = anApplier();
  const told: string[] = [];
  decide(batchOf(OPEN, aCall(1, 1, 'one'), aCall(1, 1, 'one'), aCall(1, 3)), batchOf(aCall(2, 1)));

  answer({
    waits: SILENT.waits,
    lost: () => 0,
    lapsed: () => 0,
    replied: ({ sequence }, slot, reply) =>
      told.push(`#${sequence} at ${slot} ${textOf(reply.subarray(1))}`),
    resend: (session, from, reason) => told.push(`${session} again from ${from}, ${reason}`),
    expired: (session) => told.push(`${session} is gone`),
    opened: (_, session) => told.push(`${session} is open`),
    openRefused: () => told.push('refused'),
  });

  deepEqual(told, ['1 is open', '#1 at 1 one', '#1 at 1 one', '1 again from 2, gap', '2 is gone']);
});
