import { deepEqual, equal, ok } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Applier } from './applier.ts';
import { CHECKPOINT_SLOTS } from './checkpoints.ts';
import { REPLY } from './client.ts';
import type { Command } from './effect.ts';
import { encodeBatch, encodeItem } from './entry.ts';
import type { Item, RequestName } from './entry.ts';
import { DEFAULT_RETENTION, Log } from './log.ts';
import { encodeOutcome } from './outcome.ts';
import type { CallOutcome, Woken } from './outcome.ts';
import { hex } from './sessions.ts';
import type { Outcomes } from './settler.ts';
import { aContext, bytes, clientId, effectsOf, textOf, THREE } from './test-kit.ts';

/**
 * Calls that wait, and what wakes, undoes and ends them, in every order: what comes of it depends on the log
 * alone, and not on how many slots are planned before the first of them is settled (Safety 12).
 */

type Slots = readonly (readonly Item[])[];

/** A lock, as an executor that says what changed for others. */
class Lock {
  #owner: RequestName | undefined;
  #line: RequestName[] = [];

  execute({ bytes: command, event, sequence, session }: Command): Uint8Array {
    const me = { session, sequence };
    if (event?.kind === 'ended')
      return this.#leave(({ session: of }) => event.sessions.includes(of));
    if (event?.kind === 'timedOut') return this.#timeOut(me);
    if (event?.kind === 'withdrawn') {
      const owned = event.undo && this.#isOwner(me);
      const waits = this.#line.some((one) => same(one, me));
      return owned || waits ? this.#leave((one) => same(one, me), true) : bytes('');
    }
    switch (textOf(command)) {
      case 'acquire':
        return this.#acquire(me);
      case 'release':
        if (this.#owner?.session !== session) return bytes('not yours');
        return this.#handOn(this.#owner, { result: bytes('released') });
      default:
        return bytes('plain');
    }
  }

  #isOwner(name: RequestName): boolean {
    return this.#owner !== undefined && same(this.#owner, name);
  }

  #acquire(me: RequestName): Uint8Array {
    if (this.#owner !== undefined) {
      this.#line.push(me);
      return encodeOutcome({ waitsMs: 5, woken: [], gained: [], freed: [] });
    }
    this.#owner = me;
    const grant = { slot: me.sequence, index: 0 };
    return encodeOutcome({ result: bytes('yes'), grant, woken: [], gained: [me], freed: [] });
  }

  #timeOut(me: RequestName): Uint8Array {
    if (!this.#line.some((one) => same(one, me))) return bytes('');
    this.#line = this.#line.filter((one) => !same(one, me));
    const woken: Woken = { ...me, result: bytes('late'), grant: undefined };
    return encodeOutcome({ woken: [woken], gained: [], freed: [] });
  }

  #leave(goes: (name: RequestName) => boolean, undone = false): Uint8Array {
    this.#line = this.#line.filter((one) => !goes(one));
    const owner = this.#owner;
    const gaveUp = undone ? 'undone' : undefined;
    if (owner !== undefined && goes(owner)) return this.#handOn(owner, { gaveUp });
    return undone ? encodeOutcome({ gaveUp, woken: [], gained: [], freed: [] }) : bytes('');
  }

  #handOn(from: RequestName, outcome: Partial<CallOutcome>): Uint8Array {
    const next = this.#line.shift();
    this.#owner = next;
    const grant = next && { slot: next.sequence, index: 1 };
    const woken = next === undefined ? [] : [{ ...next, result: bytes('woken'), grant }];
    const gained = next === undefined ? [] : [next];
    return encodeOutcome({ ...outcome, woken, gained, freed: [from] });
  }

  get state(): string {
    return JSON.stringify([this.#owner ?? null, this.#line]);
  }

  set state(text: string) {
    const [owner, line] = JSON.parse(text) as [RequestName | null, RequestName[]];
    this.#owner = owner ?? undefined;
    this.#line = line;
  }
}

function same(a: RequestName, b: RequestName): boolean {
  return a.session === b.session && a.sequence === b.sequence;
}

/** A replica's applier with that object behind it. */
class Machine {
  /** What clients would be told, in order. */
  readonly told: string[] = [];
  /** By slot: the header, and the object then. */
  readonly snapshots = new Map<number, { readonly header: Uint8Array; readonly state: string }>();
  readonly #context = aContext();
  readonly #log = new Log(0, THREE);
  readonly applier: Applier;
  readonly lock = new Lock();
  #work: { readonly last: number; readonly commands: readonly Command[] } | undefined;
  readonly #outcomes: Outcomes = {
    replied: ({ sequence, session }, slot, reply) =>
      this.told.push(`${session}#${sequence} at ${slot}: ${hex(reply)}`),
    waits: {
      blocked: ({ sequence, session }) => this.told.push(`${session}#${sequence} waits`),
      returned: (command) => this.told.push(`${hex(command)} did not wait`),
      woken: (session) => this.told.push(`${session} is woken`),
    },
    lost: (session) => this.told.push(`${session} has lost something`),
    lapsed: (session) => this.told.push(`${session} has lapsed`),
    resend: (session, from, reason) => this.told.push(`${session} from ${from}: ${reason}`),
    expired: (session) => this.told.push(`${session} is gone`),
    opened: (client, session) => this.told.push(`${client.slice(0, 2)} is ${session}`),
    openRefused: (client) => this.told.push(`${client.slice(0, 2)} refused`),
  };

  constructor(replyBytes: number) {
    const retention = { ...DEFAULT_RETENTION, snapshotEverySlots: 7, replyBytes };
    this.applier = new Applier(this.#context, this.#log, retention);
  }

  install({ header, state }: { readonly header: Uint8Array; readonly state: string }): void {
    const { slot, view } = this.applier.install(header, 1);
    this.#log.reset(slot, view);
    this.lock.state = state;
  }

  decide(items: readonly Item[], slot: number): void {
    this.#log.append(encodeBatch(1000 + slot, slot, items.map(encodeItem)));
    this.applier.advance(this.#outcomes);
    this.#perform();
  }

  finish(): void {
    for (let work = this.#work; work !== undefined; work = this.#work) {
      this.#work = undefined;
      const results = work.commands.map((command) => this.lock.execute(command));
      this.applier.executed(work.last, results, this.#outcomes);
      this.#perform();
    }
  }

  #perform(): void {
    const effects = this.#context.takeEffects();
    for (const { commands, last } of effectsOf(effects, 'execute')) this.#work = { last, commands };
    for (const { header, slot } of effectsOf(effects, 'takeSnapshot')) {
      this.snapshots.set(slot, { header, state: this.lock.state });
      this.applier.snapshotTaken({ slot, bytes: 1, hash: '' });
    }
  }

  run(slots: Slots, rhythm: readonly number[], from = 1): this {
    let left = 0;
    slots.forEach((items, at) => {
      this.decide(items, from + at);
      if (left-- > 0) return;
      this.finish();
      left = rhythm[at % rhythm.length] ?? 0;
    });
    this.finish();
    this.applier.takeSnapshot();
    this.#perform();
    return this;
  }

  digests(slots: number): readonly (string | undefined)[] {
    const at = Array.from(
      { length: Math.floor(slots / CHECKPOINT_SLOTS) },
      (_, index) => index + 1,
    );
    return at.map((count) => this.applier.checkpoint(count * CHECKPOINT_SLOTS));
  }
}

const LETTERS = ['x', 'y', 'z'];
const OPENED: readonly Item[] = LETTERS.map((letter) => {
  return { kind: 'open', client: clientId(letter) };
});

const session = fc.integer({ min: 1, max: 3 });
/** By how much a number lies behind the last one that was used. */
const back = fc.nat(5);
type Draft = (next: Map<number, number>) => Item;

function take(next: Map<number, number>, of: number): number {
  const sequence = next.get(of) ?? 1;
  next.set(of, sequence + 1);
  return sequence;
}

function earlier(next: Map<number, number>, of: number, by: number): number {
  return Math.max(1, (next.get(of) ?? 1) - by);
}

const acknowledged = fc.nat(3);

/** A numbered request: the next one of its session. */
const numbered: fc.Arbitrary<Draft> = fc
  .record({ session, back, acknowledged, other: session, what: fc.nat(11) })
  .map(({ acknowledged: by, back: off, other, session: of, what }) => (next) => {
    const lowWater = by === 0 ? earlier(next, of, 3 + off) : 1;
    const target = { session: other, sequence: earlier(next, other, off) };
    const callSequence = earlier(next, of, off);
    const rest = { session: of, sequence: take(next, of), lowWater, received: [] };
    if (what <= 5) return { kind: 'call', ...rest, command: bytes('acquire') };
    if (what <= 8) return { kind: 'call', ...rest, command: bytes('release') };
    if (what === 9) return { kind: 'call', ...rest, command: bytes('other') };
    if (what === 10 && callSequence < rest.sequence)
      return { kind: 'withdraw', ...rest, callSequence };
    return { kind: 'resolve', ...rest, target };
  });

/** What comes again, or is decided about a call or a session. */
const other: fc.Arbitrary<Draft> = fc
  .record({ session, back, what: fc.nat(9), letter: fc.constantFrom(...LETTERS) })
  .map(({ back: off, letter, session: of, what }) => (next) => {
    const sequence = earlier(next, of, off);
    const rest = { session: of, sequence, lowWater: 1, received: [] };
    if (what <= 2) return { kind: 'timeout', call: { session: of, sequence } };
    if (what <= 4) return { kind: 'cancel', ...rest };
    if (what === 5) return { kind: 'call', ...rest, command: bytes('acquire') };
    if (what <= 7) return { kind: 'lapse', sessions: off === 0 ? [1, 2, 3] : [of] };
    if (what === 8) return { kind: 'open', client: clientId(letter) };
    return off === 0 ? { kind: 'expire', sessions: [of] } : { kind: 'close', session: of };
  });

const logs: fc.Arbitrary<Slots> = fc
  .array(
    fc.array(fc.oneof({ weight: 5, arbitrary: numbered }, { weight: 3, arbitrary: other }), {
      minLength: 1,
      maxLength: 5,
    }),
    { minLength: 12, maxLength: 60, size: 'max' },
  )
  .map((slots) => {
    const next = new Map<number, number>();
    return [OPENED, ...slots.map((drafts) => drafts.map((draft) => draft(next)))];
  });

const rhythms = fc.array(fc.nat(20), { minLength: 1, maxLength: 6 });
const LITTLE = 40;

test('however slots are grouped: callers that wait are told the same, and it leaves the same', () => {
  fc.assert(
    fc.property(logs, rhythms, fc.constantFrom(LITTLE, 1e6), (slots, rhythm, replyBytes) => {
      const single = new Machine(replyBytes).run(slots, [0]);
      const grouped = new Machine(replyBytes).run(slots, rhythm);

      deepEqual(grouped.told, single.told);
      deepEqual(grouped.digests(slots.length), single.digests(slots.length));
      ok(grouped.snapshots.has(slots.length), 'the end is compared');
      for (const [slot, { header, state }] of grouped.snapshots) {
        const expected = single.snapshots.get(slot);
        deepEqual(
          [slot, hex(header), state],
          [slot, hex(expected?.header ?? bytes('')), expected?.state],
        );
      }
    }),
    { numRuns: 150 },
  );
});

test('whoever goes on from a snapshot, with callers that wait in it, goes on as those who made it', () => {
  fc.assert(
    fc.property(logs, rhythms, fc.nat(), (slots, rhythm, which) => {
      const first = new Machine(LITTLE).run(slots, [0]);
      const taken = [...first.snapshots];
      const [slot, snapshot] = taken[which % taken.length] as (typeof taken)[number];
      const second = new Machine(LITTLE);
      second.install(snapshot);

      second.run(slots.slice(slot), rhythm, slot + 1);

      deepEqual(second.told, first.told.slice(first.told.length - second.told.length));
      const [mine, theirs] = [second, first].map(({ snapshots }) => snapshots.get(slots.length));
      if (slot < slots.length) deepEqual(mine, theirs);
    }),
    { numRuns: 150 },
  );
});

test('a call is told once what became of it, unless it is undone after that', () => {
  const CANCELLED = hex(Uint8Array.of(REPLY.cancelled));
  fc.assert(
    fc.property(logs, rhythms, (slots, rhythm) => {
      // Without repetitions: they are answered again.
      const once = withoutRepetitions(slots);
      const { told } = new Machine(1e6).run(once, rhythm);

      const replies = new Map<string, string[]>();
      for (const line of told) {
        const [, name = '', reply = ''] = /^(\d+#\d+) at \d+: (.*)$/.exec(line) ?? [];
        if (name !== '') replies.set(name, [...(replies.get(name) ?? []), reply]);
      }
      for (const [name, all] of replies) {
        const undone = all.length === 2 && all[1] === CANCELLED;
        equal(undone ? 1 : all.length, 1, `${name}: ${all.join(', ')}`);
      }
    }),
    { numRuns: 100 },
  );
});

function withoutRepetitions(slots: Slots): Slots {
  const seen = new Set<string>();
  return slots
    .map((items) =>
      items.filter((item) => {
        if (!('sequence' in item)) return true;
        const name = `${item.session}#${item.sequence}`;
        const isNew = !seen.has(name);
        seen.add(name);
        return isNew;
      }),
    )
    .filter((items) => items.length > 0);
}
