import { present, Random } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import type { Effect, Notice } from './effect.ts';
import type { Event, Order } from './event.ts';
import type { Message } from './message.ts';
import { Replica } from './replica.ts';
import type { ReplicaOptions } from './options.ts';
import { ALICE, aMember, BOB, effectsOf, THREE, TIMING } from './test-kit.ts';
import type { Sent } from './test-kit.ts';
import type { Member } from './view.ts';

/** One replica whose disk is quick and whose object answers with what it is asked, as a rule. */
export class Node {
  readonly replica: Replica;
  now = 0;
  /** What calls are for the object. While it is stuck or slow it answers nothing. */
  object: 'quick' | 'heavy' | 'slow' | 'stuck' = 'quick';
  /** The last that it did not answer. */
  #underWay: Extract<Effect, { kind: 'execute' }> | undefined;
  #effects: Effect[] = [];

  constructor(options: Partial<ReplicaOptions> = {}) {
    this.replica = new Replica({
      self: aMember(ALICE),
      timing: TIMING,
      random: new Random(1),
      genesis: THREE,
      contacts: [],
      ...options,
    });
    this.step();
  }

  get id(): ReplicaId {
    return this.replica.context.self.id;
  }

  /** Handles events, and what comes of them by itself. */
  step(...events: readonly Event[]): void {
    let next: readonly Event[] = events;
    do {
      const effects = this.replica.step(this.now, 1000, next);
      next = effects.flatMap((effect) => this.#comeBack(effect));
      this.#effects.push(...effects);
    } while (next.length > 0);
  }

  #comeBack(effect: Effect): readonly Event[] {
    if (effect.kind === 'send' && effect.to === this.id) {
      return [{ kind: 'message', from: this.id, message: effect.message }];
    }
    if (effect.kind === 'execute') return this.#execute(effect);
    return [];
  }

  #execute(effect: Extract<Effect, { kind: 'execute' }>): readonly Event[] {
    const { last, commands } = effect;
    const results = commands.map(({ bytes }) => bytes);
    const heavy = this.object === 'heavy';
    const at = commands.findIndex(({ skipped }) => skipped !== true);
    if (heavy || this.object === 'quick' || at < 0) {
      return [{ kind: 'executed', last, results, heavy }];
    }
    this.#underWay = effect;
    if (this.object === 'slow') return [];
    const { slot, index } = present(commands[at], 'a command');
    return [{ kind: 'stuck', slot, index, results: results.slice(0, at) }];
  }

  /** The object gets done with what it was too slow for, or stuck at. */
  finish(object: 'quick' | 'heavy'): void {
    this.object = object;
    this.step(...this.#execute(present(this.#underWay, 'something under way')));
  }

  /** So many ms pass, a tick at a time. */
  pass(ms: number): void {
    for (let passed = 0; passed < ms; passed += 20) {
      this.now += Math.min(20, ms - passed);
      this.step();
    }
  }

  hear(from: ReplicaId, message: Message): void {
    this.step({ kind: 'message', from, message });
  }

  order(order: Order): void {
    this.step({ kind: 'order', token: 7, order });
  }

  #take<T>(pick: (effects: readonly Effect[]) => readonly T[]): readonly T[] {
    const picked = pick(this.#effects);
    this.#effects = [];
    return picked;
  }

  /** What it has sent to others since the last time that anything was asked for. */
  sent(): readonly Sent[] {
    return this.#take((all) => effectsOf(all, 'send').filter(({ to }) => to !== this.id));
  }

  /** Of what it has sent, the kinds, and to whom. */
  said(kind: Message['kind']): readonly ReplicaId[] {
    return this.sent().flatMap(({ to, message }) => (message.kind === kind ? [to] : []));
  }

  noticed(): readonly Notice[] {
    return this.#take((all) => effectsOf(all, 'notice').map(({ notice }) => notice));
  }

  /** Why orders were refused; undefined for those that were carried out. */
  answered(): readonly (string | undefined)[] {
    return this.#take((all) => effectsOf(all, 'ordered').map(({ refusal }) => refusal));
  }

  /** Whom it keeps connections to, if that has changed. */
  connected(): readonly (readonly Member[])[] {
    return this.#take((all) => effectsOf(all, 'connect').map(({ peers }) => peers));
  }

  effects(): readonly Effect[] {
    return this.#take((all) => all);
  }

  /** Bob, who knows as much as Alice, answers what leaders ask of him. */
  hearBob(): void {
    const { log } = this.replica;
    for (const { to, message } of this.sent()) {
      if (to === BOB) this.#answer(message, log.commit);
    }
  }

  #answer(message: Message, commit: number): void {
    if (message.kind === 'preVote') {
      const { round } = message;
      this.hear(BOB, { kind: 'preVoteReply', round, granted: true, promised: 0, commit });
    } else if (message.kind === 'prepare') {
      const { ballot, from } = message;
      const position = 1;
      this.hear(BOB, { kind: 'promise', ballot, from, commit, accepted: [], position });
    } else if (message.kind === 'accept') {
      const { ballot, slot } = message;
      this.hear(BOB, { kind: 'accepted', ballot, first: slot, last: slot, position: 1 });
    } else if (message.kind === 'heartbeat') {
      const { ballot, round } = message;
      const applied = commit;
      this.hear(BOB, { kind: 'alive', ballot, round, commit, applied, checkpoint: undefined });
    }
  }
}

/** Alice leads with Bob's help, and has decided and applied her own entry. */
export function aLeadingNode(options: Partial<ReplicaOptions> = {}): Node {
  const node = new Node(options);
  node.pass(1000);
  for (let round = 0; round < 6; round++) node.hearBob();
  node.effects();
  return node;
}
