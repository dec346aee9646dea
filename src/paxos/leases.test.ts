import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import type { CallOutcome } from './outcome.ts';
import { encodeOutcome } from './outcome.ts';
import { Applier } from './applier.ts';
import type { Context } from './context.ts';
import { Desk } from './desk.ts';
import { decodeEntry, encodeItem } from './entry.ts';
import type { Item } from './entry.ts';
import { aLeader } from './leader-test-kit.ts';
import { aCall, ALICE, BOB, bytes, clientId, effectsOf, take, TIMING } from './test-kit.ts';
import { FORGOTTEN, LAPSED, LAPSED_STANDS, NEVER, STALE } from './reply.ts';

const LEASE = 2000;

/** What an executor makes of each command: by its text, or by the kind of its event. */
const CHANGES: Readonly<Record<string, CallOutcome | undefined>> = {
  'own 2': { result: bytes('ok'), woken: [], freed: [], gained: [{ session: 1, sequence: 2 }] },
  'own 1': { result: bytes('ok'), woken: [], freed: [], gained: [{ session: 1, sequence: 1 }] },
  'free 1': { result: bytes('ok'), woken: [], gained: [], freed: [{ session: 1, sequence: 1 }] },
  wait: { waitsMs: 0, woken: [], freed: [], gained: [] },
  // As at a condition: 2:1 is of another session.
  rest: {
    ...{ waitsMs: 0, woken: [], gained: [] },
    freed: [
      { session: 2, sequence: 1 },
      { session: 1, sequence: 1 },
    ],
  },
  notify: {
    ...{ result: bytes('ok'), freed: [], gained: [{ session: 1, sequence: 1 }] },
    woken: [{ session: 1, sequence: 2, result: bytes('ok'), grant: undefined }],
  },
};

/** The desk of a leader in office, and the object behind it. Each slot is decided and executed at once. */
class Stage {
  readonly #office = aLeader();
  readonly context: Context = this.#office.context;
  readonly applier = new Applier(this.context, this.#office.log);
  readonly desk = new Desk(this.context, this.#office.log, this.applier);
  /** What the object makes of events, and of `break`. */
  event: CallOutcome | undefined;
  /** Items that were decided. */
  readonly decided: Item[] = [];

  constructor() {
    this.settle();
    for (const letter of ['x', 'y']) {
      this.ask({ kind: 'open', client: clientId(letter), leaseMs: LEASE });
    }
    this.settle();
    take(this.context);
  }

  ask(...items: readonly Item[]): void {
    for (const item of items) {
      this.desk.request(7, { kind: 'item', item, bytes: encodeItem(item) }, 'ready');
    }
  }

  /**
   * What is queued is decided and executed.
   *
   * @param atEnd Comes up before the step ends.
   */
  settle(atEnd = (): void => undefined): void {
    const { leader, log, vote } = this.#office;
    const before = leader.nextSlot;
    this.desk.pump(leader);
    for (let slot = log.commit + 1; slot < leader.nextSlot; slot++) {
      vote(ALICE, slot);
      vote(BOB, slot);
    }
    this.applier.advance(this.desk);
    const effects = this.context.takeEffects();
    for (const effect of effects) if (effect.kind === 'respond') this.context.effect(effect);
    for (const { commands, last } of effectsOf(effects, 'execute')) {
      const results = commands.map((command) => {
        const text = new TextDecoder().decode(command.bytes);
        const isGiven = command.event !== undefined || text === 'break';
        const change = isGiven ? this.event : CHANGES[text];
        return change === undefined ? bytes('ok') : encodeOutcome(change);
      });
      this.applier.executed(last, results, this.desk);
    }
    for (let slot = before; slot < leader.nextSlot; slot++) {
      const content = decodeEntry(log.at(slot) ?? bytes(''));
      if (content.kind === 'batch') this.decided.push(...content.items);
    }
    atEnd();
    this.desk.endStep();
  }

  /** Steps, as often as a leader has them. What comes up is not decided yet. */
  pass(ms: number, office: 'ready' | 'soon' = 'ready'): void {
    const end = this.context.now + ms;
    while (this.context.now < end) {
      this.context.now = Math.min(end, this.context.now + TIMING.heartbeat);
      this.desk.leases.advance(office === 'ready');
    }
  }

  /** Which ends of leases were decided. */
  get lapsed(): readonly number[] {
    return this.decided.flatMap((item) => (item.kind === 'lapse' ? item.sessions : []));
  }

  /** What session 1 hears when a sign of it is confirmed. */
  sign(): readonly string[] {
    take(this.context);
    this.desk.renews(7, 1);
    this.desk.renewed(7, 1, 5);
    return take(this.context).responses.map(({ kind }) => kind);
  }
}

function anOwner(): Stage {
  const stage = new Stage();
  stage.ask(aCall(1, 1, 'own 1'));
  stage.settle();
  stage.pass(TIMING.heartbeat);
  return stage;
}

test('a lease is over when nobody has heard of the session for as long', () => {
  const stage = anOwner();

  stage.pass(LEASE - TIMING.heartbeat);
  stage.settle();
  deepEqual(stage.lapsed, []);
  stage.pass(5 * TIMING.heartbeat);
  stage.settle();

  deepEqual(stage.lapsed, [1]);
  deepEqual(stage.applier.sessions.stakes.ownedOf(1), []);
});

test('what a session has given back for as long as it waits rests, and is owned again', () => {
  const stage = anOwner();
  const { stakes } = stage.applier.sessions;
  stage.ask(aCall(1, 2, 'rest'));
  stage.settle();
  deepEqual([stakes.ownedOf(1), stakes.restingOf(1)], [[], [1]]);
  take(stage.context);
  stage.desk.renewed(7, 1, 5);
  deepEqual(take(stage.context).responses, [
    { kind: 'renewed', session: 1, token: 5, losses: 0, owned: [], resting: [1] },
  ]);

  stage.ask(aCall(1, 3, 'notify'));
  stage.settle();

  deepEqual([stakes.ownedOf(1), stakes.restingOf(1)], [[1], []]);
});

test('whoever hears that something rests has heard that a call waits', () => {
  const stage = anOwner();
  take(stage.context);
  stage.ask(aCall(1, 2, 'rest'));

  stage.settle(() => stage.desk.renewed(7, 1, 5));

  deepEqual(
    take(stage.context).responses.map(({ kind }) => kind),
    ['waiting', 'renewed'],
  );
});

test('a sign of life begins it anew', () => {
  const stage = anOwner();
  stage.pass(LEASE - TIMING.heartbeat);

  deepEqual(stage.sign(), ['renewed']);
  stage.pass(LEASE - TIMING.heartbeat);
  stage.settle();

  deepEqual(stage.lapsed, []);
});

test('a leader that has slept blames nobody for it', () => {
  const stage = anOwner();

  stage.context.now += 10 * LEASE;
  stage.desk.leases.advance(true);
  stage.pass(LEASE / 2);
  stage.settle();

  deepEqual(stage.lapsed, []);
});

test('while the end of a lease is on its way, no sign of that session is answered', () => {
  const stage = anOwner();
  stage.pass(LEASE + 5 * TIMING.heartbeat);

  deepEqual(stage.sign(), []);
  stage.settle();
  deepEqual(stage.sign(), ['renewed']);
  equal(stage.applier.sessions.stakes.lossesOf(1), 1);
});

test('nor is it when the leader had to be silent for a while meanwhile', () => {
  const stage = anOwner();
  stage.pass(LEASE + 5 * TIMING.heartbeat);

  stage.pass(TIMING.heartbeat, 'soon');
  stage.pass(TIMING.heartbeat);
  deepEqual(stage.sign(), [], 'what it had proposed is still on its way');
  stage.settle();
  deepEqual(stage.lapsed, [1]);
});

test('nor when something is taken from the session meanwhile, by others', () => {
  const stage = anOwner();
  stage.pass(LEASE + 5 * TIMING.heartbeat);

  stage.desk.lost(1);

  deepEqual(stage.sign(), []);
});

test('a lease that ends when the session has nothing any more leaves nothing behind', () => {
  const stage = anOwner();
  stage.ask(aCall(2, 1, 'free 1'));
  stage.pass(LEASE + 5 * TIMING.heartbeat);
  stage.settle();
  deepEqual(stage.lapsed, [1]);
  deepEqual(stage.applier.sessions.stakes.lossesOf(1), 0, 'it was given back before');

  deepEqual(stage.sign(), ['renewed']);
  stage.ask(aCall(1, 2, 'own 2'));
  stage.settle();
  stage.pass(LEASE + 10 * TIMING.heartbeat);
  stage.settle();
  deepEqual(stage.lapsed, [1, 1], 'what it owns since has a lease as well');
});

test('a leader that gives way forgets what it had not proposed', () => {
  const stage = anOwner();
  stage.pass(LEASE + 5 * TIMING.heartbeat);

  stage.desk.shut();
  stage.pass(TIMING.heartbeat);

  deepEqual(stage.sign(), ['renewed']);
  stage.settle();
  deepEqual(stage.lapsed, []);
});

test('who leads next begins every lease anew', () => {
  const stage = anOwner();
  stage.pass(LEASE - TIMING.heartbeat);
  stage.desk.shut();
  stage.pass(LEASE - TIMING.heartbeat);
  stage.settle();

  deepEqual(stage.lapsed, []);
});

test('a session that waits is not taken for one that nobody uses, however old its records are', () => {
  const stage = new Stage();
  stage.ask(aCall(1, 1, 'wait'));
  stage.settle();
  stage.desk.disconnected(7);
  stage.desk.expireSessions();
  stage.context.now += TIMING.recordLifetime + 60_001;
  stage.desk.expireSessions();
  stage.settle();

  const expired = stage.decided.flatMap((item) => (item.kind === 'expire' ? item.sessions : []));
  deepEqual(expired, [2], 'its lease ends what it has, and nothing else');
});

test('a call with an older fence than one that came before has no effect', () => {
  const stage = new Stage();
  const fenced = (sequence: number, fence: bigint): Item => {
    return { ...aCall(1, sequence), fence } as Item;
  };
  stage.ask(fenced(1, 7n), fenced(2, 6n), fenced(3, 7n));
  stage.settle();

  const replies = take(stage.context).responses.flatMap((response) => {
    return response.kind === 'reply' ? [response.reply[0] === STALE[0]] : [];
  });
  deepEqual(replies, [false, true, false]);
});

/** Session 1 owns something, has given it up to wait, and waits for something else as well. */
function aSleeper(): Stage {
  const stage = anOwner();
  stage.ask(aCall(1, 2, 'rest'), aCall(1, 3, 'wait'));
  stage.settle();
  take(stage.context);
  return stage;
}

const NOBODY = { woken: [], gained: [], freed: [] };
const ENDED: CallOutcome = { ...NOBODY, gaveUp: 'ended' };
const RESTED = { session: 1, sequence: 2 };

function replyTo(stage: Stage, sequence: number): Uint8Array | undefined {
  return stage.applier.sessions.reply({ session: 1, sequence })?.reply;
}

/** What it answers to who asks later. */
function answer(stage: Stage, sequence: number, target: number): Uint8Array | undefined {
  const resolve = { kind: 'resolve', target: { session: 1, sequence: target } } as const;
  stage.ask({ ...resolve, session: 1, sequence, lowWater: 1, received: [] });
  stage.settle();
  return replyTo(stage, sequence);
}

test('whose lease is over while it waits hears of each call whether what it had done stands', () => {
  const stage = aSleeper();
  stage.event = { ...NOBODY, stands: [RESTED] };

  stage.pass(LEASE + 5 * TIMING.heartbeat);
  stage.settle();

  deepEqual(stage.lapsed, [1]);
  deepEqual([replyTo(stage, 2), replyTo(stage, 3)], [LAPSED_STANDS, LAPSED]);
  deepEqual([answer(stage, 4, 2), answer(stage, 5, 3)], [FORGOTTEN, NEVER]);
});

test('of a class that says nothing of what stands, a lapse says what it always said', () => {
  const stage = aSleeper();

  stage.pass(LEASE + 5 * TIMING.heartbeat);
  stage.settle();

  deepEqual([replyTo(stage, 2), replyTo(stage, 3)], [LAPSED, LAPSED]);
});

test('who gives up a wait loses what it had given up for it, and is told', () => {
  for (const [event, losses] of [
    [ENDED, 1],
    [{ ...NOBODY, gaveUp: 'undone' } as const, 0],
  ] as const) {
    const stage = aSleeper();
    stage.event = event;
    const withdraw = { kind: 'withdraw', callSequence: 2 } as const;
    stage.ask({ ...withdraw, session: 1, sequence: 4, lowWater: 1, received: [] });
    stage.settle();

    equal(stage.applier.sessions.stakes.lossesOf(1), losses);
    const told = take(stage.context).responses.filter(({ kind }) => kind === 'renewed');
    const nothing = { kind: 'renewed', session: 1, token: 0, losses, owned: [], resting: [] };
    deepEqual(told, losses === 0 ? [] : [nothing]);
  }
});

test('so does whose wait is ended by others, and who wakes with what it had loses nothing', () => {
  for (const [stands, losses] of [
    [[RESTED], 1],
    [[], 0],
    [[{ session: 1, sequence: 3 }], 0],
  ] as const) {
    const stage = aSleeper();
    const woken = { ...RESTED, result: bytes('ended by an operator'), grant: undefined };
    stage.event = { ...NOBODY, result: bytes('done'), woken: [woken], stands };
    stage.ask(aCall(2, 1, 'break'));
    stage.settle();

    equal(stage.applier.sessions.stakes.lossesOf(1), losses);
    deepEqual(stage.applier.sessions.stakes.restingOf(1), []);
  }
});
