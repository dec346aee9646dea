import { Random } from '../base/index.ts';
import type { Outcomes } from './settler.ts';
import type { ReplicaId, Slot } from './ballot.ts';
import type { ClientResponse } from './client.ts';
import { Context } from './context.ts';
import type { Timing } from './context.ts';
import type { Effect } from './effect.ts';
import { encodeBatch, encodeItem, encodeView } from './entry.ts';
import type { Entry, Item } from './entry.ts';
import type { Message, MessageOf } from './message.ts';
import type { LogRecord } from './record.ts';
import { makeView } from './view.ts';
import type { Member, View } from './view.ts';

/** What the tests of this folder share. */

export const ALICE: ReplicaId = 1;
export const BOB: ReplicaId = 2;
export const CAROL: ReplicaId = 3;
export const DAVE: ReplicaId = 4;
export const ERIN: ReplicaId = 5;

/** No chance: the time-out of an election is always the same. */
export const TIMING: Timing = {
  heartbeat: 100,
  electionMin: 1000,
  electionMax: 1000,
  resend: 200,
  recordLifetime: 3_600_000,
};

export function aMember(id: ReplicaId, overrides: Partial<Member> = {}): Member {
  return { id, address: `host-${id}:14000`, durable: true, ...overrides };
}

export function viewOf(ids: readonly ReplicaId[], epoch = 1, start: Slot = 1): View {
  return makeView(
    epoch,
    start,
    ids.map((id) => aMember(id)),
  );
}

export const THREE: View = viewOf([ALICE, BOB, CAROL]);

export function aContext(id: ReplicaId = ALICE, position = 0): Context {
  const context = new Context(aMember(id), TIMING, new Random(id), position);
  context.now = 10_000;
  return context;
}

export interface Sent<K extends Message['kind'] = Message['kind']> {
  readonly to: ReplicaId;
  readonly message: MessageOf<K>;
  readonly after: number;
  readonly later?: true;
}

export interface Taken {
  readonly all: readonly Effect[];
  readonly sent: readonly Sent[];
  readonly persisted: readonly LogRecord[];
  readonly responses: readonly ClientResponse[];
}

/** The effects so far, sorted out; the next time they are gone. */
export function take(context: Context): Taken {
  const all = context.takeEffects();
  return {
    all,
    sent: all.flatMap((effect) => (effect.kind === 'send' ? [effect] : [])),
    persisted: all.flatMap((effect) => (effect.kind === 'persist' ? [effect.record] : [])),
    responses: all.flatMap((effect) => (effect.kind === 'respond' ? [effect.response] : [])),
  };
}

export function sentOf<K extends Message['kind']>(taken: Taken, kind: K): readonly Sent<K>[] {
  return taken.sent.filter(
    ({ message }) => message.kind === kind,
  ) as readonly unknown[] as Sent<K>[];
}

export function effectsOf<K extends Effect['kind']>(
  effects: readonly Effect[],
  kind: K,
): readonly Extract<Effect, { kind: K }>[] {
  return effects.filter((effect): effect is Extract<Effect, { kind: K }> => effect.kind === kind);
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function bytes(text: string): Uint8Array {
  return encoder.encode(text);
}

export function textOf(content: Uint8Array): string {
  return decoder.decode(content);
}

export function clientId(letter: string): Uint8Array {
  return new Uint8Array(16).fill(letter.charCodeAt(0));
}

export function aCall(session: number, sequence: number, command = 'do', lowWater = 1): Item {
  return { kind: 'call', session, sequence, lowWater, received: [], command: bytes(command) };
}

export function batchOf(...items: readonly Item[]): Entry {
  return encodeBatch(1_000, 7, items.map(encodeItem));
}

/** An entry that says nothing but who it is. */
export function entryNamed(name: string): Entry {
  return batchOf(aCall(1, 1, name));
}

export function viewEntry(ids: readonly ReplicaId[], epoch: number, start: Slot): Entry {
  return encodeView(viewOf(ids, epoch, start));
}

/** Clients that listen to nothing. */
export const SILENT: Outcomes = {
  waits: { blocked() {}, returned() {}, woken() {} },
  lost(): void {},
  lapsed(): void {},
  replied() {},
  resend() {},
  expired() {},
  opened() {},
  openRefused() {},
};
