import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { askedFor, snapshot, withSlots } from './catch-up-test-kit.ts';
import { BOB, CAROL, DAVE, sentOf, take } from './test-kit.ts';

test('a transfer goes on with another sender when one is silent', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.onOffer(DAVE, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  catchUp.onChunkStored(snapshot(9), 40);
  take(context);
  const asked: [number, number][] = [];
  for (let round = 0; round < 4; round++) {
    context.now += 600;
    catchUp.tick();
    asked.push(
      ...sentOf(take(context), 'snapshotFetch').map(({ to, message }): [number, number] => [
        to,
        message.offset,
      ]),
    );
  }

  deepEqual(asked, [
    [DAVE, 40],
    [BOB, 40],
    [CAROL, 40],
    [BOB, 40],
  ]);
});

test('a sender whose connection breaks is not waited for', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  catchUp.onChunkStored(snapshot(9), 40);
  take(context);

  catchUp.peerLost(BOB);
  deepEqual(askedFor(context), [], 'another one sends');
  catchUp.peerLost(CAROL);
  deepEqual(askedFor(context), [BOB]);
  catchUp.peerLost(BOB);
  deepEqual(askedFor(context), [CAROL]);
});

test('one transfer at a time: another waits until the sender of the first is silent', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  take(context);
  catchUp.onOffer(DAVE, { kind: 'snapshotOffer', snapshot: snapshot(12) });
  deepEqual(take(context).sent, []);

  for (let round = 0; round < 3; round++) {
    context.now += 600;
    catchUp.tick();
  }
  take(context);
  catchUp.onOffer(DAVE, { kind: 'snapshotOffer', snapshot: snapshot(12) });

  deepEqual(sentOf(take(context), 'snapshotFetch')[0]?.message.snapshot, snapshot(12));
});

test('who offers again what it is asked for is not asked again at once', () => {
  const { catchUp, context } = withSlots(0);
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  take(context);

  catchUp.onOffer(CAROL, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  deepEqual(take(context).sent, [], 'or the two would go on like that for ever');
  catchUp.onOffer(DAVE, { kind: 'snapshotOffer', snapshot: snapshot(9) });

  deepEqual(askedFor(context), [DAVE]);
});

test('who offers a snapshot is spared while somebody else has it, too', () => {
  const { catchUp, context } = withSlots(0);

  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9) });
  deepEqual(askedFor(context), [CAROL]);
  // She has an older one.
  catchUp.onOffer(CAROL, { kind: 'snapshotOffer', snapshot: snapshot(7) });

  deepEqual(askedFor(context), [BOB]);
});

test('a transfer does not take more at once, and on average, than its sender can spare', () => {
  const { catchUp, context } = withSlots(0);
  const size = 64 * limits.SNAPSHOT_BURST_BYTES;
  catchUp.onOffer(BOB, { kind: 'snapshotOffer', snapshot: snapshot(9, size) });
  let stored = 0;
  const storeAll = (): number => {
    const before = stored;
    while (askedFor(context).length > 0) {
      stored += limits.SNAPSHOT_CHUNK_BYTES;
      catchUp.onChunkStored(snapshot(9, size), stored);
    }
    return stored - before;
  };

  const atOnce = storeAll();
  const excess = Math.abs(atOnce - limits.SNAPSHOT_BURST_BYTES);
  ok(excess <= 2 * limits.SNAPSHOT_CHUNK_BYTES, `${atOnce} bytes at once`);
  const begun = stored;
  for (let tick = 0; tick < 100; tick++) {
    context.now += 10;
    catchUp.tick();
    storeAll();
  }

  const perMs = (stored - begun) / 1000;
  equal(Math.round(perMs / limits.SNAPSHOT_BYTES_PER_MS), 1);
});
