import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../base/index.ts';
import { A, B, C, Script, viewOf } from './script-test-kit.ts';
import { UNDO_ROOM, WAKE_ROOM } from './window.ts';

test('nothing happens before the first call', () => {
  const script = new Script();

  const effects = script.pass(3_600_000);

  deepEqual(effects, []);
  equal(script.session.wakeAt, Infinity);
});

test('the first call connects, opens a session, and is sent as its first request', () => {
  const script = new Script();
  script.call('inc');

  deepEqual(script.turn(), [`connect ${A}`]);
  deepEqual(script.greet(), ['send open 1']);
  deepEqual(script.opened(), ['send inc 1/1']);
  deepEqual(script.reply(1, 'one'), ['#1 = one']);
  equal(script.session.outstanding, 0);
});

test('all calls of one turn leave as one send, in order', () => {
  const script = new Script().serve();
  script.call('a');
  script.call('b');
  script.call('c');

  deepEqual(script.turn(), ['send a 1/2, b 1/3 low 2, c 1/4 low 2']);
});

test('an open that was refused is repeated with the same client id', () => {
  const script = new Script();
  script.call('inc');
  script.turn();
  script.greet();
  const { client } = script;

  deepEqual(script.answer({ kind: 'openRefused', client, reason: 'overloaded' }), []);
  deepEqual(script.pass(200), ['send open 1']);
  deepEqual(script.opened(), ['send inc 1/1']);
});

test('when sessions stay refused, calls fail as overloaded and not applied', () => {
  const script = new Script({ quorumTimeoutMs: 1000 });
  script.call('inc');
  script.turn();
  script.greet();
  const { client } = script;
  const shown: string[] = [];

  for (let round = 0; round < 20; round++) {
    shown.push(...script.answer({ kind: 'openRefused', client, reason: 'sessions' }));
    shown.push(...script.pass(110));
  }

  deepEqual(
    shown.filter((line) => line.startsWith('#')),
    ['#1 OVERLOADED not-applied'],
  );
});

test('an opened of another client is ignored', () => {
  const script = new Script();
  script.call('inc');
  script.turn();
  script.greet();

  const client = new Uint8Array(16).fill(99);

  deepEqual(script.answer({ kind: 'opened', client, session: 8 }), []);
});

test('the low-water mark is the lowest request without a reply', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.call('b');
  script.turn();
  script.reply(2);
  script.call('c');

  deepEqual(script.turn(), ['send c 1/4 low 3']);
});

test('a reply above the low-water mark is told once, by name', () => {
  const script = new Script().serve();
  script.call('blocked');
  script.call('b');
  script.call('c');
  script.turn();
  script.reply(3);
  script.reply(4);
  script.call('d');
  const first = script.turn();
  script.call('e');
  const second = script.turn();

  deepEqual(first, ['send d 1/5 low 2+3+4']);
  deepEqual(second, ['send e 1/6 low 2']);
});

test('behind a request that stays blocked, the window never fills up', () => {
  const script = new Script().serve();
  script.call('blocked');
  script.turn();
  for (let count = 1; count <= 3 * limits.SESSION_WINDOW; count++) {
    script.call('x');

    ok(script.turn()[0]?.startsWith('send x'));
    equal(script.reply(2 + count).length, 1);
  }
});

test('a reply that comes twice settles its call once', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();

  deepEqual(script.reply(2, 'x'), ['#2 = x']);
  deepEqual(script.reply(2, 'x'), []);
});

test('a window of requests is sent; the next waits for a reply', () => {
  const script = new Script().serve();
  const most = limits.SESSION_WINDOW - UNDO_ROOM - WAKE_ROOM;
  for (let count = 0; count < most; count++) script.call('x');
  script.call('y');

  equal(script.turn()[0]?.split(', ').length, most);
  deepEqual(script.reply(5), ['#5 = ok', `send y 1/${most + 2} low 2+5`]);
});

test('large commands are under way up to a bound of bytes', () => {
  const script = new Script().serve();
  const command = new Uint8Array(limits.MAX_COMMAND_BYTES - 1000).fill(120);
  for (let count = 0; count < 6; count++) script.call('x', { command });

  equal(script.turn()[0]?.split(', ').length, 4);
  equal(script.reply(2).length, 2);
});

test('expiry: what was under way ends as unknown, and new calls use a new session', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.call('b');

  deepEqual(script.answer({ kind: 'expired', session: 1 }), [
    '#2 SESSION_EXPIRED unknown 1-2-cafe',
    'send open 2',
  ]);
  deepEqual(script.opened(2), ['send b 2/1']);
});

test('expiry: a session that rested for long is attached first, so that its expiry harms no call', () => {
  const script = new Script().serve();
  script.pass(3_600_000);
  script.call('a');

  deepEqual(script.turn(), ['send attach 1']);
  deepEqual(script.answer({ kind: 'expired', session: 1 }), ['send open 2']);
  deepEqual(script.opened(2), ['send a 2/1']);
});

test('no quorum: calls that nobody serves fail after the quorum timeout, as far as known', () => {
  const script = new Script({ quorumTimeoutMs: 5000 }).serve();
  script.call('sent');
  script.turn();
  script.break('refused');
  script.call('unsent');
  const shown: string[] = [];
  const began = script.now;
  while (script.session.outstanding > 0) {
    shown.push(...script.break('refused'));
    shown.push(...script.pass(Math.min(50, script.session.wakeAt - script.now)));
  }

  deepEqual(
    shown.filter((line) => line.startsWith('#')),
    ['#2 NO_QUORUM unknown 1-2-cafe', '#3 NO_QUORUM not-applied'],
  );
  equal(script.now - began, 5000);
});

test('no quorum: silence, and connections that are never made, count like refusals', () => {
  const script = new Script({ quorumTimeoutMs: 5000 }).serve();
  script.call('a');
  script.turn();
  const shown = script.pass(2000 + 5000);

  ok(shown.includes('#2 NO_QUORUM unknown 1-2-cafe'));
});

test('no quorum: a later call has the whole time', () => {
  const script = new Script({ quorumTimeoutMs: 2000 });
  script.call('a');
  script.turn();
  script.pass(1500);
  script.call('b');
  const shown = [...script.turn(), ...script.pass(500)];

  ok(shown.includes('#1 NO_QUORUM not-applied'));
  ok(!script.pass(1499).includes('#2 NO_QUORUM not-applied'));
  ok(script.pass(1).includes('#2 NO_QUORUM not-applied'));
});

test('no quorum: a leader without a majority is left, and only a decision proves it well again', () => {
  const script = new Script({ bootstrap: [A], quorumTimeoutMs: 3000 });
  script.call('a');
  script.turn();
  script.greet({ view: viewOf(1, A) });
  script.opened();
  const shown: string[] = [];
  const began = script.now;
  while (script.session.outstanding > 0 && script.now < began + 10_000) {
    shown.push(...script.answer({ kind: 'noQuorum', missing: [2, 3] }));
    shown.push(...script.pass(script.session.wakeAt - script.now));
    shown.push(...script.greet({ view: viewOf(1, A) }));
    shown.push(...script.answer({ kind: 'attached', session: 1, next: 1 }));
  }

  ok(shown.includes('#1 NO_QUORUM unknown 1-1-cafe'));
  ok(script.now - began <= 3300);
});

test('who is told of a new view finds its members when the connection is lost', () => {
  const script = new Script({ bootstrap: [A] });
  script.call('a');
  script.turn();
  script.greet({ view: viewOf(1, A) });
  script.opened();
  script.answer({ kind: 'view', view: viewOf(2, B, C) });
  script.answer({ kind: 'view', view: viewOf(1, A) });

  const shown = [...script.break(), ...script.pass(3000)];

  ok(
    shown.some((line) => line.includes(B)),
    'and an older one that comes late is not believed',
  );
});

test('no quorum: a leader that asks for patience has a majority, however long its object takes', () => {
  const script = new Script({ bootstrap: [A], quorumTimeoutMs: 3000 });
  script.call('a', { deadline: script.now + 20_000 });
  script.turn();
  const shown = script.greet({ view: viewOf(1, A) });
  while (script.session.outstanding > 0) {
    shown.push(...script.answer({ kind: 'later' }), ...script.pass(1000));
  }

  ok(script.now >= 20_000);
  ok(shown.some((line) => line.startsWith('#1 TIMEOUT')));
});

test('no quorum: a blocked call does not look like a lost majority', () => {
  const script = new Script({ quorumTimeoutMs: 3000 }).serve();
  script.call('blocked');
  script.turn();
  for (let second = 0; second < 10; second++) {
    script.pass(1000);
    script.answer({ kind: 'attached', session: 1, next: 3 });
  }

  equal(script.session.outstanding, 1);
});
