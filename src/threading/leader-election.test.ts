import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RuntimeError, ValueError } from '../object/bundled.ts';
import { DLeaderElection } from './leader-election.ts';
import { chosenOf, Lives, Replica, sessionOf, SESSIONS } from './threading-test-kit.ts';

test('one leads, the next one follows, and observers hear of every change once', () => {
  const replica = new Replica();
  const election = new DLeaderElection();
  deepEqual(election.leader(), { name: null, term: 0 });
  const vacant = replica.call(5, () => election.observe(0));
  replica.now(1, () => election.campaign({ name: 'ann' }));
  deepEqual(replica.result(vacant), { name: 'ann', term: 1 });
  const bob = replica.call(2, () => election.campaign({ name: 'bob' }));
  const observer = replica.call(5, () => election.observe(1));
  deepEqual(
    replica.now(5, () => election.observe(0)),
    { name: 'ann', term: 1 },
  );
  throws(() => replica.now(2, () => election.resign()), RuntimeError);
  equal(
    replica.now(1, () => election.campaign({ blocking: false })),
    false,
  );
  replica.endSessions(1);
  equal(replica.result(bob), true);
  deepEqual(replica.result(observer), { name: 'bob', term: 2 });
  equal(String(election), '<DLeaderElection leader=bob term=2 candidates=0>');
  const last = replica.call(5, () => election.observe(2));
  replica.now(2, () => election.resign({ call: bob }));
  deepEqual(replica.result(last), { name: null, term: 3 });
});

test('who observes for too long is told who leads still', () => {
  const replica = new Replica();
  const election = new DLeaderElection();
  const observer = replica.call(5, () => election.observe(0, { timeoutMs: 5 }));
  replica.timeOut(observer);
  deepEqual(replica.result(observer), { name: null, term: 0 });
  deepEqual(
    replica.now(5, () => election.observe(7, { timeoutMs: 0 })),
    { name: null, term: 0 },
  );
  for (const term of [-1, 0.5, NaN]) {
    throws(() => replica.now(1, () => election.observe(term)), ValueError);
  }
  throws(() => replica.now(1, () => election.observe('x' as never)), TypeError);
  throws(() => replica.now(1, () => election.campaign({ name: '' })), ValueError);
  throws(() => replica.now(1, () => election.campaign({ name: 5 as never })), TypeError);
});

const STEP = fc.record({
  kind: fc.constantFrom(
    ...(['campaign', 'campaign', 'campaign', 'try', 'resign', 'resign', 'observe'] as const),
    ...(['timeOut', 'withdraw', 'undo', 'end'] as const),
  ),
  session: fc.integer({ min: 1, max: SESSIONS }),
  pick: fc.nat(20),
  together: fc.boolean(),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

interface Model {
  leader: string | undefined;
  term: number;
  line: string[];
  observers: string[];
}

interface All {
  readonly replica: Replica;
  readonly election: DLeaderElection;
  readonly model: Model;
  readonly lives: Lives;
}

/** These leave; who leads is followed by the next one. */
function leave(model: Model, keys: readonly string[]): void {
  model.line = model.line.filter((key) => !keys.includes(key));
  model.observers = model.observers.filter((key) => !keys.includes(key));
  if (model.leader === undefined || !keys.includes(model.leader)) return;
  change(model, model.line.shift());
}

function change(model: Model, leader: string | undefined): void {
  model.leader = leader;
  model.term++;
  model.observers = [];
}

function perform({ replica, election, model, lives }: All, step: Step): void {
  const { kind, pick } = step;
  const session = lives.of(step.session);
  const parked = chosenOf(replica.parked.keys(), pick);
  if (kind === 'campaign' || kind === 'try') {
    const blocking = kind === 'campaign';
    const key = replica.call(session, () => election.campaign({ blocking }));
    const isFirst = model.leader === undefined;
    equal(replica.waits(key), blocking && !isFirst);
    if (isFirst) change(model, key);
    else if (blocking) model.line.push(key);
  } else if (kind === 'observe') {
    model.observers.push(replica.call(session, () => election.observe(model.term)));
  } else if (kind === 'resign') {
    const isIts = model.leader !== undefined && sessionOf(model.leader) === session;
    const key = replica.call(session, () => election.resign());
    equal(replica.result(key) instanceof RuntimeError, !isIts);
    if (isIts) leave(model, [model.leader as string]);
  } else if (kind === 'end') {
    const sessions = lives.end(step.session, step.together);
    const all = [...model.line, ...model.observers, model.leader ?? '0:0'];
    replica.endSessions(...sessions);
    leave(
      model,
      all.filter((key) => sessions.includes(sessionOf(key))),
    );
  } else if (kind === 'undo' && model.leader !== undefined) {
    equal(replica.withdraw(model.leader, true), 'undone');
    leave(model, [model.leader]);
  } else if (parked !== undefined && (kind === 'withdraw' || kind === 'timeOut')) {
    replica[kind](parked);
    leave(model, [parked]);
  }
}

test('one leads at a time, in order, whatever becomes of callers', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 80, size: 'max' }), (program) => {
      const election = new DLeaderElection();
      const model: Model = { leader: undefined, term: 0, line: [], observers: [] };
      const all = { replica: new Replica(), election, model, lives: new Lives() };
      for (const step of program) {
        perform(all, step);
        deepEqual(all.replica.owned(election), model.leader === undefined ? [] : [model.leader]);
        equal(election.elected?.command.key, model.leader);
        equal(election.term, model.term);
        deepEqual([...election.line.nodes.keys()], model.line);
        deepEqual([...election.observers.nodes.keys()], model.observers);
        const waiting = [...model.line, ...model.observers].sort();
        deepEqual(all.replica.waitingAt(election).sort(), waiting);
      }
    }),
    { numRuns: 500 },
  );
});
