import { equal } from 'node:assert/strict';
import type { ReplicaId, Slot } from './ballot.ts';
import type { Effect } from './effect.ts';
import { encodeItem, readFate } from './entry.ts';
import type { CallPlace, Item } from './entry.ts';
import { aLeadingNode } from './replica-test-kit.ts';
import type { Node } from './replica-test-kit.ts';
import { aCall, BOB, clientId, effectsOf } from './test-kit.ts';

export const CLIENT = 5;
/** Alice's own entry has slot 1, the session 2, and its first call this one. */
export const CALL: CallPlace = { slot: 3, index: 0 };

export function ask(node: Node, item: Item): void {
  const bytes = encodeItem(item);
  node.step({ kind: 'request', connection: CLIENT, request: { kind: 'item', item, bytes } });
}

/** Bob votes for whatever Alice proposes, and says nothing else. Returns everything that was done. */
export function decide(node: Node): readonly Effect[] {
  const effects = node.effects();
  for (const { to, message } of effectsOf(effects, 'send')) {
    if (to !== BOB || message.kind !== 'accept') continue;
    const { ballot, slot } = message;
    node.hear(BOB, { kind: 'accepted', ballot, first: slot, last: slot, position: 1 });
  }
  return effects;
}

/** Alice leads, and calls are decided that her object takes like this, each in a slot of its own. */
export function aLeaderWithACall(object: Node['object'], calls = 1): Node {
  const node = aLeadingNode();
  ask(node, { kind: 'open', client: clientId('x') });
  decide(node);
  node.object = object;
  for (let sequence = 1; sequence <= calls; sequence++) ask(node, aCall(1, sequence));
  decide(node);
  equal(node.replica.log.commit, CALL.slot + calls - 1);
  node.effects();
  return node;
}

/** `from` answers a heartbeat, and says that it is stuck. */
export function report(node: Node, from: ReplicaId, place = CALL, round = 0): void {
  const { promised } = node.replica.acceptor;
  const ballot = { ...promised, round: promised.round + round };
  alive(node, from, place.slot - 1);
  node.hear(from, { kind: 'stuck', ballot, round: 1, ...place });
}

export function alive(node: Node, from: ReplicaId, applied: Slot, round = 1): void {
  const { log, acceptor } = node.replica;
  const answer = { ballot: acceptor.promised, round, commit: log.commit, applied };
  node.hear(from, { kind: 'alive', ...answer, checkpoint: undefined });
}

/** The slots in which calls are taken out, and which. */
export function skips(effects: readonly Effect[]): readonly (readonly [Slot, CallPlace])[] {
  return effectsOf(effects, 'send').flatMap(({ to, message }) => {
    if (message.kind !== 'accept' || to !== BOB) return [];
    const fate = readFate(message.entry);
    if (fate?.kind !== 'skip') return [];
    return [[message.slot, { slot: fate.slot, index: fate.index }] as const];
  });
}

/** Up to where calls are made firm. */
export function firms(effects: readonly Effect[]): readonly Slot[] {
  return effectsOf(effects, 'send').flatMap(({ to, message }) => {
    const fate = message.kind === 'accept' && to === BOB ? readFate(message.entry) : undefined;
    return fate?.kind === 'firm' ? [fate.through] : [];
  });
}

export function replies(effects: readonly Effect[]): number {
  const kinds = effectsOf(effects, 'respond').map(({ response }) => response.kind);
  return kinds.filter((kind) => kind === 'reply').length;
}
