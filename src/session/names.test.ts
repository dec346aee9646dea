/** Names among the addresses: what they stand for, and what is done when they stand for nothing. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { Route } from './route.ts';
import { A, B, C, Script, viewOf } from './script-test-kit.ts';

const NAME = 'counter.test';
const ABSENT = { code: 'CONNECTION', message: `the domain ${NAME} does not exist` } as const;

test('what a name newly stands for is tried next, before members that were known', () => {
  const members = [A, B, C, 'd:1', 'e:1'];
  const script = new Script({ bootstrap: [NAME] });
  script.call('first');
  script.turn();
  script.greet({ view: viewOf(1, ...members) });
  script.opened();
  script.reply(1);
  script.call('second');
  script.turn();

  // All members are gone, and say nothing: each would cost two seconds.
  deepEqual(script.break(), [`connect ${A}`]);
  script.session.found(NAME, ['x:1', 'y:1']);
  deepEqual(script.pass(2000), ['disconnect', 'connect x:1']);
  deepEqual(script.break(), [`connect ${B}`]);
  deepEqual(script.break(), ['connect y:1']);
  deepEqual(script.greet({ leads: false, leader: 'x:1' }), ['disconnect', 'connect x:1']);
});

test('a name that stands for something else all the time does not keep from the members', () => {
  const script = new Script({ bootstrap: [NAME] });
  script.call('inc');
  script.turn();
  script.greet({ leads: false, view: viewOf(1, A, B, C) });
  const tried: string[] = [];
  for (let move = 0; move < 40; move++) {
    script.session.found(NAME, [`x:${2 * move + 1}`, `x:${2 * move + 2}`]);
    tried.push(...script.break(), ...script.pass(300));
  }

  for (const member of [A, B, C]) {
    const times = tried.filter((line) => line === `connect ${member}`).length;
    ok(times >= 3, `${member}: ${times} times of 40`);
  }
});

test('what a name stands for is tried again with all others, until it stands for something else', () => {
  const script = new Script({ bootstrap: [NAME, A] });
  script.call('inc');
  script.turn();
  script.session.found(NAME, [B, C]);
  const tried = (): string[] => {
    const shown: string[] = [];
    for (let move = 0; move < 8; move++) {
      shown.push(...script.break(), ...script.pass(300));
      script.turn();
    }
    return shown.map((line) => line.replace('connect ', ''));
  };

  deepEqual(new Set(tried()), new Set([NAME, A, B, C]));
  script.session.found(NAME, [C]);
  deepEqual(new Set(tried()), new Set([NAME, A, C]));
});

test('once a replica serves, the rotation is that of the members again', () => {
  const script = new Script({ bootstrap: [NAME] });
  script.call('inc');
  script.turn();
  script.session.found(NAME, ['x:1', 'y:1']);
  script.greet();
  script.opened();
  script.reply(1);
  script.call('next');
  script.turn();

  deepEqual(script.break(), [`connect ${A}`]);
});

test('a name that stands for nothing fails those who know of nothing else', () => {
  const script = new Script({ bootstrap: [NAME] });
  script.call('inc');
  script.call('inc');
  deepEqual(script.turn(), [`connect ${NAME}`]);

  script.session.missing(script.now, script.link, ABSENT);
  deepEqual(script.turn(), ['#1 CONNECTION not-applied', '#2 CONNECTION not-applied']);
  equal(script.failure?.message, ABSENT.message);
  deepEqual(script.pass(100_000), []);

  // Whoever calls again asks again.
  script.call('inc');
  deepEqual([...script.turn(), ...script.pass(300)], [`connect ${NAME}`]);
  script.session.found(NAME, [A]);
  script.greet();
  deepEqual(script.opened(), ['send inc 1/1']);
});

test('a name that stands for nothing is passed over where other addresses are known', () => {
  for (const known of ['given', 'found before', 'member'] as const) {
    const script = new Script({ bootstrap: known === 'given' ? [NAME, A] : [NAME] });
    script.call('inc');
    script.turn();
    if (known === 'found before') script.session.found(NAME, [A]);
    if (known === 'member') {
      script.greet({ leads: false, view: viewOf(1, A) });
      deepEqual(script.pass(100), ['disconnect', `connect ${A}`]);
      deepEqual([...script.break(), ...script.pass(300)], [`connect ${NAME}`]);
    }

    script.session.missing(script.now, script.link, ABSENT);
    const shown = [...script.turn(), ...script.pass(1000)];
    equal(shown.includes('#1 CONNECTION not-applied'), false, known);
    equal(script.session.outstanding, 1);
    equal(script.session.isNeeded, true);
  }
});

test('two names that stand for nothing fail together, and one that is only silent is waited for', () => {
  const script = new Script({ bootstrap: [NAME, 'other.test'] });
  script.call('inc');
  script.turn();
  script.session.missing(script.now, script.link, ABSENT);
  deepEqual(script.turn(), ['connect other.test']);
  deepEqual(script.break('its name server does not answer'), [`connect ${NAME}`]);
  script.session.missing(script.now, script.link, ABSENT);
  script.turn();
  deepEqual(script.pass(300), ['connect other.test']);

  script.session.missing(script.now, script.link, ABSENT);
  deepEqual(script.turn(), ['#1 CONNECTION not-applied']);
});

test('a late word on a connection that was given up changes nothing', () => {
  const script = new Script({ bootstrap: [NAME, A] });
  script.call('inc');
  script.turn();
  const { link } = script;
  deepEqual(script.break(), [`connect ${A}`]);

  script.session.missing(script.now, link, ABSENT);
  deepEqual(script.turn(), []);
  deepEqual(script.greet({ view: viewOf(1, A) }), ['send open 1']);
});

test('what a name stood for stays where it was in the rotation, in whatever order it is listed', () => {
  const route = new Route([NAME]);

  deepEqual(route.found(NAME, [A, B, C]), [A, B, C]);
  deepEqual(route.found(NAME, [C, 'd:1', A]), ['d:1']);
  deepEqual(route.addresses, [A, C, 'd:1', NAME]);
  route.learn(viewOf(1, C, B));
  deepEqual(route.addresses, [C, B, A, 'd:1', NAME]);
  route.forget();
  deepEqual(route.found(NAME, [C]), []);
  deepEqual(route.addresses, [C, B, A, 'd:1', NAME]);
});
