import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { RuntimeError } from '../object/bundled.ts';
import { DReadWriteLock } from './read-write-lock.ts';
import { chosenOf, Lives, Replica, sessionOf, SESSIONS } from './threading-test-kit.ts';

test('readers share, a writer is alone, and nobody overtakes a writer who waits', () => {
  const replica = new Replica();
  const lock = new DReadWriteLock();
  replica.now(1, () => lock.acquireRead());
  replica.now(2, () => lock.acquireRead());
  equal(String(lock), '<DReadWriteLock writer=None readers=2>');
  const writer = replica.call(3, () => lock.acquireWrite());
  const late = replica.call(4, () => lock.acquireRead());
  equal(
    replica.now(4, () => lock.acquireRead({ blocking: false })),
    false,
  );
  replica.now(1, () => lock.releaseRead());
  equal(replica.waits(writer), true);
  replica.now(2, () => lock.releaseRead());
  equal(replica.result(writer), true);
  equal(lock.__repr__(), '<DReadWriteLock writer=3 readers=0>');
  equal(replica.waits(late), true);
  throws(() => replica.now(4, () => lock.releaseWrite()), RuntimeError);
  throws(() => replica.now(3, () => lock.releaseRead()), RuntimeError);
  replica.now(3, () => lock.releaseWrite());
  equal(replica.result(late), true);
});

test('readers behind a writer who gives up go on with those who read', () => {
  const replica = new Replica();
  const lock = new DReadWriteLock();
  replica.now(1, () => lock.acquireRead());
  const [first, second] = [2, 3].map((session) =>
    replica.call(session, () => lock.acquireWrite({ timeoutMs: 5 })),
  );
  const reader = replica.call(4, () => lock.acquireRead());
  replica.withdraw(String(first));
  equal(replica.waits(reader), true);
  replica.timeOut(String(second));
  equal(replica.result(String(second)), false);
  equal(replica.result(reader), true);
  equal(lock.readers, 2);
});

test('a call has one share, and gives back its own', () => {
  const replica = new Replica();
  const lock = new DReadWriteLock();
  const twice = (): unknown => {
    lock.acquireRead();
    return lock.acquireRead();
  };
  throws(() => replica.now(1, twice), RuntimeError);
  const second = replica.call(1, () => lock.acquireRead());
  replica.now(1, () => lock.releaseRead({ call: '1:1' }));
  deepEqual(replica.owned(lock), [second]);
  throws(() => replica.now(2, () => lock.releaseRead({ call: second })), /a call of yours/);
});

interface Share {
  readonly key: string;
  readonly owner: string;
  readonly writes: boolean;
}

/** Said with lists. */
class Model {
  have: Share[] = [];
  line: Share[] = [];
  woken: string[] = [];

  acquire(share: Share, blocking: boolean): unknown {
    if (this.line.length === 0 && this.isFree(share)) {
      this.have.push(share);
      return true;
    }
    if (blocking) this.line.push(share);
    return blocking ? 'waits' : false;
  }

  isFree({ writes }: Share): boolean {
    return this.have.every((other) => !writes && !other.writes);
  }

  release(owner: string, writes: boolean): boolean {
    const share = this.have.findLast((one) => one.owner === owner && one.writes === writes);
    this.leave([], share === undefined ? [] : [share.key]);
    return share !== undefined;
  }

  leave(waiting: readonly string[], having: readonly string[]): void {
    this.line = this.line.filter(({ key }) => !waiting.includes(key));
    this.have = this.have.filter(({ key }) => !having.includes(key));
    for (let next = this.line[0]; next !== undefined && this.isFree(next); next = this.line[0]) {
      this.line.shift();
      this.have.push(next);
      this.woken.push(next.key);
    }
  }
}

const STEP = fc.record({
  kind: fc.constantFrom(
    ...(['acquire', 'acquire', 'acquire', 'try', 'release', 'release'] as const),
    ...(['timeOut', 'withdraw', 'undo', 'end'] as const),
  ),
  writes: fc.boolean(),
  session: fc.integer({ min: 1, max: SESSIONS }),
  flow: fc.constantFrom(undefined, 'a'),
  pick: fc.nat(20),
  together: fc.boolean(),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

interface All {
  readonly replica: Replica;
  readonly lock: DReadWriteLock;
  readonly model: Model;
  readonly lives: Lives;
}

function perform({ replica, lock, model, lives }: All, step: Step): void {
  const { kind, flow, pick, writes } = step;
  const session = lives.of(step.session);
  const owner = flow === undefined ? String(session) : `${session}/${flow}`;
  const parked = chosenOf(replica.parked.keys(), pick);
  const owned = chosenOf(replica.owned(lock), pick);
  if (kind === 'acquire' || kind === 'try') {
    const options = { owner: flow, blocking: kind === 'acquire' };
    const key = replica.call(session, () =>
      writes ? lock.acquireWrite(options) : lock.acquireRead(options),
    );
    const expected = model.acquire({ key, owner, writes }, kind === 'acquire');
    equal(replica.waits(key) ? 'waits' : replica.result(key), expected);
  } else if (kind === 'release') {
    const key = replica.call(session, () =>
      writes ? lock.releaseWrite({ owner: flow }) : lock.releaseRead({ owner: flow }),
    );
    equal(replica.result(key) instanceof RuntimeError, !model.release(owner, writes));
  } else if (kind === 'end') {
    const sessions = lives.end(step.session, step.together);
    const gone = (key: string): boolean => sessions.includes(sessionOf(key));
    const waiting = [...replica.parked.keys()].filter(gone);
    replica.endSessions(...sessions);
    model.leave(waiting, model.have.map(({ key }) => key).filter(gone));
  } else if (kind === 'undo' && owned !== undefined) {
    equal(replica.withdraw(owned, true), 'undone');
    model.leave([], [owned]);
  } else if (parked !== undefined && (kind === 'withdraw' || kind === 'timeOut')) {
    replica[kind](parked);
    if (kind === 'timeOut') equal(replica.result(parked), false);
    model.leave([parked], []);
  }
}

test('a lock to read and write is given in order, whatever becomes of callers', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 80, size: 'max' }), (program) => {
      const lock = new DReadWriteLock();
      const [replica, model] = [new Replica(), new Model()];
      for (const lives = new Lives(); program.length > 0; program.shift()) {
        perform({ replica, lock, model, lives }, program[0] as Step);
        const writers = model.have.filter(({ writes }) => writes);
        equal(lock.writing?.command.key, writers[0]?.key);
        equal(writers.length === 0 || model.have.length === 1, true);
        const readers = model.have.filter(({ writes }) => !writes).map(({ key }) => key);
        deepEqual([...lock.reading.nodes.keys()], readers);
        deepEqual(replica.owned(lock).sort(), model.have.map(({ key }) => key).sort());
        const line = model.line.map(({ key }) => key);
        deepEqual([...lock.line.nodes.keys()], line);
        deepEqual(replica.waitingAt(lock).sort(), [...line].sort());
        const woken = replica.order.filter((key) => replica.result(key) === true);
        deepEqual(woken, model.woken);
      }
    }),
    { numRuns: 500 },
  );
});
