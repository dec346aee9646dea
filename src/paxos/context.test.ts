import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { aContext, ALICE, BOB } from './test-kit.ts';

test('effects come in the order in which they were asked for, and once', () => {
  const context = aContext(ALICE, 7);
  context.send(BOB, { kind: 'fetch', from: 1 });
  const position = context.persist({ kind: 'commit', slot: 3 });
  context.sendWhenDurable(BOB, { kind: 'fetch', from: 2 });
  context.respond(5, { kind: 'expired', session: 1 });
  context.notice({ kind: 'snapshotTaken', slot: 3 });

  const effects = context.takeEffects();

  equal(position, 8);
  deepEqual(effects, [
    { kind: 'send', to: BOB, message: { kind: 'fetch', from: 1 }, after: 0 },
    { kind: 'persist', record: { kind: 'commit', slot: 3 }, position: 8 },
    { kind: 'send', to: BOB, message: { kind: 'fetch', from: 2 }, after: 8 },
    { kind: 'respond', connection: 5, response: { kind: 'expired', session: 1 } },
    { kind: 'notice', notice: { kind: 'snapshotTaken', slot: 3 } },
  ]);
  deepEqual(context.takeEffects(), []);
});
