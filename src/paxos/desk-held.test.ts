import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { aDesk, OPEN, request, withSession } from './desk-test-kit.ts';
import { aCall, clientId, effectsOf, take } from './test-kit.ts';

test('what comes before it leads is kept until it does', () => {
  const { desk, settle } = aDesk();
  desk.request(7, request(OPEN), 'soon');
  deepEqual(settle(), []);
  equal(desk.holds, true);

  desk.open();

  equal(desk.holds, false);
  deepEqual(settle(), [[OPEN]]);
});

test('who leads and must catch up first asks for patience; what is repeated meanwhile is kept once', () => {
  const { context, desk, settle } = withSession();
  const attach = { kind: 'attach', session: 1 } as const;
  for (let times = 0; times < 3; times++) {
    desk.request(8, attach, 'later');
    desk.request(9, request({ kind: 'open', client: clientId('z') }), 'later');
    desk.endStep();
  }
  desk.request(8, request(aCall(1, 1)), 'later');
  const told = effectsOf(context.takeEffects(), 'respond').map(({ response }) => response.kind);
  deepEqual(told, ['later', 'later', 'later', 'later', 'later', 'later']);

  desk.open();

  deepEqual(take(context).responses, [{ kind: 'attached', session: 1, next: 1 }]);
  deepEqual(settle(), [[{ kind: 'open', client: clientId('z') }, aCall(1, 1)]]);
});

test('what is kept has a bound, and goes with its connection', () => {
  const { context, desk, settle } = aDesk();
  for (let sequence = 1; sequence <= limits.QUEUE_REQUESTS; sequence++) {
    desk.request(7, request(aCall(1, sequence)), 'later');
  }
  desk.request(8, request(OPEN), 'later');
  deepEqual(
    take(context).responses.map(({ kind }) => kind),
    ['redirect'],
  );

  desk.disconnected(7);
  desk.request(8, request(OPEN), 'later');
  desk.open();

  deepEqual(settle(), [[OPEN]]);
});
