import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { IndexError, RuntimeError, ValueError } from '../object/bundled.ts';
import { DBlockingQueue } from './blocking-queue.ts';
import { chosenOf, Lives, Replica, sessionOf, SESSIONS } from './threading-test-kit.ts';

test('callers wait for items, and for room, in the order in which they came', () => {
  const replica = new Replica();
  const queue = new DBlockingQueue(1);
  const [first, second] = [1, 2].map((session) => replica.call(session, () => queue.get()));
  replica.now(3, () => queue.put('a'));
  replica.now(3, () => queue.put('b'));
  deepEqual(
    [first, second].map((key) => replica.result(String(key))),
    ['a', 'b'],
  );
  replica.now(3, () => queue.put('c'));
  const full = replica.call(3, () => queue.put('d'));
  equal(replica.waits(full), true);
  throws(() => replica.now(4, () => queue.put('e', { blocking: false })), /full: it holds 1/);
  equal(
    replica.now(1, () => queue.get()),
    'c',
  );
  equal(replica.result(full), undefined);
  equal(String(queue), '<DBlockingQueue size=1 maxsize=1 taken=0>');
});

test('who has no time, or none left, hears why', () => {
  const replica = new Replica();
  const queue = new DBlockingQueue(1);
  throws(() => replica.now(1, () => queue.get({ timeoutMs: 0 })), IndexError);
  const late = replica.call(1, () => queue.take({ timeoutMs: 5 }));
  replica.timeOut(late);
  equal(replica.result(late) instanceof IndexError, true);
  replica.now(1, () => queue.put(1));
  const put = replica.call(1, () => queue.put(2, { timeoutMs: 5 }));
  replica.timeOut(put);
  equal(replica.result(put) instanceof RuntimeError, true);
  equal(queue.size, 1);
  throws(() => new DBlockingQueue(-1), ValueError);
  throws(() => new DBlockingQueue('1' as never), TypeError);
});

test('what was taken comes back to where it was, unless it is done', () => {
  const replica = new Replica();
  const queue = new DBlockingQueue();
  for (const item of 'abcd') replica.now(9, () => queue.put(item));
  const keys = [1, 1, 2].map((session) => replica.call(session, () => queue.take()));
  replica.now(1, () => queue.done({ call: String(keys[1]) }));
  throws(() => replica.now(1, () => queue.done({ call: String(keys[1]) })), RuntimeError);
  throws(() => replica.now(2, () => queue.done({ call: String(keys[0]) })), /a call of yours/);
  replica.now(2, () => queue.putBack());
  replica.endSessions(1);
  deepEqual(
    ['a', 'c', 'd'].map(() => replica.now(3, () => queue.get())),
    ['a', 'c', 'd'],
  );
});

test('a call takes one item', () => {
  const replica = new Replica();
  const queue = new DBlockingQueue();
  for (const item of 'ab') replica.now(9, () => queue.put(item));
  throws(
    () =>
      replica.now(1, () => {
        queue.take();
        return queue.take();
      }),
    /taken an item already/,
  );
  equal(queue.size, 1);
});

interface Item {
  readonly at: number;
  readonly item: unknown;
}

interface InLine {
  readonly key: string;
  readonly owner: string;
  readonly kind: 'put' | 'get' | 'take';
  readonly item: unknown;
}

/** Said with lists. */
class Model {
  readonly maxsize: number;
  count = 0;
  items: Item[] = [];
  taken: (Item & { readonly key: string; readonly owner: string })[] = [];
  line: InLine[] = [];
  woken: (readonly [string, unknown])[] = [];

  constructor(maxsize: number) {
    this.maxsize = maxsize;
  }

  canServe({ kind }: InLine): boolean {
    if (kind !== 'put') return this.items.length > 0;
    return this.maxsize === 0 || this.items.length < this.maxsize;
  }

  call(one: InLine, blocking: boolean): unknown {
    if (this.canServe(one)) {
      const result = this.serve(one);
      this.hand();
      return result;
    }
    if (blocking) this.line.push(one);
    return blocking ? 'waits' : 'refused';
  }

  serve({ kind, item, key, owner }: InLine): unknown {
    if (kind === 'put') return void this.items.push({ at: this.count++, item });
    const head = this.items.shift() as Item;
    if (kind === 'take') this.taken.push({ ...head, key, owner });
    return head.item;
  }

  hand(): void {
    for (let next = this.line[0]; next !== undefined && this.canServe(next); next = this.line[0]) {
      this.line.shift();
      this.woken.push([next.key, this.serve(next)]);
    }
  }

  /** @param how Whether the item comes back. */
  settle(owner: string, how: 'done' | 'putBack'): boolean {
    const one = this.taken.find((taken) => taken.owner === owner);
    if (one === undefined) return false;
    if (how === 'putBack') this.leave([], [one.key]);
    else this.taken = this.taken.filter((taken) => taken !== one);
    return true;
  }

  leave(waiting: readonly string[], taking: readonly string[]): void {
    this.line = this.line.filter(({ key }) => !waiting.includes(key));
    for (const one of this.taken.filter(({ key }) => taking.includes(key))) {
      this.taken = this.taken.filter((taken) => taken !== one);
      this.items = [...this.items, { at: one.at, item: one.item }].sort((a, b) => a.at - b.at);
      this.hand();
    }
  }
}

const STEP = fc.record({
  kind: fc.constantFrom(
    ...(['put', 'put', 'put', 'get', 'take', 'take', 'done', 'putBack'] as const),
    ...(['timeOut', 'withdraw', 'undo', 'end'] as const),
  ),
  blocking: fc.boolean(),
  session: fc.integer({ min: 1, max: SESSIONS }),
  flow: fc.constantFrom(undefined, 'a'),
  pick: fc.nat(20),
  together: fc.boolean(),
});
type Step = typeof STEP extends fc.Arbitrary<infer T> ? T : never;

interface All {
  readonly replica: Replica;
  readonly queue: DBlockingQueue;
  readonly model: Model;
  readonly lives: Lives;
}

function perform({ replica, queue, model, lives }: All, step: Step): void {
  const { kind, blocking, flow, pick } = step;
  const session = lives.of(step.session);
  const owner = flow === undefined ? String(session) : `${session}/${flow}`;
  const parked = chosenOf(replica.parked.keys(), pick);
  const owned = chosenOf(replica.owned(queue), pick);
  if (kind === 'put' || kind === 'get' || kind === 'take') {
    const item = `item ${replica.slot}`;
    const options = { owner: flow, blocking };
    const key = replica.call(session, () =>
      kind === 'put' ? queue.put(item, options) : queue[kind](options),
    );
    const expected = model.call({ key, owner, kind, item }, blocking);
    const result = replica.waits(key) ? 'waits' : replica.result(key);
    equal(result instanceof Error ? 'refused' : result, expected);
  } else if (kind === 'done' || kind === 'putBack') {
    const key = replica.call(session, () => queue[kind]({ owner: flow }));
    equal(replica.result(key) instanceof RuntimeError, !model.settle(owner, kind));
  } else if (kind === 'end') {
    const sessions = lives.end(step.session, step.together);
    const gone = (key: string): boolean => sessions.includes(sessionOf(key));
    const waiting = [...replica.parked.keys()].filter(gone);
    const owning = replica.owned(queue).filter(gone);
    replica.endSessions(...sessions);
    model.leave(waiting, []);
    // In the order in which they are given back, since each is handed on at once.
    for (const one of sessions) {
      for (const key of owning.filter((other) => sessionOf(other) === one)) model.leave([], [key]);
    }
  } else if (kind === 'undo' && owned !== undefined) {
    equal(replica.withdraw(owned, true), 'undone');
    model.leave([], [owned]);
  } else if (parked !== undefined && (kind === 'withdraw' || kind === 'timeOut')) {
    replica[kind](parked);
    if (kind === 'timeOut') equal(replica.result(parked) instanceof Error, true);
    model.leave([parked], []);
  }
}

test('no item is lost or doubled, whatever becomes of callers', () => {
  fc.assert(
    fc.property(fc.array(STEP, { maxLength: 80, size: 'max' }), fc.nat(3), (program, maxsize) => {
      const queue = new DBlockingQueue(maxsize);
      const all = { replica: new Replica(), queue, model: new Model(maxsize), lives: new Lives() };
      const { replica, model } = all;
      for (const step of program) {
        perform(all, step);
        const items = [...queue.back.toReversed().map(({ item }) => item), ...queue.items.values()];
        deepEqual(
          items,
          model.items.map(({ item }) => item),
        );
        equal(queue.size, items.length);
        deepEqual(
          new Map([...queue.taken.nodes].map(([key, { item }]) => [key, item.item])),
          new Map(model.taken.map(({ key, item }) => [key, item])),
        );
        deepEqual(replica.owned(queue).sort(), model.taken.map(({ key }) => key).sort());
        const line = model.line.map(({ key }) => key);
        deepEqual([...queue.line.nodes.keys()], line);
        deepEqual(replica.waitingAt(queue).sort(), [...line].sort());
        const woken = replica.order.map((key) => [key, replica.result(key)] as const);
        const given = woken.filter(([, result]) => !(result instanceof Error));
        deepEqual(given, model.woken);
      }
    }),
    { numRuns: 500 },
  );
});
