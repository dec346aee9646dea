import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { snapshot, withSlots } from './catch-up-test-kit.ts';
import { NOOP } from './entry.ts';
import { ALICE, BOB, bytes, CAROL, DAVE, effectsOf, entryNamed } from './test-kit.ts';
import { sentOf, SILENT, take, viewEntry } from './test-kit.ts';

test('who hears of more than it knows asks for what comes next, once', () => {
  const { catchUp, context } = withSlots(3);
  catchUp.noteCommit(BOB, 3);
  equal(catchUp.behind, false);
  catchUp.noteCommit(BOB, 5);

  catchUp.ask();
  catchUp.ask();

  equal(catchUp.behind, true);
  deepEqual(
    take(context).sent.map(({ to, message }) => ({ to, message })),
    [{ to: BOB, message: { kind: 'fetch', from: 4 } }],
  );
});

test('when nobody answers it asks again, and then others and the holder in turn', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.noteCommit(DAVE, 5);
  const asked: number[] = [];
  for (let round = 0; round < 7; round++) {
    catchUp.tick();
    asked.push(...take(context).sent.map(({ to }) => to));
    context.now += 200;
  }

  deepEqual(asked, [DAVE, DAVE, BOB, DAVE, CAROL, BOB, DAVE]);
});

test('however many others there are, each of them is asked', () => {
  for (let count = 1; count <= 12; count++) {
    const { catchUp, context } = withSlots(0);
    const others = Array.from({ length: count }, (_, at) => 100 + at);
    catchUp.setOthers(others);
    catchUp.noteCommit(DAVE, 5);
    const asked = new Set<number>();
    for (let round = 0; round < 2 + 2 * count; round++) {
      catchUp.tick();
      for (const { to } of take(context).sent) asked.add(to);
      context.now += 200;
    }

    deepEqual(asked, new Set([DAVE, ...others]));
  }
});

test('decided entries are appended in order; what is known or does not follow is left', () => {
  const { catchUp, context, log } = withSlots(2);
  const entries = ['2', 'three', 'four'].map(entryNamed);

  catchUp.onDecided(BOB, { kind: 'decided', from: 2, entries, commit: 4 });
  catchUp.onDecided(BOB, { kind: 'decided', from: 9, entries, commit: 4 });

  equal(log.commit, 4);
  deepEqual(log.at(2), entryNamed('2'));
  deepEqual(
    take(context).persisted.map((record) => record.kind === 'decided' && record.slot),
    [3, 4],
  );
  equal(catchUp.behind, false);
});

test('as long as more is decided it goes on asking at once', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.noteCommit(BOB, 9);
  catchUp.ask();
  take(context);

  catchUp.onDecided(BOB, { kind: 'decided', from: 1, entries: [NOOP], commit: 9 });

  deepEqual(sentOf(take(context), 'fetch')[0]?.message, { kind: 'fetch', from: 2 });
});

test('entries are served from the slot that is asked for, within limits', () => {
  const { catchUp, context, log } = withSlots(limits.CATCH_UP_SLOTS + 5);

  catchUp.onFetch(BOB, { kind: 'fetch', from: 3 });
  const [answer] = sentOf(take(context), 'decided');
  equal(answer?.message.entries.length, limits.CATCH_UP_SLOTS);
  deepEqual([answer?.message.from, answer?.message.commit], [3, log.commit]);

  catchUp.onFetch(BOB, { kind: 'fetch', from: log.commit + 1 });
  deepEqual(take(context).sent, []);
});

test('an answer has a limit in bytes, and at least one entry', () => {
  const { catchUp, context, log } = withSlots(0);
  for (let slot = 1; slot <= 4; slot++) log.append(new Uint8Array(limits.CATCH_UP_BYTES - 10));

  catchUp.onFetch(BOB, { kind: 'fetch', from: 1 });

  equal(sentOf(take(context), 'decided')[0]?.message.entries.length, 2);
});

test('for slots that are gone a snapshot is offered', () => {
  const { catchUp, context } = withSlots(10, 9);
  catchUp.onFetch(BOB, { kind: 'fetch', from: 4 });
  deepEqual(take(context).sent, [], 'there is none yet');

  catchUp.held = snapshot(9);
  catchUp.onFetch(BOB, { kind: 'fetch', from: 4 });

  deepEqual(take(context).sent[0]?.message, { kind: 'snapshotOffer', snapshot: snapshot(9) });
});

test('who is asked for a snapshot in any case takes one, when it has none', () => {
  const { applier, catchUp, context, log } = withSlots(0);
  log.append(NOOP);
  applier.advance(SILENT);

  catchUp.onFetch(BOB, { kind: 'fetch', from: 0 });

  const taken = take(context);
  deepEqual(taken.sent, []);
  equal(effectsOf(taken.all, 'takeSnapshot').length, 1);
});

test('a snapshot is fetched piece by piece, and installed when it is complete', () => {
  const { applier, catchUp, context } = withSlots(2);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  deepEqual(take(context).sent[0]?.message, {
    kind: 'snapshotFetch',
    snapshot: snapshot(9),
    offset: 0,
  });

  const chunk = new Uint8Array(60);
  catchUp.onChunk(BOB, { kind: 'snapshotChunk', snapshot: snapshot(9), offset: 0, chunk });
  equal(effectsOf(take(context).all, 'storeChunk').length, 1);
  catchUp.onChunkStored(snapshot(9), 60);
  equal(sentOf(take(context), 'snapshotFetch')[0]?.message.offset, 60);
  catchUp.onChunk(BOB, { kind: 'snapshotChunk', snapshot: snapshot(9), offset: 0, chunk });
  deepEqual(take(context).all, [], 'a piece that comes twice is stored once');
  catchUp.onChunkStored(snapshot(9), 100);

  equal(effectsOf(take(context).all, 'installSnapshot').length, 1);
  equal(applier.runs, false, 'nothing is executed meanwhile');
  equal(catchUp.transferring, true);
});

test('an installed snapshot replaces the log, and what follows is asked for', () => {
  const other = withSlots(0);
  for (let slot = 1; slot <= 9; slot++) other.log.append(NOOP);
  other.applier.advance(SILENT);
  other.applier.takeSnapshot();
  const [taken] = effectsOf(take(other.context).all, 'takeSnapshot');
  const { applier, catchUp, context, log } = withSlots(2);
  catchUp.noteCommit(BOB, 12);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  catchUp.onChunkStored(snapshot(9), 100);
  take(context);

  catchUp.installed(snapshot(9), taken?.header ?? bytes(''));

  deepEqual([log.first, log.commit, applier.applied], [10, 9, 9]);
  deepEqual(catchUp.held, snapshot(9));
  const { all, sent } = take(context);
  deepEqual(effectsOf(all, 'truncate'), [{ kind: 'truncate', through: 9 }]);
  deepEqual(sent[0]?.message, { kind: 'fetch', from: 10 });
});

test('a snapshot of what is known, or beyond all bounds, is not wanted', () => {
  const { catchUp, context } = withSlots(5);

  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(5) });
  catchUp.onOffer(BOB, {
    kind: 'snapshotOffer',
    snapshot: snapshot(9, limits.MAX_SNAPSHOT_BYTES + 1),
  });

  deepEqual(take(context).sent, []);
});

test('a snapshot that the log has overtaken meanwhile is not installed', () => {
  const { applier, catchUp, context, log } = withSlots(0);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(3) });
  for (let slot = 1; slot <= 3; slot++) log.append(NOOP);
  applier.advance(SILENT);
  take(context);

  catchUp.onChunkStored(snapshot(3), 100);

  deepEqual(effectsOf(take(context).all, 'installSnapshot'), []);
  equal(catchUp.transferring, false);
});

test('a snapshot that turns out to be bad is forgotten, and execution goes on', () => {
  const { applier, catchUp } = withSlots(0);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  catchUp.onChunkStored(snapshot(9), 100);

  catchUp.rejected(snapshot(9));

  deepEqual([catchUp.transferring, applier.runs], [false, true]);
});

test('a part that comes twice is stored once, and a complete snapshot installed once', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  const chunk = { kind: 'snapshotChunk', snapshot: snapshot(9), offset: 0 } as const;

  catchUp.onChunk(BOB, { ...chunk, chunk: new Uint8Array(100) });
  catchUp.onChunk(BOB, { ...chunk, chunk: new Uint8Array(100) });
  catchUp.onChunkStored(snapshot(9), 100);
  catchUp.onChunkStored(snapshot(9), 100);

  const { all } = take(context);
  equal(effectsOf(all, 'storeChunk').length, 1);
  equal(effectsOf(all, 'installSnapshot').length, 1);
});

test('a transfer that nobody goes on with ends, and the log is asked for again', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.noteCommit(BOB, 9);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  for (let round = 0; round < 6; round++) {
    context.now += 600;
    catchUp.tick();
  }
  take(context);

  context.now += 600;
  catchUp.tick();

  equal(catchUp.transferring, false);
  deepEqual(sentOf(take(context), 'fetch')[0]?.message, { kind: 'fetch', from: 1 });
});

test('a change of view that does not fit the log is not taken from anybody', () => {
  const { catchUp, log } = withSlots(1);
  const entries = [viewEntry([ALICE, BOB], 5, 3)];

  catchUp.onDecided(BOB, { kind: 'decided', from: 2, entries, commit: 2 });

  equal(log.commit, 1);
});

test('pieces are served of whatever snapshot is asked for, if there is any at all', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.onSnapshotFetch(BOB, { kind: 'snapshotFetch', snapshot: snapshot(9), offset: 5 });
  deepEqual(take(context).all, []);
  catchUp.held = snapshot(12);

  catchUp.onSnapshotFetch(BOB, { kind: 'snapshotFetch', snapshot: snapshot(9), offset: 5 });

  deepEqual(take(context).all, [{ kind: 'serveChunk', to: BOB, snapshot: snapshot(9), offset: 5 }]);
});

test('for a snapshot that is gone the present one is offered, and taken instead', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.held = snapshot(12);

  catchUp.chunkMissing(BOB);

  deepEqual(take(context).sent[0]?.message, { kind: 'snapshotOffer', snapshot: snapshot(12) });
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  catchUp.onChunkStored(snapshot(9), 40);
  take(context);
  catchUp.onOffer(DAVE, { kind: 'snapshotOffer', snapshot: snapshot(12) });
  deepEqual(take(context).sent, [], 'Dave does not know what Carol still has');
  catchUp.onOffer(CAROL, { kind: 'snapshotOffer', snapshot: snapshot(12) });
  deepEqual(sentOf(take(context), 'snapshotFetch')[0]?.message, {
    kind: 'snapshotFetch',
    snapshot: snapshot(12),
    offset: 0,
  });
});

test('who differs rebuilds also from a snapshot behind its commit index (Safety 9)', () => {
  const other = withSlots(0);
  for (let slot = 1; slot <= 3; slot++) other.log.append(NOOP);
  other.applier.advance(SILENT);
  other.applier.takeSnapshot();
  const { applier, catchUp, context, log } = withSlots(5);
  applier.halt();
  catchUp.rebuild(BOB);
  catchUp.rebuild(BOB);
  deepEqual(
    take(context).sent.map(({ message }) => message),
    [{ kind: 'fetch', from: 0 }],
  );

  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(3) });
  equal(catchUp.transferring, true);
  catchUp.onChunkStored(snapshot(3), 100);
  const [taken] = effectsOf(take(other.context).all, 'takeSnapshot');
  catchUp.installed(snapshot(3), taken?.header ?? bytes(''));

  equal(log.commit, 5, 'the log stays: its votes were good');
  equal(applier.halted, false);
});

test('a rebuild does not go behind where the log was cut, in memory or on disk', () => {
  const { applier, catchUp, log } = withSlots(5, 5);
  applier.halt();

  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(log.first - 2) });
  equal(catchUp.transferring, false);
  catchUp.held = snapshot(log.first);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(log.first - 1) });
  equal(catchUp.transferring, false);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(log.first) });

  equal(catchUp.transferring, true);
});

test('a leader in office gives up a transfer, and looks for nothing', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.noteCommit(BOB, 9);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  take(context);

  catchUp.abandon();
  context.now += 5000;
  catchUp.tick();

  deepEqual([catchUp.transferring, catchUp.behind], [false, false]);
  deepEqual(take(context).sent, []);
});
