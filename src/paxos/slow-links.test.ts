import { ok } from 'node:assert/strict';
import { test } from 'node:test';
import { limits, Random } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import { DEFAULT_TIMING } from './context.ts';
import type { Message } from './message.ts';
import { Node } from './replica-test-kit.ts';
import { ALICE, aMember, BOB, CAROL, entryNamed } from './test-kit.ts';

const IDS: readonly ReplicaId[] = [ALICE, BOB, CAROL];
const ENTRY = entryNamed('x'.repeat(limits.BATCH_TARGET_BYTES));
const OPEN = Math.floor(limits.WINDOW_BYTES / ENTRY.length);
/** What a link keeps for a receiver that is slow; more is dropped. */
const BACKLOG_BYTES = 32 * 1024 * 1024;
const STEP_MS = 10;

function sizeOf(message: Message): number {
  switch (message.kind) {
    case 'promise':
      return message.accepted.reduce((sum, { entry }) => sum + entry.length, 100);
    case 'accept':
      return 100 + message.entry.length;
    case 'decided':
      return message.entries.reduce((sum, entry) => sum + entry.length, 100);
    default:
      return 100;
  }
}

/** Brings one message after the other, so many bytes in a ms. */
class SlowLink {
  readonly #rate: number;
  #freeAt = 0;
  #under: { readonly at: number; readonly message: Message }[] = [];

  constructor(rate: number) {
    this.#rate = rate;
  }

  send(now: number, message: Message): void {
    const size = sizeOf(message);
    const backlog = Math.max(0, this.#freeAt - now) * this.#rate;
    if (backlog > 0 && backlog + size > BACKLOG_BYTES) return;
    this.#freeAt = Math.max(this.#freeAt, now) + size / this.#rate;
    this.#under.push({ at: this.#freeAt + 1, message });
  }

  arrived(now: number): readonly Message[] {
    const waiting = this.#under.findIndex(({ at }) => at > now);
    const count = waiting < 0 ? this.#under.length : waiting;
    return this.#under.splice(0, count).map(({ message }) => message);
  }
}

/** A member that has been started again, and has a full window of votes that nobody knows to be decided. */
function aVoter(id: ReplicaId, seed: number): Node {
  const promised = { round: 1, leader: ALICE };
  const accepted = Array.from({ length: OPEN }, (_, index) => {
    return { slot: index + 1, ballot: promised, entry: ENTRY };
  });
  return new Node({
    self: aMember(id),
    timing: DEFAULT_TIMING,
    random: new Random(10 * seed + id),
    recovered: { position: 1, promised, snapshot: undefined, decided: [], accepted, commit: 0 },
  });
}

/** Until what was open is decided, and an entry of a leader behind it; ms. */
function timeToDecide(mbits: number, seed: number, giveUpAt: number): number {
  const nodes = IDS.map((id) => aVoter(id, seed));
  const rate = (mbits * 1000) / 8;
  const links = new Map(
    nodes.map((from) => [from, new Map(IDS.map((id) => [id, new SlowLink(rate)]))]),
  );
  for (let now = 0; now < giveUpAt; now += STEP_MS) {
    for (const node of nodes) {
      node.now = now;
      for (const [from, outgoing] of links) {
        for (const message of outgoing.get(node.id)?.arrived(now) ?? [])
          node.hear(from.id, message);
      }
      node.step();
      for (const { to, message } of node.sent()) links.get(node)?.get(to)?.send(now, message);
    }
    if (nodes.filter(({ replica }) => replica.log.commit > OPEN).length > 1) return now;
  }
  return Number.POSITIVE_INFINITY;
}

test('on slow links a leader is elected all the same, and on quick ones as quickly as ever', () => {
  for (let seed = 1; seed <= 3; seed++) {
    ok(timeToDecide(1000, seed, 300_000) < 1000);
    for (const mbits of [79, 40, 20]) {
      ok(timeToDecide(mbits, seed, 300_000) < 100_000, `at ${mbits} Mbit/s, seed ${seed}`);
    }
  }
});
