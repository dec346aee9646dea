/** Thousands who wait for one lock: their order, what each costs a replica, and what a hand-over costs. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { invoke, ObjectProxy } from '../../src/client/index.ts';
import { allLevel, bootstrapOf, Stage } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { sized } from './size.ts';
import { weigh, WEIGHABLE } from './weight.ts';
import type { Weight } from './weight.ts';

const LOCK = 'concoord.object.lock.Lock';
const FEW = 10;
const FLOWS = sized(2000, 10_000);
/** A proxy lets 768 of its calls wait for one thing: what wakes them must not stand behind another. */
const FEW_PROGRAMS = sized(10, 14);
/** Each has a connection of its own, and all of them come from this process. */
const PROGRAMS = sized(1000, 4000);
const HAND_OVERS = sized(250, 1000);
/** The least of so many measurements counts: what else the machine does only adds to them. */
const TIMES = 3;
const MOST_BYTES = 1024;
const MOST_RATIO = 1.5;
/** Nobody is to send signs of life so often that they are what is measured. */
const PATIENT = { leaseMs: 600_000 } as const;
/** Calls that are made at once while clients come. */
const PIECE = 250;

/** Somebody who waits: a client, or a flow of one. */
interface Waiter {
  readonly number: number;
  readonly acquire: () => Promise<boolean>;
  readonly release: () => Promise<void>;
  /** Resolves when its call is in the queue. */
  readonly queued: () => Promise<unknown>;
}

interface Scene {
  readonly replicas: readonly Process[];
  readonly open: () => ObjectProxy;
}

async function withThree(play: (scene: Scene) => Promise<void>): Promise<void> {
  await using stage = new Stage();
  stage.surroundings = WEIGHABLE;
  const { ports, replicas } = await stage.instanceOf(LOCK, 3);
  await allLevel(ports, 3);
  const over = new AbortController();
  setMaxListeners(0, over.signal);
  const open = (): ObjectProxy =>
    new ObjectProxy(bootstrapOf(ports), { ...PATIENT, signal: over.signal });
  try {
    await play({ replicas, open });
  } finally {
    // Whoever still waits ends with the test.
    over.abort();
  }
}

async function inPieces<T>(all: readonly T[], each: (one: T) => Promise<unknown>): Promise<void> {
  for (let at = 0; at < all.length; at += PIECE) {
    await Promise.all(all.slice(at, at + PIECE).map(each));
  }
}

function expectNotOwner(error: Error): void {
  equal(error.name, 'RuntimeError');
}

/** `count` who wait, in so many programs, whose sessions are there. */
async function people(
  open: () => ObjectProxy,
  count: number,
  programs: number,
): Promise<readonly Waiter[]> {
  const proxies = Array.from({ length: programs }, open);
  await inPieces(proxies, (proxy) => invoke(proxy, 'release', []).catch(expectNotOwner));
  return Array.from({ length: count }, (_, number) => {
    const proxy = proxies[Math.floor((number * programs) / count)] as ObjectProxy;
    const args = programs === count ? [] : [{ owner: `flow-${number}` }];
    return {
      number,
      acquire: () => invoke(proxy, 'acquire', args),
      release: () => invoke(proxy, 'release', args),
      // A read waits until the call of the same proxy before it is in the queue.
      queued: () => invoke(proxy, 'locked', []),
    };
  });
}

/** Those who have had the lock, in order. */
class Line {
  readonly had: Waiter[] = [];
  #taken = 0;
  #failure: unknown;
  #moved = (): void => undefined;

  join(waiter: Waiter): void {
    const end = (failure?: unknown): void => {
      this.#failure ??= failure;
      this.#moved();
    };
    waiter.acquire().then((got) => {
      equal(got, true);
      this.had.push(waiter);
      end();
    }, end);
  }

  /** Whoever has it next. */
  async next(): Promise<Waiter> {
    while (this.had.length === this.#taken && this.#failure === undefined) {
      await new Promise<void>((resolve) => (this.#moved = resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
    return this.had[this.#taken++] as Waiter;
  }
}

/** Hands the lock on, so many times; who has had it waits again at the end of the queue. */
async function handOn(line: Line, first: Waiter, times: number): Promise<Waiter> {
  let owner = first;
  for (let left = times; left > 0; left--) {
    const released = owner.release();
    line.join(owner);
    [owner] = await Promise.all([line.next(), released]);
  }
  return owner;
}

/** Processor time of all replicas for one hand-over, ms; and whoever has the lock then. */
async function cost(
  replicas: readonly Process[],
  line: Line,
  first: Waiter,
): Promise<{ readonly msEach: number; readonly owner: Waiter }> {
  let owner = first;
  let least = Infinity;
  for (let times = 0; times < TIMES; times++) {
    const before = await Promise.all(replicas.map(weigh));
    owner = await handOn(line, owner, HAND_OVERS);
    const after = await Promise.all(replicas.map(weigh));
    const ms = after.map(({ cpuMs }, at) => cpuMs.before - (before[at] as Weight).cpuMs.after);
    least = Math.min(least, ms.reduce((sum, each) => sum + each, 0) / HAND_OVERS);
  }
  return { msEach: least, owner };
}

/** The order in which they have had the lock must be that in which they came. */
async function story(t: TestContext, waiters: number, programs: number): Promise<void> {
  await withThree(async ({ open, replicas }) => {
    const [chief] = await people(open, 1, 1);
    ok(chief !== undefined);
    equal(await chief.acquire(), true);
    const line = new Line();
    const few = await people(open, FEW, FEW);
    for (const each of few) line.join(each);
    await Promise.all(few.map(({ queued }) => queued()));
    // Once for the compiler.
    let owner = await handOn(line, chief, HAND_OVERS);
    const small = await cost(replicas, line, owner);
    owner = small.owner;

    const many = await people(open, waiters, programs);
    const before = await Promise.all(replicas.map(weigh));
    for (let at = 0; at < many.length; at += PIECE) {
      const piece = many.slice(at, at + PIECE);
      for (const each of piece) line.join(each);
      await Promise.all(piece.map(({ queued }) => queued()));
    }
    const after = await Promise.all(replicas.map(weigh));
    const bytes = after.map(({ heap }, at) => (heap - (before[at] as Weight).heap) / waiters);
    const resident = after.map(({ rss }, at) => (rss - (before[at] as Weight).rss) / waiters);

    // First those few who waited before.
    owner = await handOn(line, owner, FEW + 1);
    const began = line.had.length - 1;
    const large = await cost(replicas, line, owner);
    owner = await handOn(line, large.owner, waiters - TIMES * HAND_OVERS - 1);
    const ratio = large.msEach / small.msEach;
    t.diagnostic(
      `${waiters} wait in ${programs} programs: ${bytes.map(Math.round).join(', ')} bytes each, ` +
        `resident ${resident.map(Math.round).join(', ')}; a hand-over takes replicas ` +
        `${large.msEach.toFixed(3)} ms, with ${FEW} waiters ${small.msEach.toFixed(3)} ms`,
    );

    const order = line.had.slice(began, began + waiters).map(({ number }) => number);
    if (programs <= waiters / PIECE) {
      const expected = many.map(({ number }) => number);
      deepEqual(order, expected);
    } else {
      // Those of one piece came at the same time.
      const pieces = order.map((number) => Math.floor(number / PIECE));
      deepEqual(
        pieces,
        pieces.toSorted((a, b) => a - b),
      );
      equal(new Set(order).size, waiters);
    }
    ok(Math.max(...bytes) <= MOST_BYTES, `${bytes.join()} bytes for each`);
    ok(ratio <= MOST_RATIO, `a hand-over costs ${ratio} times as much`);
    await owner.release();
  });
}

test('thousands of flows in a few programs wait for one lock', (t) =>
  story(t, FLOWS, FEW_PROGRAMS));
test('thousands of programs wait for one lock', (t) => story(t, PROGRAMS, PROGRAMS));
