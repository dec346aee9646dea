import { deepEqual, equal } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { ABORTED, aScript, granted, LEASE, renewed, replied, waiting } from './blocked-test-kit.ts';
import { Script } from './script-test-kit.ts';
import { UNDO_ROOM, WAKE_ROOM } from './window.ts';

const HOUR = 3_600_000;
const SECOND_CALL = '1-2-cafe';

/** Its client owns a lock by call 2, for an hour at a time. */
function anOwner(): Script {
  const script = new Script({ leaseMs: HOUR }).serve();
  script.call('acquire');
  script.turn();
  granted(script, 2);
  renewed(script, 1, [2]);
  return script;
}

/** Lets time pass on a connection that is well. */
function passWell(script: Script, ms: number): string[] {
  const shown: string[] = [];
  for (const end = script.now + ms; script.now < end;) {
    shown.push(...script.pass(Math.min(500, end - script.now)));
    script.session.heard(script.now, script.link);
  }
  return shown.filter((line) => line !== 'ping');
}

test('a sign of life that is lost is repeated soon while calls wait for the answer', () => {
  const script = new Script({ leaseMs: HOUR }).serve();
  script.call('acquire');
  script.turn();
  deepEqual(replied(script, 2, 'forgotten').at(-1), 'send renew 1 1');
  script.call('acquire');

  deepEqual(passWell(script, 1999), []);
  deepEqual(passWell(script, 1), ['send renew 1 1'], 'the same question, which is under way');
  deepEqual(renewed(script, 1, [2]), ['send withdraw 1/3 of 2, acquire 1/4 low 3']);
});

test('a doubt that comes while a sign is under way waits no longer for its answer', () => {
  const script = anOwner();
  script.call('look');
  script.turn();
  script.break();
  script.greet();
  deepEqual(script.answer({ kind: 'attached', session: 1, next: 4 }), ['send look 1/3, renew 1 2']);
  replied(script, 3, 'forgotten');

  deepEqual(passWell(script, 2000), ['send renew 1 2']);
});

test('a leader that tells by itself what is owned may be one of the past: it is asked', () => {
  const script = anOwner();

  deepEqual(renewed(script, 0, []), ['send renew 1 2']);
  deepEqual(script.break(), ['connect b:1'], 'what it owned still counts');
  script.greet();
  script.answer({ kind: 'attached', session: 1, next: 3 });
  deepEqual(renewed(script, 3, [2]), []);
});

test('a loss that a leader tells by itself is one', () => {
  const script = anOwner();

  const told = renewed(script, 0, [], { losses: 1 });

  equal(told[0]?.startsWith('lost 2: '), true, told[0]);
  deepEqual(told.slice(1), ['send renew 1 2']);
});

test('a sign that was asked long ago does not shorten what was granted since', () => {
  const script = aScript();
  script.call('acquire');
  script.turn();
  granted(script, 2);
  renewed(script, 1, [2]);
  renewed(script, 0, [2]);
  script.pass(240);
  script.call('acquire');
  script.turn();
  granted(script, 3);

  deepEqual(renewed(script, 2, [2, 3]), []);

  const lost = (line: string): boolean => line.startsWith('lost ');
  deepEqual(script.pass(240 + 0.85 * LEASE - 241).filter(lost), []);
  equal(script.pass(1).filter(lost).length, 1);
});

test('what becomes of a call that gave something to nobody is known when it is undone', () => {
  const script = aScript();
  const id = script.call('acquire');
  script.turn();
  script.session.giveUp(script.now, id, ABORTED);
  deepEqual(script.turn()[0]?.startsWith('#2 ABORTED unknown'), true);
  const ask = (): void => {
    script.session.resolve(script.now, { requestId: SECOND_CALL, deadline: script.now + 60_000 });
  };

  ask();
  deepEqual(granted(script, 2), ['send withdraw 1/3 of 2'], 'not that it was applied');
  ask();
  deepEqual(script.turn(), []);
  deepEqual(replied(script, 3, 'resolvedNever'), ['#3 never', '#4 never']);
  ask();
  deepEqual(script.turn(), ['#5 never']);
});

test('a call that ends by itself before it could be undone has its result', () => {
  const script = new Script({ leaseMs: LEASE }).serve();
  const most = limits.SESSION_WINDOW - UNDO_ROOM - WAKE_ROOM;
  for (let count = 0; count < most; count++) script.call('take', { deadline: Infinity });
  script.turn();
  const calls = Array.from({ length: most }, (_, at) => at + 2);
  for (const sequence of calls) waiting(script, sequence);
  for (const id of calls) script.session.giveUp(script.now, id, ABORTED);
  script.turn();
  const last = most + 1;

  deepEqual(script.reply(last, 'an item')[0], `#${last} = an item`);
});

test('what could not be given back by a call goes back by itself, and only in its session', () => {
  const script = anOwner();
  script.break();
  script.call('release', { deadline: script.now + 100 });
  deepEqual(
    script.pass(100).filter((line) => line.startsWith('#')),
    ['#3 TIMEOUT not-applied'],
  );

  script.session.giveBack({ session: 2, sequence: 2 });
  script.session.giveBack({ session: 1, sequence: 2 });
  script.pass(1000);
  script.greet();

  deepEqual(script.answer({ kind: 'attached', session: 1, next: 3 }), [
    'send withdraw 1/3 of 2, renew 1 2',
  ]);
});
