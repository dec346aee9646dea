import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { Applier } from './applier.ts';
import { Desk } from './desk.ts';
import { encodeItem } from './entry.ts';
import { aLeader } from './leader-test-kit.ts';
import { clientId, take, THREE } from './test-kit.ts';
import type { Taken } from './test-kit.ts';
import { Withheld } from './withheld.ts';

const SESSION = 1;

/** A desk at which connection 7 waits for replies to session 1. */
function aDesk(): { readonly desk: Desk; readonly taken: () => Taken } {
  const { context, log } = aLeader();
  const desk = new Desk(context, log, new Applier(context, log));
  const item = { kind: 'open', client: clientId('x') } as const;
  desk.request(7, { kind: 'item', item, bytes: encodeItem(item) }, 'ready');
  desk.opened('78'.repeat(16), SESSION);
  take(context);
  return { desk, taken: () => take(context) };
}

function reply(desk: Desk, sequence: number, size = 1): void {
  desk.replied({ session: SESSION, sequence }, sequence, new Uint8Array(size));
}

test('what is withheld is told in its order when it may be told', () => {
  const { desk, taken } = aDesk();
  desk.setWithholding(true);
  reply(desk, 1);
  reply(desk, 2);
  desk.setWithholding(true);
  deepEqual(taken().responses, []);

  desk.setWithholding(false);

  const told = taken().responses.map((each) => (each.kind === 'reply' ? each.sequence : each.kind));
  deepEqual(told, [1, 2]);
});

test('what is withheld has a bound: who misses a reply is sent away, and asks again', () => {
  const { desk, taken } = aDesk();
  desk.setWithholding(true);
  reply(desk, 1);
  reply(desk, 2, limits.QUEUE_BYTES);

  desk.setWithholding(false);

  deepEqual(
    taken().responses.map(({ kind }) => kind),
    ['reply', 'redirect'],
  );
});

test('small replies count as well', () => {
  const withheld = new Withheld();
  let taken = 0;
  while (withheld.add({ session: 1, sequence: 1 }, 1, new Uint8Array(0)) === 'taken') taken++;

  equal(withheld.replies.length, taken);
  equal(taken < limits.QUEUE_BYTES / 64, true);
});

test('replies to sessions that nobody waits for are not kept', () => {
  const { desk, taken } = aDesk();
  desk.setWithholding(true);
  desk.disconnected(7);
  reply(desk, 1);
  desk.request(8, { kind: 'attach', session: SESSION }, 'none');
  taken();

  desk.setWithholding(false);

  deepEqual(taken().responses, []);
});

test('who leads no more tells nobody what comes of calls later', () => {
  const { desk, taken } = aDesk();
  desk.setWithholding(true);
  reply(desk, 1);

  desk.shut();
  desk.setWithholding(false);
  reply(desk, 2);

  deepEqual(taken().responses, [{ kind: 'redirect', leader: undefined, view: THREE }]);
});
