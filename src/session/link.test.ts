import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, C, Script, viewOf } from './script-test-kit.ts';

test('a greeting that names another leader leads there at once', () => {
  const script = new Script();
  script.call('inc');
  script.turn();

  deepEqual(script.greet({ leads: false, leader: C }), ['disconnect', `connect ${C}`]);
  deepEqual(script.greet(), ['send open 1']);
});

test('without a leader, the members are asked in turn, with growing jittered pauses', () => {
  const script = new Script({ bootstrap: [A] });
  script.call('inc');
  script.turn();
  const pauses: number[] = [];
  const order: string[] = [];
  for (let round = 0; round < 30; round++) {
    const left = script.now;
    script.greet({ leads: false });
    const shown = script.pass(script.session.wakeAt - script.now);
    order.push(shown.at(-1) ?? '');
    pauses.push(script.now - left);
  }

  deepEqual(order.slice(0, 4), [`connect ${B}`, `connect ${C}`, `connect ${A}`, `connect ${B}`]);
  ok(pauses.every((pause) => pause >= 20 && pause <= 250));
  ok(Math.max(...pauses.slice(0, 2)) <= 80);
  ok(new Set(pauses.slice(10)).size > 10);
});

test('a replica that names itself does not lead, and is not asked again at once', () => {
  const script = new Script();
  script.call('inc');
  script.turn();

  deepEqual(script.greet({ leads: false, leader: A }), []);
  ok(script.session.wakeAt >= script.now + 20);
  deepEqual(script.pass(40), ['disconnect', `connect ${B}`]);
});

test('a member that still names a leader which gave up does not keep us from asking the others', () => {
  const script = new Script({ bootstrap: [B, C, A] });
  script.call('inc');
  script.turn();
  const asked = new Set<string>();
  let at = B;
  for (let move = 0; move < 20; move++) {
    asked.add(at);
    const told = at === A ? { leader: B } : {};
    const shown = script.greet({ leads: false, view: viewOf(1, A, C, B), ...told });
    shown.push(...script.pass(Math.max(0, Math.min(script.session.wakeAt - script.now, 300))));
    at = /^connect (.*)$/.exec(shown.at(-1) ?? '')?.[1] ?? at;
  }

  deepEqual([...asked].sort(), [A, B, C]);
});

test('redirects in a circle are slowed down', () => {
  const script = new Script();
  script.call('inc');
  script.turn();
  let moves = 0;
  const began = script.now;
  while (script.now < began + 2000) {
    script.greet({ leads: false, leader: moves++ % 2 === 0 ? B : A });
    script.pass(Math.max(0, Math.min(script.session.wakeAt - script.now, 300)));
  }

  ok(moves < 60, `${moves} moves in two seconds`);
});

test('a redirect moves what is outstanding to the new leader', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();

  deepEqual(script.answer({ kind: 'redirect', leader: B, view: viewOf(1, A, B, C) }), [
    'disconnect',
    `connect ${B}`,
  ]);
  deepEqual(script.greet(), ['send attach 1']);
  deepEqual(script.answer({ kind: 'attached', session: 1, next: 2 }), ['send a 1/2']);
});

test('a connection that breaks is made again to the next member at once', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();

  deepEqual(script.break(), [`connect ${B}`]);
  deepEqual(script.break(), [`connect ${C}`]);
  deepEqual(script.break(), [`connect ${A}`]);
  deepEqual(script.break(), []);
  deepEqual(script.pass(40), [`connect ${B}`]);
});

test('a connection that breaks while nobody waits is not made again before somebody does', () => {
  const script = new Script().serve();

  deepEqual(script.break(), []);
  deepEqual(script.pass(100_000), []);
  script.call('a');
  deepEqual(script.turn(), [`connect ${B}`]);
});

test('a new view replaces the members, and an older one does not', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  script.answer({ kind: 'redirect', leader: 'd:1', view: viewOf(2, B, 'd:1') });
  script.greet({ view: viewOf(1, A, B, C) });

  deepEqual(script.break(), [`connect ${C}`]);
  deepEqual(script.break(), [`connect ${B}`]);
});

test('an address that never answers is left after two seconds', () => {
  const script = new Script();
  script.call('inc');
  script.turn();

  deepEqual(script.pass(1999), []);
  deepEqual(script.pass(1), ['disconnect', `connect ${B}`]);
});

test('another instance fails the calls that meet it, and is left', () => {
  const script = new Script().serve();
  script.call('sent');
  script.turn();
  script.break();
  script.call('unsent');

  deepEqual(script.greet({ instance: 'beef' }), [
    'disconnect',
    '#2 INSTANCE_MISMATCH unknown 1-2-cafe',
    '#3 INSTANCE_MISMATCH not-applied',
  ]);
  script.call('later');
  deepEqual(script.turn(), [`connect ${C}`]);
});

test('a recovered instance counts epochs anew, and its former generation is left', () => {
  const script = new Script().serve();
  script.greet({ view: viewOf(9, A, B, C) });
  script.call('sent');
  script.turn();
  script.break();
  script.greet({ generation: 2, view: viewOf(3, 'd:1') });
  deepEqual(script.answer({ kind: 'expired', session: 1 }), [
    '#2 SESSION_EXPIRED unknown 1-2-cafe',
  ]);
  script.call('later');
  script.turn();

  const tried = Array.from({ length: 4 }, () => script.break().at(-1));
  equal(tried.includes('connect d:1'), true, 'the view of the new generation counts');
  script.pass(300);
  equal(script.greet({ generation: 1 })[0], 'disconnect');
});

test('a refusal that looking elsewhere does not cure fails the calls, another one moves on', () => {
  const script = new Script().serve();
  script.call('sent');
  script.turn();
  script.break();
  script.session.refused(script.now, script.link, { code: 'OVERLOADED', message: 'full' });
  deepEqual(script.turn(), [`connect ${C}`]);

  script.session.refused(script.now, script.link, { code: 'VERSION_MISMATCH', message: 'old' });

  deepEqual(script.turn(), ['#2 VERSION_MISMATCH unknown 1-2-cafe']);
  equal(script.session.wakeAt, Infinity);
});

test('after a new connection everything without a reply is sent again, in order', () => {
  const script = new Script().serve();
  script.call('a');
  script.call('b');
  script.call('c');
  script.turn();
  script.reply(3);
  script.break();
  script.call('d');
  deepEqual(script.greet(), ['send attach 1']);

  deepEqual(script.answer({ kind: 'attached', session: 1, next: 3 }), [
    'send a 1/2, c 1/4 low 2, d 1/5 low 2+3',
  ]);
});

test('requests that were not taken are sent again after a pause, once', () => {
  const script = new Script().serve();
  for (const method of ['a', 'b', 'c']) script.call(method);
  script.turn();
  const resend = { kind: 'resend', session: 1, reason: 'gap' } as const;

  deepEqual(script.answer({ ...resend, from: 4 }), []);
  deepEqual(script.answer({ ...resend, from: 3 }, { ...resend, from: 4 }), []);
  script.call('d');
  deepEqual(script.turn(), []);
  deepEqual(script.pass(10), ['send b 1/3 low 2, c 1/4 low 2, d 1/5 low 2']);
});

test('pauses before repetitions grow to a bound, and shrink again with a reply', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  const pauses: number[] = [];
  for (let round = 0; round < 20; round++) {
    script.answer({ kind: 'resend', session: 1, from: 2, reason: 'overloaded' });
    const began = script.now;
    script.pass(script.session.wakeAt - script.now);
    pauses.push(script.now - began);
  }

  ok(pauses.every((pause) => pause >= 5 && pause <= 100));
  ok((pauses[0] ?? 0) <= 10);
  ok(Math.max(...pauses) > 50);
  script.reply(2);
  script.call('b');
  script.turn();
  script.answer({ kind: 'resend', session: 1, from: 3, reason: 'overloaded' });
  ok(script.session.wakeAt - script.now <= 10);
});

test('silence for a second asks for a sign of life, another second leaves', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();

  deepEqual(script.pass(999), []);
  deepEqual(script.pass(1), ['send attach 1']);
  deepEqual(script.pass(1000), ['disconnect', `connect ${B}`]);
});

test('patience grows when a slow connection was dropped for silence', () => {
  const script = new Script().serve();
  script.call('large');
  script.turn();
  script.pass(2000);
  script.greet();

  deepEqual(script.pass(1999), []);
  deepEqual(script.pass(1), ['send attach 1']);
  deepEqual(script.answer({ kind: 'attached', session: 1, next: 2 }), ['send large 1/2']);
  deepEqual(script.pass(3999), ['send attach 1']);
  deepEqual(script.pass(1), ['disconnect', `connect ${C}`]);
});

test('a sign of life keeps the connection of a call that takes long', () => {
  const script = new Script().serve();
  script.call('blocked', { deadline: Infinity });
  script.turn();

  for (let second = 0; second < 100; second++) {
    deepEqual(script.pass(1000), ['send attach 1']);
    script.answer({ kind: 'attached', session: 1, next: 3 });
  }
  equal(script.session.outstanding, 1);
});

test('signs of life have lost requests sent again, and now and then all, for lost replies', () => {
  const script = new Script().serve();
  script.call('a');
  script.call('b');
  script.turn();
  const shown: string[][] = [];
  for (let second = 0; second < 4; second++) {
    script.pass(1000);
    shown.push(script.answer({ kind: 'attached', session: 1, next: 3 }));
  }

  deepEqual(shown, [
    ['send a 1/2, b 1/3 low 2'],
    ['send a 1/2, b 1/3 low 2'],
    ['send b 1/3 low 2'],
    ['send a 1/2, b 1/3 low 2'],
  ]);
  script.pass(1000);
  script.answer({ kind: 'attached', session: 1, next: 4 });
  script.reply(2);
  script.pass(1000);
  deepEqual(script.answer({ kind: 'attached', session: 1, next: 4 }), ['send b 1/3 low 2']);
});

test('bytes that move are a sign of life', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  for (let count = 0; count < 10; count++) {
    deepEqual(script.pass(900), []);
    script.session.heard(script.now, script.link);
  }
});

test('an idle connection is kept, and asked for nothing', () => {
  const script = new Script().serve();

  deepEqual(script.pass(100_000), []);
  equal(script.session.wakeAt, Infinity);
});

test('events of an older connection are ignored', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  const old = script.link;
  script.break();

  script.session.disconnected(script.now, old, 'late');
  script.session.received(script.now, old, [{ kind: 'expired', session: 1 }]);
  script.session.connected(script.now, old, {
    instance: 'beef',
    generation: 1,
    view: viewOf(9, A),
    leads: true,
    leader: undefined,
    reads: new Set(),
  });

  deepEqual(script.turn(), []);
});

test('a malformed reply ends the connection', () => {
  const script = new Script().serve();
  script.call('a');
  script.turn();
  const reply = Uint8Array.of(77);

  deepEqual(script.answer({ kind: 'reply', session: 1, sequence: 2, slot: 9, reply }), [
    'disconnect',
    `connect ${B}`,
  ]);
});
