import { Random } from '../base/index.ts';
import { compareBallots, DEFAULT_TIMING, encodeBatch, encodeItem } from '../paxos/index.ts';
import { makeView, Replica, ZERO_BALLOT } from '../paxos/index.ts';
import type { Ballot, Effect, Entry, Event, LogRecord, Message } from '../paxos/index.ts';
import type { Recovered, Slot, SnapshotName } from '../paxos/index.ts';
import { recover } from './recovery.ts';

/** What happens to a voter, or to its disk. */
export type Step =
  | { readonly kind: 'prepare'; readonly round: number; readonly from: Slot }
  | { readonly kind: 'accept'; readonly round: number; readonly slot: Slot }
  /** The leader of the round says what is decided, as far as that can be. */
  | { readonly kind: 'learn'; readonly round: number; readonly commit: Slot }
  /** Somebody hands over what is decided. */
  | { readonly kind: 'decided'; readonly last: Slot }
  /** A snapshot at the applied index becomes durable, and the log is cut behind it. */
  | { readonly kind: 'snapshot' }
  /** The disk reports some of what was written: all of it, half, or a third. */
  | { readonly kind: 'sync'; readonly part: number }
  /** Of the records that were not reported, so many are there all the same. */
  | { readonly kind: 'crash'; readonly kept: number };

const LEADER = 2;
const OTHER = 3;
const SELF = { id: 1, address: 'self:1', durable: true };
const VIEW = makeView(1, 1, [
  SELF,
  { id: LEADER, address: 'leader:1', durable: true },
  { id: OTHER, address: 'other:1', durable: true },
]);

/** What somebody has heard: no vote below, these votes, and slots that it knows to be decided. */
interface Claim {
  readonly ballot: Ballot;
  readonly commit: Slot;
  readonly votes: readonly { readonly slot: Slot; readonly ballot: Ballot }[];
}

/**
 * A follower with a disk, in a world where each slot is decided in a certain round: leaders of that
 * round and of later ones propose the same value. It remembers everything that anybody has heard of
 * the follower, and compares it with what is left after each crash.
 */
export class Voter {
  /** Claims that the follower did not stand by. */
  readonly broken: string[] = [];
  readonly #rounds: readonly number[];
  #records: (LogRecord | undefined)[] = [];
  #synced = 0;
  #snapshot: { readonly name: SnapshotName; readonly header: Uint8Array } | undefined;
  #replica: Replica;
  #now = 0;
  #withheld: { readonly after: number; readonly claim: Claim }[] = [];
  #claims: Claim[] = [];

  constructor(rounds: readonly number[]) {
    this.#rounds = rounds;
    this.#replica = this.#start(undefined);
  }

  get promised(): Ballot {
    return this.#replica.acceptor.promised;
  }

  #start(recovered: Recovered | undefined): Replica {
    return new Replica({
      self: SELF,
      timing: DEFAULT_TIMING,
      random: new Random(1),
      genesis: VIEW,
      contacts: [],
      ...(recovered === undefined ? {} : { recovered }),
    });
  }

  #value(round: number, slot: Slot): Entry {
    const session = Math.min(round, this.#rounds[slot - 1] ?? round) * 100 + slot;
    return encodeBatch(1, 1, [encodeItem({ kind: 'close', session })]);
  }

  /** Up to where slots can be known to be decided by a leader of this round. */
  #decidedIn(round: number): Slot {
    const open = this.#rounds.findIndex((decided) => decided > round);
    return open < 0 ? this.#rounds.length : open;
  }

  step(step: Step): void {
    switch (step.kind) {
      case 'prepare':
        return this.#deliver(LEADER, {
          kind: 'prepare',
          ballot: ballotOf(step.round),
          from: step.from,
        });
      case 'accept': {
        const entry = this.#value(step.round, step.slot);
        const ballot = ballotOf(step.round);
        return this.#deliver(LEADER, { kind: 'accept', ballot, slot: step.slot, entry, commit: 0 });
      }
      case 'learn': {
        const commit = Math.min(step.commit, this.#decidedIn(step.round));
        const ballot = ballotOf(step.round);
        const beat = { kind: 'heartbeat', round: 1, epoch: 1, positions: [] } as const;
        return this.#deliver(LEADER, { ...beat, ballot, commit });
      }
      case 'decided':
        return this.#handOver(Math.min(step.last, this.#decidedIn(5)));
      case 'snapshot':
        return this.#takeSnapshot();
      case 'sync':
        this.#synced += Math.ceil((this.#records.length - this.#synced) / (step.part + 1));
        return this.#release();
      case 'crash':
        return this.#crash(step.kept);
    }
  }

  #handOver(last: Slot): void {
    const from = this.#replica.log.commit + 1;
    if (last < from) return;
    const entries = Array.from({ length: last - from + 1 }, (_, at) => this.#value(5, from + at));
    this.#deliver(OTHER, { kind: 'decided', from, entries, commit: last });
  }

  #takeSnapshot(): void {
    this.#replica.applier.takeSnapshot();
    const effects = this.#run([]);
    for (const effect of effects) {
      if (effect.kind !== 'takeSnapshot') continue;
      const name = { slot: effect.slot, bytes: 1, hash: `${effect.slot}` };
      if (name.slot > 0) this.#snapshot = { name, header: effect.header };
      this.#run([{ kind: 'snapshotTaken', snapshot: name }]);
    }
  }

  #deliver(from: number, message: Message): void {
    this.#run([{ kind: 'message', from, message }]);
  }

  #run(events: readonly Event[]): readonly Effect[] {
    const effects = this.#replica.step(++this.#now, 0, events);
    for (const effect of effects) {
      if (effect.kind === 'persist') this.#records.push(effect.record);
      if (effect.kind === 'truncate') this.#truncate(effect.through);
      if (effect.kind === 'send') this.#hear(effect.message, effect.after);
    }
    this.#release();
    return effects;
  }

  /** The promise that a vote includes stays. */
  #truncate(through: Slot): void {
    this.#records = this.#records.map((record) => {
      if (record === undefined || !('entry' in record) || record.slot > through) return record;
      return record.kind === 'accepted' ? { kind: 'promised', ballot: record.ballot } : undefined;
    });
  }

  #hear(message: Message, after: number): void {
    const { commit } = this.#replica.log;
    if (message.kind === 'promise') {
      const { ballot, accepted } = message;
      this.#withheld.push({ after, claim: { ballot, commit: message.commit, votes: accepted } });
    } else if (message.kind === 'accepted') {
      const { ballot, first, last } = message;
      const slots = Array.from({ length: last - first + 1 }, (_, at) => first + at);
      // For a slot that it knows to be decided it votes without a record.
      const votes = slots.filter((slot) => slot > commit).map((slot) => ({ slot, ballot }));
      this.#withheld.push({ after, claim: { ballot, commit: 0, votes } });
    }
  }

  #release(): void {
    for (const { after, claim } of this.#withheld) {
      if (after <= this.#synced) this.#claims.push(claim);
    }
    this.#withheld = this.#withheld.filter(({ after }) => after > this.#synced);
  }

  #crash(kept: number): void {
    this.#records.length = Math.min(this.#records.length, this.#synced + kept);
    this.#synced = this.#records.length;
    this.#withheld = [];
    const { name, header } = this.#snapshot ?? {};
    const recovered = recover({
      records: this.#records.filter((record) => record !== undefined),
      position: this.#records.length,
      snapshot:
        name === undefined || header === undefined ? undefined : { name, header, slot: name.slot },
    });
    this.#judge(recovered);
    this.#replica = this.#start(recovered);
  }

  #judge({ promised, snapshot, decided, accepted }: Recovered): void {
    const base = snapshot?.name.slot ?? 0;
    const known = base + decided.length;
    decided.forEach((entry, index) => {
      const slot = base + index + 1;
      if (!same(entry, this.#value(5, slot))) this.broken.push(`slot ${slot} was not decided so`);
    });
    for (const { slot, ballot, entry } of accepted) {
      if (!same(entry, this.#value(ballot.round, slot))) this.broken.push(`no such vote: ${slot}`);
    }
    for (const { ballot, commit, votes } of this.#claims) {
      if (compareBallots(promised, ballot) < 0) this.broken.push(`promise ${ballot.round}`);
      if (known < commit) this.broken.push(`knew slots up to ${commit}, and now up to ${known}`);
      for (const vote of votes) {
        const kept = accepted.find(({ slot }) => slot === vote.slot)?.ballot ?? ZERO_BALLOT;
        const stands = vote.slot <= known || compareBallots(kept, vote.ballot) >= 0;
        if (!stands) this.broken.push(`vote for slot ${vote.slot} in ${vote.ballot.round}`);
      }
    }
  }
}

function ballotOf(round: number): Ballot {
  return { round, leader: LEADER };
}

function same(a: Entry, b: Entry): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
