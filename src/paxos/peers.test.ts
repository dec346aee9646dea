import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Peers } from './peers.ts';
import { aContext, ALICE, BOB, CAROL, DAVE, THREE } from './test-kit.ts';

test('who was heard lately is alive; oneself always is', () => {
  const context = aContext(ALICE);
  const peers = new Peers(context);
  peers.heard(BOB);

  context.now += 1000;

  equal(peers.isAlive(BOB, 1000), true);
  equal(peers.isAlive(BOB, 999), false);
  equal(peers.isAlive(CAROL, 1_000_000), false);
  deepEqual(peers.alive(THREE, 1000), new Set([ALICE, BOB]));
});

test('whose connection broke counts as dead, until it is heard again', () => {
  const peers = new Peers(aContext(ALICE));
  peers.heard(BOB);

  peers.lost(BOB);
  equal(peers.isAlive(BOB, 1000), false);
  equal(peers.isLost(BOB), true);

  peers.heard(BOB);
  equal(peers.isAlive(BOB, 1000), true);
});

test('what others know to be decided only grows; what they have executed may go back', () => {
  const peers = new Peers(aContext(ALICE));
  peers.committed(BOB, 7);
  peers.executed(BOB, 6);

  peers.committed(BOB, 6);
  peers.executed(BOB, 5);

  deepEqual([peers.commit(BOB), peers.applied(BOB)], [7, 5]);
  deepEqual([peers.commit(CAROL), peers.applied(CAROL)], [0, 0]);
});

test('the highest acknowledged position of each is remembered, and passed on (Safety 3)', () => {
  const peers = new Peers(aContext(ALICE));
  peers.acknowledged(BOB, 9);
  peers.acknowledged(BOB, 4);
  peers.acknowledged(DAVE, 2);

  equal(peers.position(BOB), 9);
  equal(peers.position(CAROL), 0);
  deepEqual(peers.positions(THREE), [[BOB, 9]]);
});
