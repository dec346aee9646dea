import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import { Context } from './context.ts';
import { Log } from './log.ts';
import { Stranger } from './stranger.ts';
import { aContext, ALICE, aMember, BOB, CAROL, DAVE, ERIN, take } from './test-kit.ts';
import { THREE, TIMING, viewEntry, viewOf } from './test-kit.ts';

interface Subject {
  readonly context: Context;
  readonly log: Log;
  readonly stranger: Stranger;
  /** Whom it asks, when so much time has passed. */
  readonly asks: (ms: number) => readonly ReplicaId[];
}

function aStranger(contacts: readonly ReplicaId[], self = DAVE): Subject {
  const context = aContext(self);
  const log = new Log(0, THREE);
  const stranger = new Stranger(
    context,
    log,
    contacts.map((id) => aMember(id)),
  );
  return {
    context,
    log,
    stranger,
    asks(ms) {
      context.now += ms;
      stranger.tick();
      return take(context).sent.map(({ to }) => to);
    },
  };
}

test('a stranger asks one contact after the other whether it may join', () => {
  const { context, stranger, asks } = aStranger([ALICE, BOB]);

  stranger.tick();
  deepEqual(take(context).sent, [
    {
      kind: 'send',
      to: ALICE,
      message: { kind: 'join', member: aMember(DAVE), commit: 0 },
      after: 0,
    },
  ]);
  deepEqual(asks(399), []);
  deepEqual(asks(1), [BOB]);
  deepEqual(asks(400), [ALICE]);
});

test('who does not lead says who does, and that one is asked at once', () => {
  const { stranger, asks } = aStranger([ALICE]);
  asks(0);

  stranger.onFollow({ kind: 'follow', leader: aMember(CAROL), view: viewOf([BOB, CAROL], 4) });

  deepEqual(asks(1), [CAROL]);
  deepEqual(stranger.contacts(), [aMember(BOB), aMember(CAROL)], 'the newest members it heard of');
  deepEqual(asks(400), [CAROL], 'Carol did not answer, so the contacts are asked in turn');
});

test('old news of members is not believed', () => {
  const { stranger } = aStranger([ALICE]);
  stranger.onFollow({ kind: 'follow', leader: undefined, view: viewOf([BOB, CAROL], 4) });

  stranger.onFollow({ kind: 'follow', leader: undefined, view: viewOf([ERIN], 3) });
  stranger.met(viewOf([ERIN], 4));

  deepEqual(stranger.contacts(), [aMember(BOB), aMember(CAROL)]);
});

test('a leader that speaks is asked next', () => {
  const { stranger, asks } = aStranger([ALICE]);
  asks(0);

  stranger.onLeader(BOB);

  deepEqual(asks(400), [BOB]);
});

test('a member asks nobody, and needs no contacts beside those of its view', () => {
  const { stranger, asks } = aStranger([ERIN], ALICE);

  deepEqual(asks(5000), []);
  deepEqual(stranger.contacts(), []);
});

test('who was a member once does not ask again: it was removed', () => {
  const { log, stranger, asks } = aStranger([BOB], ALICE);
  asks(0);

  log.append(viewEntry([BOB, CAROL], 2, 2));

  deepEqual(asks(5000), []);
  deepEqual(stranger.contacts(), []);
});

test('a member that was away while others were replaced finds them by what it meets', () => {
  const { stranger } = aStranger([BOB], ALICE);
  deepEqual(stranger.contacts(), []);

  stranger.met(viewOf([ALICE, DAVE, ERIN], 7));

  deepEqual(
    stranger.contacts().map(({ id }) => id),
    [ALICE, DAVE, ERIN],
  );
});

test('it does not ask itself', () => {
  deepEqual(aStranger([DAVE]).asks(0), []);
});

test('without contacts, as after a restart, it asks the members that its log knows', () => {
  const { log, stranger, asks } = aStranger([]);
  equal(stranger.contacts().length, 0);
  deepEqual(asks(0), [ALICE]);
  deepEqual(asks(400), [BOB]);
  deepEqual(asks(400), [CAROL]);

  log.append(viewEntry([ERIN], 2, 2));

  deepEqual(asks(400), [ERIN], 'as soon as it knows better');
});

test('a member that the view has as another kind asks to be what it is; who leads does that itself', () => {
  const self = aMember(ALICE, { nameServer: true });
  const context = new Context(self, TIMING, new Random(1), 0);
  const log = new Log(0, THREE);
  const stranger = new Stranger(context, log, []);
  stranger.onLeader(BOB);

  stranger.tick('held');
  deepEqual(take(context).sent, []);
  stranger.tick();
  deepEqual(
    take(context).sent.map(({ to, message }) => [to, message]),
    [[BOB, { kind: 'join', member: context.self, commit: 0 }]],
  );
  deepEqual(stranger.contacts(), [], 'it knows whom to ask');
});
