import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Applier } from './applier.ts';
import { CHECKPOINT_SLOTS } from './checkpoints.ts';
import type { Outcomes } from './settler.ts';
import { REPLY } from './client.ts';
import type { Command } from './effect.ts';
import { encodeBatch, encodeItem, NOOP } from './entry.ts';
import type { Entry, Item } from './entry.ts';
import { DEFAULT_RETENTION, Log } from './log.ts';
import { hex } from './sessions.ts';
import { aContext, bytes, clientId, effectsOf, SILENT, THREE, viewEntry } from './test-kit.ts';

/**
 * Everything that replicas must agree on, beside the log itself, for two ways through the same log:
 * one slot after the other, and in whatever groups the executor happens to get them.
 */

interface Run {
  readonly outcomes: readonly string[];
  readonly executed: readonly string[];
  /** By slot; one that is due while another is being taken is left out. */
  readonly snapshots: ReadonlyMap<number, string>;
  readonly checkpoints: readonly (string | undefined)[];
}

/** How many more slots are decided before the executor goes on; then the same again. */
type Rhythm = readonly number[];

class Machine {
  readonly outcomes: string[] = [];
  readonly executed: string[] = [];
  readonly snapshots = new Map<number, string>();
  readonly #context = aContext();
  readonly #log = new Log(0, THREE);
  readonly #applier: Applier;
  readonly #told: Outcomes = {
    waits: SILENT.waits,
    lost: () => undefined,
    lapsed: () => undefined,
    replied: ({ session, sequence }, slot, reply) =>
      this.outcomes.push(`${session}#${sequence} at ${slot}: ${hex(reply)}`),
    resend: (session, from, reason) => this.outcomes.push(`${session} from ${from}: ${reason}`),
    expired: (session) => this.outcomes.push(`${session} is gone`),
    opened: (client, session) => this.outcomes.push(`${client.slice(0, 2)} is ${session}`),
    openRefused: (client) => this.outcomes.push(`${client.slice(0, 2)} refused`),
  };
  readonly headers = new Map<number, Uint8Array>();
  #work: { readonly last: number; readonly commands: readonly Command[] } | undefined;
  #count = 0;

  /** @param replyBytes What all sessions may keep. */
  constructor(replyBytes: number = DEFAULT_RETENTION.replyBytes) {
    const retention = { ...DEFAULT_RETENTION, snapshotEverySlots: 11, replyBytes };
    this.#applier = new Applier(this.#context, this.#log, retention);
  }

  /** Goes on from a snapshot of another, whose object had executed so many commands. */
  install(header: Uint8Array, executed: number): void {
    const { slot, view } = this.#applier.install(header, 1);
    this.#log.reset(slot, view);
    this.#count = executed;
  }

  decide(entry: Entry): void {
    this.#log.append(entry);
    this.#applier.advance(this.#told);
    this.#perform();
  }

  /** The executor finishes what it has. */
  finish(): void {
    for (let work = this.#work; work !== undefined; work = this.#work) {
      this.#work = undefined;
      const results = work.commands.map((command) => this.#execute(command));
      this.#applier.executed(work.last, results, this.#told);
      this.#perform();
    }
  }

  #execute(command: Command): Uint8Array {
    if (command.event !== undefined) return bytes('');
    const { slot, index, time, seed, session, sequence } = command;
    const name = `${slot}.${index} ${session}#${sequence} ${time} ${seed} ${hex(command.bytes)}`;
    this.executed.push(name);
    return resultOf(++this.#count);
  }

  #perform(): void {
    const effects = this.#context.takeEffects();
    for (const { last, commands } of effectsOf(effects, 'execute')) this.#work = { last, commands };
    for (const { slot, header } of effectsOf(effects, 'takeSnapshot')) {
      this.snapshots.set(slot, hex(header));
      this.headers.set(slot, header);
      this.#applier.snapshotTaken({ slot, bytes: 1, hash: '' });
    }
  }

  result(slots: number): Run {
    this.#applier.takeSnapshot();
    this.#perform();
    const checkpoints = [];
    for (let slot = CHECKPOINT_SLOTS; slot <= slots; slot += CHECKPOINT_SLOTS) {
      checkpoints.push(this.#applier.checkpoint(slot));
    }
    const { outcomes, executed, snapshots } = this;
    return { outcomes, executed, snapshots, checkpoints };
  }
}

/** The result of the n-th command: some are larger than others. */
function resultOf(count: number): Uint8Array {
  return bytes(`${count}`.repeat(1 + (count % 5)));
}

/** So little that replies are given up all the time. */
const LITTLE = 60;

function runThrough(entries: readonly Entry[], rhythm: Rhythm, machine = new Machine()): Run {
  let left = 0;
  entries.forEach((entry, index) => {
    machine.decide(entry);
    if (left-- > 0) return;
    machine.finish();
    left = rhythm[index % rhythm.length] ?? 0;
  });
  machine.finish();
  return machine.result(entries.length);
}

interface ModelSession {
  readonly number: number;
  readonly client: string;
  next: number;
  readonly replies: Map<number, { readonly slot: number; readonly reply: string }>;
  readonly forbidden: Set<number>;
  readonly cancelled: Set<number>;
}

function acknowledge(
  { replies }: ModelSession,
  lowWater: number,
  received: readonly number[],
): void {
  for (const sequence of [...replies.keys()]) {
    if (sequence < lowWater || received.includes(sequence)) replies.delete(sequence);
  }
}

/** The rules of Safety 7, as one would write them who has all the time and memory in the world. */
class Model {
  readonly outcomes: string[] = [];
  readonly #sessions: ModelSession[] = [];
  #numbers = 0;
  #count = 0;

  #session(number: number): ModelSession | undefined {
    return this.#sessions.find((session) => session.number === number);
  }

  #remove(number: number): void {
    const at = this.#sessions.findIndex((session) => session.number === number);
    if (at >= 0) this.#sessions.splice(at, 1);
  }

  decide(slot: number, item: Item): void {
    if (item.kind === 'open') {
      const client = hex(item.client);
      let known = this.#sessions.find((session) => session.client === client);
      if (known === undefined) {
        const number = ++this.#numbers;
        known = {
          number,
          client,
          next: 1,
          replies: new Map(),
          forbidden: new Set(),
          cancelled: new Set(),
        };
        this.#sessions.push(known);
      }
      this.outcomes.push(`${client.slice(0, 2)} is ${known.number}`);
    } else if (item.kind === 'close') {
      this.#remove(item.session);
      this.outcomes.push(`${item.session} is gone`);
    } else if (item.kind === 'expire') {
      for (const session of item.sessions) {
        this.#remove(session);
        this.outcomes.push(`${session} is gone`);
      }
    } else if (item.kind === 'acknowledge') {
      const session = this.#session(item.session);
      if (session === undefined) this.outcomes.push(`${item.session} is gone`);
      else acknowledge(session, item.lowWater, []);
    } else if ('sequence' in item) this.#numbered(slot, item);
  }

  #numbered(slot: number, item: Extract<Item, { sequence: number }>): void {
    const session = this.#session(item.session);
    if (session === undefined) return void this.outcomes.push(`${item.session} is gone`);
    acknowledge(session, item.lowWater, item.received);
    const name = `${session.number}#${item.sequence}`;
    if (item.sequence < session.next) {
      const kept = session.replies.get(item.sequence);
      if (kept !== undefined) this.outcomes.push(`${name} at ${kept.slot}: ${kept.reply}`);
    } else if (item.sequence > session.next) {
      this.outcomes.push(`${session.number} from ${session.next}: gap`);
    } else {
      session.next++;
      const reply = hex(this.#reply(session, item));
      session.replies.set(item.sequence, { slot, reply });
      this.outcomes.push(`${name} at ${slot}: ${reply}`);
    }
  }

  #reply(session: ModelSession, item: Extract<Item, { sequence: number }>): Uint8Array {
    if (item.kind === 'cancel' || session.forbidden.has(item.sequence)) {
      session.cancelled.add(item.sequence);
      return Uint8Array.of(REPLY.cancelled);
    }
    if (item.kind === 'call') return Uint8Array.of(REPLY.result, ...resultOf(++this.#count));
    if (item.kind === 'withdraw') return Uint8Array.of(REPLY.resolvedNever);
    const target = this.#session(item.target.session);
    if (target === undefined) return Uint8Array.of(REPLY.resolvedUnknown);
    if (item.target.sequence >= target.next) {
      target.forbidden.add(item.target.sequence);
      return Uint8Array.of(REPLY.resolvedNever);
    }
    if (target.cancelled.has(item.target.sequence)) return Uint8Array.of(REPLY.resolvedNever);
    const kept = target.replies.get(item.target.sequence);
    if (kept === undefined) return Uint8Array.of(REPLY.forgotten);
    const reply = (kept.reply.match(/../g) ?? []).map((byte) => Number.parseInt(byte, 16));
    return Uint8Array.from(reply[0] === REPLY.result ? [REPLY.resolvedReply, ...reply] : reply);
  }
}

/** A numbered request whose sequence number is so much off the one that it should have. */
interface Draft {
  readonly session: number;
  readonly off: number;
  readonly acknowledged: number;
  readonly received: readonly number[];
  readonly what:
    | { readonly kind: 'call'; readonly command: Uint8Array }
    | { readonly kind: 'cancel' }
    | { readonly kind: 'resolve'; readonly session: number; readonly off: number };
}

const session = fc.integer({ min: 1, max: 3 });
const off = fc.oneof(
  { weight: 6, arbitrary: fc.constant(0) },
  { weight: 1, arbitrary: fc.integer({ min: -3, max: 2 }) },
);

const draft: fc.Arbitrary<Draft> = fc.record({
  session,
  off,
  acknowledged: fc.nat(9),
  received: fc.array(fc.nat(12), { maxLength: 2 }),
  what: fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .constantFrom('a', 'b')
        .map((command) => ({ kind: 'call' as const, command: bytes(command) })),
    },
    { weight: 1, arbitrary: fc.constant({ kind: 'cancel' as const }) },
    {
      weight: 1,
      arbitrary: fc.record({ kind: fc.constant('resolve' as const), session, off: fc.nat(6) }),
    },
  ),
});

const unnumbered: fc.Arbitrary<Item> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .constantFrom('x', 'y', 'z')
      .map((letter): Item => ({ kind: 'open', client: clientId(letter) })),
  },
  { weight: 1, arbitrary: session.map((number): Item => ({ kind: 'close', session: number })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ session, lowWater: fc.nat(12) })
      .map((what): Item => ({ kind: 'acknowledge', ...what })),
  },
  {
    weight: 1,
    arbitrary: session.map((number): Item => ({ kind: 'expire', sessions: [number] })),
  },
);

/** A slot: items, or something that is no batch. */
type SlotDraft = readonly (Draft | Item)[] | 'no-op' | 'view';
type SlotPlan = readonly Item[] | 'no-op' | 'view';

const drafts: fc.Arbitrary<readonly SlotDraft[]> = fc.array(
  fc.oneof(
    {
      weight: 9,
      arbitrary: fc.array(
        fc.oneof({ weight: 6, arbitrary: draft }, { weight: 1, arbitrary: unnumbered }),
        { minLength: 1, maxLength: 6 },
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom('no-op' as const, 'view' as const) },
  ),
  { minLength: 10, maxLength: 70, size: 'max' },
);

const OPENED: SlotPlan = ['x', 'y', 'z'].map((letter) => ({
  kind: 'open',
  client: clientId(letter),
}));

/** Gives requests the numbers that clients would have given them, but for those that are off. */
const plans = drafts.map((slots): readonly SlotPlan[] => {
  const next = new Map<number, number>();
  const numberOf = (one: number, by: number): number => Math.max(1, (next.get(one) ?? 1) + by);
  const numbered = (one: Draft): Item => {
    const sequence = numberOf(one.session, one.off);
    if (one.off === 0) next.set(one.session, sequence + 1);
    const { what } = one;
    const lowWater = Math.max(1, Math.min(sequence, one.acknowledged));
    const name = { session: one.session, sequence, lowWater, received: one.received };
    if (what.kind !== 'resolve') return { ...what, ...name };
    const target = { session: what.session, sequence: numberOf(what.session, what.off - 4) };
    return { kind: 'resolve', ...name, target };
  };
  const planned = slots.map((slot): SlotPlan =>
    typeof slot === 'string' ? slot : slot.map((one) => ('what' in one ? numbered(one) : one)),
  );
  return [OPENED, ...planned];
});

function entriesOf(slots: readonly SlotPlan[]): readonly Entry[] {
  let epoch = 1;
  return slots.map((plan, index) => {
    if (plan === 'no-op') return NOOP;
    if (plan === 'view') return viewEntry([1, 2, 3], ++epoch, index + 2);
    return encodeBatch(1000 - (index % 3), index, plan.map(encodeItem));
  });
}

test('replies are those of an obvious model of sessions (Safety 7)', () => {
  fc.assert(
    fc.property(plans, (slots) => {
      const model = new Model();
      slots.forEach((plan, index) => {
        if (typeof plan === 'string') return;
        for (const one of plan) model.decide(index + 1, one);
      });

      deepEqual(runThrough(entriesOf(slots), [0]).outcomes, model.outcomes);
    }),
    { numRuns: 150 },
  );
});

test('however slots are grouped: same replies, digests and snapshots, byte for byte', () => {
  fc.assert(
    fc.property(plans, fc.array(fc.nat(20), { minLength: 1, maxLength: 6 }), (slots, rhythm) => {
      const entries = entriesOf(slots);

      const { snapshots: some, ...grouped } = runThrough(entries, rhythm, new Machine(LITTLE));
      const { snapshots: all, ...single } = runThrough(entries, [0], new Machine(LITTLE));

      deepEqual(grouped, single);
      for (const [slot, snapshot] of some) deepEqual([slot, snapshot], [slot, all.get(slot)]);
      deepEqual(some.has(entries.length), true, 'the state at the end is compared');
    }),
    { numRuns: 150 },
  );
});

test('whoever installed a snapshot goes on as those who made it', () => {
  fc.assert(
    fc.property(plans, fc.nat(), fc.nat(9), (slots, which, more) => {
      const entries = entriesOf(slots);
      const first = new Machine(LITTLE);
      const whole = runThrough(entries, [0], first);
      const taken = [...first.headers];
      const [slot, header] = taken[which % taken.length] as [number, Uint8Array];
      const executed = whole.executed.filter((name) => Number.parseInt(name, 10) <= slot);
      const second = new Machine(LITTLE);
      second.install(header, executed.length);

      const rest = runThrough(entries.slice(slot), [more], second);

      deepEqual(rest.executed, whole.executed.slice(executed.length));
      deepEqual(rest.outcomes, whole.outcomes.slice(whole.outcomes.length - rest.outcomes.length));
      deepEqual(second.snapshots.get(entries.length), first.snapshots.get(entries.length));
    }),
    { numRuns: 150 },
  );
});
