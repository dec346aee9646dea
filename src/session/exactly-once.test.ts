import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { assert as check, integer, property, record } from 'fast-check';
import { IDLE_MS } from './index.ts';
import type { CallId, Settlement } from './index.ts';
import { bytes, text } from './script-test-kit.ts';
import { World } from './world-test-kit.ts';
import type { Faults } from './world-test-kit.ts';

type Kind = 'write' | 'get' | 'odd' | 'blocked';

interface Made {
  readonly id: CallId;
  readonly index: number;
  readonly kind: Kind;
  readonly command: string;
  readonly stale: boolean;
}

const CALLS = 60;

/** Makes calls at random moments, some of them impatient, while faults happen; then lets all end. */
function live(world: World): Made[] {
  const made: Made[] = [];
  const { random, session } = world;
  for (let index = 0; index < CALLS; index++) {
    const kind = random.pick<Kind>(['write', 'write', 'write', 'get', 'get', 'odd', 'blocked']);
    const command = `${kind}${index}`;
    // A stale read that turns out to write has no place among the others.
    const stale = kind !== 'odd' && random.chance(1, 4);
    const patience = random.chance(1, 5) ? random.between(1, 800) : 60_000;
    const id = session.call(world.now, {
      method: kind,
      command: bytes(command),
      consistency: stale ? 'stale' : 'linearizable',
      deadline: world.now + patience,
    });
    made.push({ id, index, kind, command, stale });
    if (random.chance(1, 12)) {
      const victim = random.pick(made).id;
      world.plan(random.between(0, 50), () =>
        session.giveUp(world.now, victim, { code: 'ABORTED', message: 'impatient' }),
      );
    }
    if (random.chance(1, 5)) world.service.release(random, 'some');
    if (random.chance(1, 2)) world.run(world.now + random.between(0, 60), () => false);
  }
  world.heal();
  while (session.outstanding > 0 && world.now < 100_000) {
    world.service.release(random, 'all');
    world.run(world.now + 1, () => session.outstanding === 0);
  }
  equal(session.outstanding, 0, 'every call ends');
  return made;
}

/** What became of those whose callers do not know. */
function resolveUnknown(world: World, made: readonly Made[]): Map<CallId, Settlement> {
  const asked = new Map<CallId, CallId>();
  for (const { id } of made) {
    const settlement = settlementOf(world, id);
    if (settlement.kind !== 'failed' || settlement.failure.requestId === undefined) continue;
    const { requestId } = settlement.failure;
    asked.set(id, world.session.resolve(world.now, { requestId, deadline: world.now + 9000 }));
  }
  world.run(world.now + 10_000, () => world.session.outstanding === 0);
  return new Map([...asked].map(([id, resolve]) => [id, settlementOf(world, resolve)]));
}

function settlementOf(world: World, id: CallId): Settlement {
  const settlements = world.settled.get(id) ?? [];
  equal(settlements.length, 1, 'every call is settled exactly once');
  return settlements[0] as Settlement;
}

function indexOf(command: string): number {
  return Number(/\d+$/.exec(command)?.[0]);
}

function checkWrites(world: World, made: readonly Made[]): void {
  const { applied } = world.service;
  deepEqual([...new Set(applied)], applied, 'nothing takes effect twice');
  deepEqual(
    applied.toSorted((a, b) => indexOf(a) - indexOf(b)),
    applied,
    'calls take effect in the order in which they were made',
  );
  const fates = resolveUnknown(world, made);
  for (const { id, kind, command } of made) {
    if (kind === 'get') continue;
    const settlement = settlementOf(world, id);
    const happened = applied.includes(command);
    if (settlement.kind === 'result') {
      ok(happened, `${command} was acknowledged`);
      if (kind !== 'blocked') equal(text(settlement.result), `${applied.indexOf(command) + 1}`);
    } else if (settlement.kind === 'failed' && settlement.failure.outcome === 'not-applied') {
      ok(!happened, `${command} was said not to have happened`);
    } else if (settlement.kind === 'failed' && settlement.failure.outcome === 'applied') {
      equal(settlement.failure.code, 'RESULT_GONE');
      ok(happened, `${command} was said to have happened`);
    }
    const fate = fates.get(id);
    if (fate?.kind !== 'fate') continue;
    const { kind: what } = fate.fate;
    if (what === 'never') ok(!happened, `${command} was said never to happen`);
    if (what === 'applied' || what === 'forgotten') ok(happened, `${command} was said to have`);
  }
}

function checkReads(world: World, made: readonly Made[]): void {
  const { applied } = world.service;
  const abandoned = new Set(
    made
      .filter(({ id }) => settlementOf(world, id).kind === 'failed')
      .map(({ command }) => command),
  );
  for (const { id, index, kind, stale } of made) {
    const settlement = settlementOf(world, id);
    if (kind !== 'get' || settlement.kind !== 'result') continue;
    const seen = Number(text(settlement.result));
    ok(
      applied.slice(0, seen).every((command) => indexOf(command) < index),
      'sees nothing later',
    );
    const missed = applied.slice(seen).filter((command) => indexOf(command) < index);
    ok(
      // A stale read waits neither for what was given up, nor for what was taken for a read.
      missed.every((command) => stale && (abandoned.has(command) || command.startsWith('odd'))),
      `get${index} sees all before`,
    );
  }
}

function close(world: World): void {
  world.session.close(world.now, 100, { code: 'CLOSED', message: 'done' });
  world.run(world.now + 10_000, () => world.closed);
  ok(world.closed, 'close comes to an end');
  equal(world.session.wakeAt, Infinity);
}

function runWorld(seed: number, faults: Faults): void {
  const world = new World(seed, faults);
  const made = live(world);
  checkWrites(world, made);
  checkReads(world, made);
  close(world);
}

const NONE: Faults = {
  breaks: 0,
  silences: 0,
  forgets: 0,
  strays: 0,
  repeats: 0,
  refusals: 0,
  elections: 0,
  expiries: 0,
  losses: 0,
};

const rarely = integer({ min: 0, max: 40 });
const often = integer({ min: 0, max: 300 });

test('every call is settled once, and takes effect once and in order, whatever happens', () => {
  check(
    property(
      integer({ min: 0 }),
      record({
        breaks: rarely,
        silences: rarely,
        forgets: often,
        strays: rarely,
        repeats: often,
        refusals: often,
        elections: rarely,
        expiries: integer({ min: 0, max: 0 }),
        losses: often,
      }),
      runWorld,
    ),
    { numRuns: 300 },
  );
});

test('the same holds when sessions expire under way, less what is said to be unknown', () => {
  check(
    property(
      integer({ min: 0 }),
      record({
        breaks: rarely,
        silences: rarely,
        forgets: often,
        strays: rarely,
        repeats: often,
        refusals: often,
        elections: rarely,
        expiries: rarely,
        losses: rarely,
      }),
      runWorld,
    ),
    { numRuns: 150 },
  );
});

test('an idle client acknowledges so that nothing is kept for it', () => {
  const world = new World(3, NONE);
  for (const command of ['write0', 'write1', 'write2']) {
    world.session.call(0, {
      method: 'write',
      command: bytes(command),
      consistency: 'linearizable',
      deadline: 1000,
    });
  }
  world.run(1000, () => world.session.outstanding === 0);
  equal(world.service.kept, 3);

  world.run(world.now + 2 * IDLE_MS, () => false);

  equal(world.service.kept, 0);
  equal(world.service.acknowledgements, 1);
});

test('without faults nobody waits', () => {
  const world = new World(1, NONE);
  const id = world.session.call(0, {
    method: 'write',
    command: bytes('write0'),
    consistency: 'linearizable',
    deadline: 1000,
  });

  world.run(1000, () => world.session.outstanding === 0);

  equal(settlementOf(world, id).kind, 'result');
  ok(world.now < 100, `took ${world.now} ms`);
});
