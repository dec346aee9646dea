import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import type { Item } from './entry.ts';
import { aDesk, OPEN, request, withSession } from './desk-test-kit.ts';
import { FORGOTTEN } from './reply.ts';
import { aCall, BOB, bytes, clientId, effectsOf, sentOf, take, THREE } from './test-kit.ts';

/** Of the first call of session 1. */
const CANCEL: Item = { kind: 'cancel', session: 1, sequence: 1, lowWater: 1, received: [] };

test('requests that wait share a slot, in their order, and replies go where the session is', () => {
  const { ask, context, settle } = withSession();

  ask(aCall(1, 1, 'one'), aCall(1, 2, 'two'));
  deepEqual(settle(), [[aCall(1, 1, 'one'), aCall(1, 2, 'two')]]);

  deepEqual(take(context).responses, [
    { kind: 'reply', session: 1, sequence: 1, slot: 3, reply: Uint8Array.of(0, ...bytes('one')) },
    { kind: 'reply', session: 1, sequence: 2, slot: 3, reply: Uint8Array.of(0, ...bytes('two')) },
  ]);
});

test('each request passes once: a repetition waits with it, or is answered from the table', () => {
  const { ask, context, settle } = withSession();
  ask(aCall(1, 1), aCall(1, 1));
  deepEqual(settle(), [[aCall(1, 1)]]);
  take(context);

  ask(aCall(1, 1));

  deepEqual(settle(), []);
  equal(take(context).responses[0]?.kind, 'reply');
});

test('requests pass in sequence; at a gap the client is told once from where to go on', () => {
  const { ask, context, desk, settle } = withSession();

  ask(aCall(1, 2), aCall(1, 3));
  deepEqual(take(context).responses, [{ kind: 'resend', session: 1, from: 1, reason: 'gap' }]);
  desk.endStep();
  ask(aCall(1, 2));
  equal(take(context).responses.length, 1, 'and again in the next step');

  ask(aCall(1, 1), aCall(1, 2));
  deepEqual(settle(), [[aCall(1, 1), aCall(1, 2)]]);
});

test('a session that is not there is expired, and an open one is found again', () => {
  const { ask, context, desk } = withSession();

  ask(aCall(9, 1), OPEN);
  desk.request(7, { kind: 'attach', session: 9 }, 'ready');

  deepEqual(take(context).responses, [
    { kind: 'expired', session: 9 },
    { kind: 'opened', client: clientId('x'), session: 1 },
    { kind: 'expired', session: 9 },
  ]);
});

test('what comes late on a connection that the client has left takes no replies from the present one', () => {
  for (const late of ['renew', 'attach', 'call'] as const) {
    const { ask, context, desk, settle } = withSession();
    desk.request(8, { kind: 'attach', session: 1 }, 'ready');
    desk.request(8, request(aCall(1, 1, 'one')), 'ready');

    if (late === 'call') ask(aCall(1, 1, 'one'));
    else if (late === 'attach') desk.request(7, { kind: 'attach', session: 1 }, 'ready');
    else desk.renews(7, 1);
    desk.disconnected(7);
    settle();

    const told = effectsOf(context.takeEffects(), 'respond');
    const replies = told.filter(({ response }) => response.kind === 'reply');
    deepEqual(
      replies.map(({ connection }) => connection),
      [8],
      late,
    );
  }
});

test('who attaches is told what comes next, and gets the replies from then on', () => {
  const { ask, context, desk, settle } = withSession();
  ask(aCall(1, 1));

  desk.request(8, { kind: 'attach', session: 1 }, 'ready');
  settle();

  deepEqual(
    effectsOf(context.takeEffects(), 'respond').map(({ connection, response }) => ({
      connection,
      kind: response.kind,
      next: response.kind === 'attached' ? response.next : undefined,
    })),
    [
      { connection: 8, kind: 'attached', next: 2 },
      { connection: 8, kind: 'reply', next: undefined },
    ],
  );
});

test('a client that is gone is not answered', () => {
  const { ask, context, desk, settle } = withSession();
  ask(aCall(1, 1), { kind: 'open', client: clientId('y') });

  desk.disconnected(7);
  equal(desk.clients, 0);
  settle();

  deepEqual(take(context).responses, []);
});

test('a replica that does not lead says who does, once in a step', () => {
  const { context, desk } = aDesk();
  desk.leaderId = BOB;

  desk.request(7, request(OPEN), 'none');
  desk.request(7, request(aCall(1, 1)), 'none');

  deepEqual(take(context).responses, [{ kind: 'redirect', leader: 'host-2:14000', view: THREE }]);
});

test('what a call may have given goes back before anything that its client asks behind it', () => {
  const { ask, context, settle } = withSession();
  ask(aCall(1, 1));

  ask(CANCEL, aCall(1, 2, 'release'));

  deepEqual(settle(), [[aCall(1, 1), CANCEL, aCall(1, 2, 'release')]]);
  ask(CANCEL);
  deepEqual(settle(), [], 'its result is there, and gave nothing');
  deepEqual(take(context).responses.at(-1)?.kind, 'reply');
});

test('so does what a call may have given whose reply is not kept any more', () => {
  const { ask, context, settle } = withSession(aDesk(undefined, 10));
  ask(aCall(1, 1, 'a result of more than ten bytes'));
  settle();
  take(context);

  ask(CANCEL, aCall(1, 2, 'release'));

  deepEqual(settle(), [[CANCEL, aCall(1, 2, 'release')]]);
  deepEqual(take(context).responses[0], {
    ...{ kind: 'reply', session: 1, sequence: 1, slot: 3 },
    reply: FORGOTTEN,
  });
});

test('when it leads no more, what it has not proposed is forgotten, and everybody is told', () => {
  const { ask, context, desk, leader, settle } = withSession();
  ask(aCall(1, 1));
  desk.request(8, request(OPEN), 'soon');
  desk.request(9, request({ kind: 'open', client: clientId('z') }), 'ready');

  desk.shut();

  const told = effectsOf(context.takeEffects(), 'respond').map(({ connection }) => connection);
  deepEqual(new Set(told), new Set([7, 8, 9]));
  equal(desk.queued, 0);
  desk.endStep();
  desk.pump(leader);
  deepEqual(sentOf(take(context), 'accept'), []);
  ask(aCall(1, 1));
  deepEqual(settle(), [[aCall(1, 1)]], 'and comes in again with the next leadership');
});

test('batches have a size that travels well; a large command has a slot of its own', () => {
  const { ask, settle } = withSession();
  const large = 'x'.repeat(limits.BATCH_TARGET_BYTES + 1);

  ask(aCall(1, 1, 'one'), aCall(1, 2, large), aCall(1, 3, 'three'));

  deepEqual(
    settle().map((items) => items.map((item) => 'sequence' in item && item.sequence)),
    [[1], [2], [3]],
  );
});

/** So many requests of different clients. */
function opens(count: number): readonly Item[] {
  return Array.from({ length: count }, (_, index): Item => {
    const client = new Uint8Array(16);
    new DataView(client.buffer).setUint32(0, index);
    return { kind: 'open', client };
  });
}

test('a batch has a limit of items', () => {
  const { ask, settle } = withSession();

  ask(...opens(limits.MAX_BATCH_ITEMS + 7));

  deepEqual(
    settle().map((items) => items.length),
    [limits.MAX_BATCH_ITEMS, 7],
  );
});

test('what the window has no room for stays in the queue', () => {
  const { ask, desk, leader } = withSession();
  while (leader.hasRoom(1)) leader.propose(Uint8Array.of(1, 0));

  ask(aCall(1, 1));
  desk.pump(leader);

  equal(desk.queued, 1);
});

test('at the limit of the queue requests are refused for a while, also sessions', () => {
  const { ask, context, desk } = withSession();
  for (const one of opens(limits.QUEUE_REQUESTS)) ask(one);

  ask(aCall(1, 1), { kind: 'open', client: clientId('y') });

  equal(desk.queued, limits.QUEUE_REQUESTS);
  deepEqual(take(context).responses, [
    { kind: 'resend', session: 1, from: 1, reason: 'overloaded' },
    { kind: 'openRefused', client: clientId('y'), reason: 'overloaded' },
  ]);
});

test('a full disk takes no new requests, and again when it has space', () => {
  const { ask, context, desk, settle } = withSession();
  desk.setDisk('full');
  ask(aCall(1, 1));
  deepEqual(take(context).responses, [{ kind: 'resend', session: 1, from: 1, reason: 'diskFull' }]);

  desk.setDisk('free');
  ask(aCall(1, 1));

  deepEqual(settle(), [[aCall(1, 1)]]);
});

test('a session may run ahead of what is applied only so far', () => {
  const { ask, context, desk } = withSession();
  for (let n = 1; n <= limits.SESSION_WINDOW; n++) ask(aCall(1, n));
  equal(desk.queued, limits.SESSION_WINDOW);

  ask(aCall(1, limits.SESSION_WINDOW + 1));

  const from = limits.SESSION_WINDOW + 1;
  deepEqual(take(context).responses, [{ kind: 'resend', session: 1, from, reason: 'overloaded' }]);
});

test('a session is not held up by its kept replies, which only its next request would acknowledge', () => {
  const { ask, context, settle } = withSession();
  const reply = 'x'.repeat(limits.MAX_COMMAND_BYTES);
  for (let n = 1; n <= 5; n++) ask(aCall(1, n, reply));
  settle();
  take(context);

  ask(aCall(1, 6, 'do', 6));

  deepEqual(settle(), [[aCall(1, 6, 'do', 6)]]);
});

test('an idle client acknowledges without an answer, unless its session is gone', () => {
  const { ask, context, settle } = withSession();
  const acknowledge: Item = { kind: 'acknowledge', session: 1, lowWater: 1 };
  ask(acknowledge);
  deepEqual(settle(), [[acknowledge]]);
  deepEqual(take(context).responses, []);

  ask({ kind: 'acknowledge', session: 9, lowWater: 1 });

  deepEqual(settle(), []);
  deepEqual(take(context).responses, [{ kind: 'expired', session: 9 }]);
});

test('a session that is closed twice is gone', () => {
  const { ask, context, settle } = withSession();
  ask({ kind: 'close', session: 1 });
  deepEqual(settle(), [[{ kind: 'close', session: 1 }]]);
  deepEqual(take(context).responses, [{ kind: 'expired', session: 1 }]);

  ask({ kind: 'close', session: 1 });

  deepEqual(settle(), []);
  deepEqual(take(context).responses, [{ kind: 'expired', session: 1 }]);
});

test('a request that the table refuses may pass again', () => {
  const { ask, context, desk, settle } = withSession();
  ask(aCall(1, 1));
  desk.resend(1, 1, 'overloaded');
  deepEqual(take(context).responses, [
    { kind: 'resend', session: 1, from: 1, reason: 'overloaded' },
  ]);

  ask(aCall(1, 1));

  equal(settle()[0]?.length, 2, 'it is in the slot twice, and the table takes it once');
});

test('sessions that nobody has used for the lifetime of records are ended, others not', () => {
  const { ask, context, desk, settle } = withSession();
  ask({ kind: 'open', client: clientId('y') });
  settle();
  desk.request(8, { kind: 'attach', session: 2 }, 'ready');
  desk.disconnected(7);
  const expired = (ms: number) => {
    context.now += ms;
    desk.expireSessions();
    return settle().flat();
  };

  deepEqual(expired(3_600_000), []);
  deepEqual(expired(60_000), [{ kind: 'expire', sessions: [1] }]);
  deepEqual(expired(3_600_000), []);
});

test('a client cannot end sessions of others', () => {
  const { ask, desk } = withSession();

  ask({ kind: 'expire', sessions: [1] });

  equal(desk.queued, 0);
});
