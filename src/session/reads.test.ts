import { deepEqual, match } from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, bytes, C, NOT_READ, Script, viewOf } from './script-test-kit.ts';

test('reads are asked as reads while nothing is outstanding, without a session', () => {
  const script = new Script();
  script.call('get');
  script.call('size');
  script.turn();

  deepEqual(script.greet(), ['send read 1 get after 0, read 2 size after 0']);
  const result = bytes('5');
  deepEqual(script.answer({ kind: 'readReply', token: 1, slot: 7, result }), ['#1 = 5']);
});

test('reads behind an own call are numbered like it', () => {
  const script = new Script().serve();
  script.call('inc');
  script.call('get');

  deepEqual(script.turn(), ['send inc 1/2, get 1/3 low 2']);
});

test('reads are answered before a later call is sent', () => {
  const script = new Script().serve();
  script.call('get');
  script.call('inc');
  script.call('get');

  deepEqual(script.turn(), ['send read 1 get after 1']);
  deepEqual(script.answer({ kind: 'readReply', token: 1, slot: 200, result: bytes('1') }), [
    '#2 = 1',
    'send inc 1/2, get 1/3 low 2',
  ]);
});

test('reads that a replica does not take for reads become calls, and later ones follow them', () => {
  const script = new Script().serve();
  script.call('get');
  script.call('size');
  script.turn();

  deepEqual(script.answer({ kind: 'readReply', token: 1, slot: 200, result: NOT_READ }), [
    'send get 1/2, size 1/3 low 2',
  ]);
  deepEqual(script.answer({ kind: 'readReply', token: 2, slot: 200, result: bytes('1') }), []);
  script.reply(2);
  script.reply(3);
  script.call('get');
  deepEqual(script.turn(), ['send get 1/4']);
});

test('reads that are refused are asked again after a pause', () => {
  const script = new Script().serve();
  script.call('get');
  script.turn();

  deepEqual(script.answer({ kind: 'readRefused', token: 1, reason: 'overloaded' }), []);
  deepEqual(script.pass(10), ['send read 2 get after 1']);
});

test('reads that are refused by a replica that does not lead are asked where it points to', () => {
  const script = new Script().serve();
  script.call('get');
  script.turn();

  deepEqual(
    script.answer(
      { kind: 'readRefused', token: 1, reason: 'notLeader' },
      { kind: 'redirect', leader: C, view: viewOf(1, A, B, C) },
    ),
    ['disconnect', `connect ${C}`],
  );
  deepEqual(script.greet(), ['send read 2 get after 1']);
});

test('a read that the leader cannot serve in time is asked elsewhere, and no later call overtakes it', () => {
  const script = new Script().serve();
  script.call('get');
  script.call('inc');
  script.turn();

  deepEqual(script.answer({ kind: 'readRefused', token: 1, reason: 'late' }), [
    'disconnect',
    `connect ${B}`,
  ]);
  deepEqual(script.greet(), ['send read 2 get after 1']);
  const result = bytes('1');
  deepEqual(script.answer({ kind: 'readReply', token: 2, slot: 200, result }), [
    '#2 = 1',
    'send attach 1',
  ]);
  deepEqual(script.answer({ kind: 'attached', session: 1, next: 2 }), ['send inc 1/2']);
});

test('a stale read that one replica cannot serve in time is asked of the others in turn', () => {
  const script = new Script();
  script.call('get', { consistency: 'stale', deadline: script.now + 5000 });
  script.turn();
  script.greet({ leads: false, leader: B });
  const late = (token: number) => script.answer({ kind: 'readRefused', token, reason: 'late' });

  deepEqual(late(1), ['disconnect', `connect ${B}`], 'the leader that the replica follows');
  deepEqual(script.break('refused'), [`connect ${C}`]);
  deepEqual(script.greet({ leads: false }), ['send read 2 get stale>=0']);
  deepEqual([...late(2), ...script.pass(250)], ['disconnect', `connect ${A}`], 'after a pause');
  script.greet({ leads: false, leader: B });
  script.pass(5000);

  match(script.failure?.message ?? '', /no result within 5000 ms \(.*c:1: .*does not reach what/);
});

test('reads that were lost with the connection are asked again', () => {
  const script = new Script().serve();
  script.call('get');
  script.turn();
  script.break();

  deepEqual(script.greet(), ['send read 2 get after 1']);
  deepEqual(script.answer({ kind: 'readReply', token: 2, slot: 200, result: bytes('1') }), [
    '#2 = 1',
  ]);
});

test('reads without an answer have the replica asked for a sign of life', () => {
  const script = new Script().serve();
  script.call('get');
  script.turn();

  deepEqual(script.pass(1000), ['ping']);
  script.session.heard(script.now, script.link);
  script.turn();
  deepEqual(script.pass(1000), ['ping']);
  deepEqual(script.pass(1000), ['disconnect', `connect ${B}`]);
});

test('reads are answered in order, and asked again with all that were made after them', () => {
  const script = new Script().serve();
  for (const method of ['get', 'size', 'get']) script.call(method);
  script.turn();
  const reply = { kind: 'readReply', slot: 200, result: bytes('1') } as const;

  deepEqual(script.answer({ ...reply, token: 3 }), []);
  deepEqual(script.answer({ ...reply, token: 1 }), ['#2 = 1']);
  deepEqual(script.answer({ kind: 'readRefused', token: 2, reason: 'overloaded' }), []);
  script.call('get');
  deepEqual(script.turn(), []);
  deepEqual(script.pass(10), ['send read 4 size after 1, read 5 get after 1, read 6 get after 1']);
  deepEqual(script.answer({ ...reply, token: 4 }), ['#3 = 1']);
  deepEqual(script.answer({ ...reply, token: 6 }), []);
  deepEqual(script.answer({ ...reply, token: 5 }), ['#4 = 1', '#5 = 1']);
});

test('a read that is given up holds back no other', () => {
  const script = new Script().serve();
  const slow = script.call('get');
  script.call('size');
  script.turn();
  script.answer({ kind: 'readReply', token: 2, slot: 200, result: bytes('1') });
  script.session.giveUp(script.now, slow, { code: 'ABORTED', message: 'by the user' });

  deepEqual(script.turn(), ['#3 = 1', '#2 ABORTED not-applied']);
});

test('reads that are given up have not been applied', () => {
  const script = new Script().serve();
  script.call('get', { deadline: script.now + 10 });
  script.turn();

  deepEqual(script.pass(10), ['#2 TIMEOUT not-applied']);
});

test('reads of stale state are asked wherever the client is, not before what it has seen', () => {
  const script = new Script().serve();
  script.break();
  script.call('get', { consistency: 'stale' });
  script.turn();

  deepEqual(script.greet({ leads: false }), ['send read 1 get stale>=101']);
  deepEqual(script.answer({ kind: 'readReply', token: 1, slot: 101, result: bytes('1') }), [
    '#2 = 1',
  ]);
  deepEqual(script.pass(10_000), []);
  script.call('get', { consistency: 'stale' });
  deepEqual(script.turn(), ['send read 2 get stale>=101']);
  script.call('inc');
  deepEqual(script.answer({ kind: 'readReply', token: 2, slot: 101, result: bytes('2') }), [
    '#3 = 2',
    'disconnect',
    `connect ${C}`,
  ]);
});

test('a stale read keeps its bound when it is asked again elsewhere', () => {
  const script = new Script();
  script.call('get', { consistency: 'stale', maxLagMs: 500 });
  script.turn();
  deepEqual(script.greet({ leads: false }), ['send read 1 get stale>=0 within 500']);
  deepEqual(script.answer({ kind: 'readRefused', token: 1, reason: 'late' }), [
    'disconnect',
    `connect ${B}`,
  ]);

  deepEqual(script.greet({ leads: false }), ['send read 2 get stale>=0 within 500']);
});

test('reads of stale state behind an own call are numbered, and not once that was given up', () => {
  const script = new Script().serve();
  const inc = script.call('inc');
  script.call('get', { consistency: 'stale' });
  deepEqual(script.turn(), ['send inc 1/2, get 1/3 low 2']);
  script.session.giveUp(script.now, inc, { code: 'ABORTED', message: 'by the user' });
  script.reply(3);
  script.call('get', { consistency: 'stale' });

  deepEqual(script.turn(), ['send read 1 get stale>=103']);
});
