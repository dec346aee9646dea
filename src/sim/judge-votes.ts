import {
  compareBallots,
  sameBallot,
  showBallot,
  showReplica,
  ZERO_BALLOT,
} from '../paxos/index.ts';
import type {
  Ballot,
  Entry,
  LogRecord,
  Message,
  MessageOf,
  ReplicaId,
  Slot,
} from '../paxos/index.ts';
import type { Directory } from './disk.ts';
import { sameBytes } from './judge-agreement.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

interface Fact {
  readonly entry: Entry;
  /** Undefined when the entry was recorded as decided. */
  readonly ballot: Ballot | undefined;
  /** Of all votes for the slot: those of one sync leave together, also when one supersedes another. */
  readonly ballots: readonly Ballot[];
}

/** What a directory durably holds, as the disk saw it. */
interface Facts {
  promised: Ballot;
  /** The newest record of each slot. */
  readonly slots: Map<Slot, Fact>;
  highest: Slot;
  commit: Slot;
}

/**
 * Votes are durable before they are sent: every promise and every acceptance that is seen on the wire must
 * be backed by synced records. It compares what the disk has with what the wire says, and asks nobody.
 */
export class VotesJudge implements Observer {
  readonly #facts = new Map<Directory, Facts>();
  /** Whose ballots were seen in a `prepare`: the process, since each has a life of its own. */
  readonly #candidates = new Map<string, ReplicaProcess>();
  readonly #decided: (slot: Slot) => Entry | undefined;

  /** @param decided What is known to be decided: a vote for a decided slot may rest on that alone. */
  constructor(decided: (slot: Slot) => Entry | undefined) {
    this.#decided = decided;
  }

  started(replica: ReplicaProcess): void {
    const { directory } = replica;
    if (directory === undefined) return;
    const facts: Facts = { promised: ZERO_BALLOT, slots: new Map(), highest: 0, commit: 0 };
    this.#facts.set(directory, facts);
    for (const record of directory.read()) note(facts, record);
  }

  synced(directory: Directory, records: readonly LogRecord[]): void {
    const facts = this.#facts.get(directory);
    if (facts === undefined) return;
    for (const record of records) {
      if ('ballot' in record && compareBallots(record.ballot, facts.promised) < 0) {
        const words = `${record.kind} ${showBallot(record.ballot)} below its promise`;
        throw new Verdict('votes', `${showReplica(directory.id)} ${words}`);
      }
      note(facts, record);
    }
  }

  sent(replica: ReplicaProcess, _to: ReplicaId, message: Message): void {
    if (message.kind === 'prepare') this.#prepared(replica, message.ballot);
    const { directory } = replica;
    const facts = directory === undefined ? undefined : this.#facts.get(directory);
    if (directory === undefined || facts === undefined) return;
    const who = replica.process.name;
    switch (message.kind) {
      case 'prepare':
      case 'promise':
        if (compareBallots(facts.promised, message.ballot) < 0) {
          const ballot = showBallot(message.ballot);
          throw new Verdict('votes', `${who} sent a ${message.kind} of ${ballot} from memory`);
        }
        if (message.kind === 'promise') this.#promise(who, directory, facts, message);
        return;
      case 'accepted':
        for (let slot = message.first; slot <= message.last; slot++) {
          this.#accepted(who, directory, facts, { slot, ballot: message.ballot });
        }
        return;
      default:
    }
  }

  /** A ballot is used in one life only: two leaderships in one ballot could propose two values. */
  #prepared(replica: ReplicaProcess, ballot: Ballot): void {
    const name = showBallot(ballot);
    const known = this.#candidates.get(name);
    if (known === undefined) this.#candidates.set(name, replica);
    else if (known !== replica) {
      const words = `uses ballot ${name}, which ${known.process.name} has used`;
      throw new Verdict('votes', `${replica.process.name} ${words}`);
    }
  }

  /** A promise tells all that its sender accepted durably, and nothing else. */
  #promise(who: string, directory: Directory, facts: Facts, promise: MessageOf<'promise'>): void {
    for (const { slot, ballot, entry } of promise.accepted) {
      const fact = facts.slots.get(slot);
      const backed = fact?.ballot !== undefined && sameBallot(fact.ballot, ballot);
      // A newer vote may be on the disk already: the promise was given before it.
      const newer = fact?.ballot === undefined || compareBallots(fact.ballot, ballot) > 0;
      if ((backed && sameBytes(fact.entry, entry)) || (fact !== undefined && newer)) continue;
      throw new Verdict('votes', `${who} promised with a vote for slot ${slot} from memory`);
    }
    // A view begins with promises of a quorum that hold everything before it, also after a restart.
    if (promise.commit > Math.max(facts.commit, directory.snapshot?.name.slot ?? 0)) {
      throw new Verdict('votes', `${who} promised with commit index ${promise.commit} from memory`);
    }
    const told = new Map(promise.accepted.map((pvalue) => [pvalue.slot, pvalue.ballot]));
    const covered = Math.max(promise.commit, directory.snapshot?.name.slot ?? 0, promise.from - 1);
    for (let slot = covered + 1; slot <= facts.highest; slot++) {
      const ballot = facts.slots.get(slot)?.ballot;
      if (ballot === undefined || compareBallots(ballot, promise.ballot) >= 0) continue;
      const said = told.get(slot);
      if (said !== undefined && compareBallots(said, ballot) >= 0) continue;
      throw new Verdict('votes', `${who} concealed its vote for slot ${slot} in a promise`);
    }
  }

  #accepted(
    who: string,
    directory: Directory,
    facts: Facts,
    { slot, ballot }: { readonly slot: Slot; readonly ballot: Ballot },
  ): void {
    if (compareBallots(facts.promised, ballot) < 0) {
      throw new Verdict('votes', `${who} voted in ${showBallot(ballot)} without a durable promise`);
    }
    if (slot <= (directory.snapshot?.name.slot ?? 0)) return;
    const fact = facts.slots.get(slot);
    if (fact?.ballots.some((vote) => sameBallot(vote, ballot)) === true) return;
    const decided = this.#decided(slot);
    if (fact !== undefined && decided !== undefined && sameBytes(fact.entry, decided)) return;
    throw new Verdict('votes', `${who} voted for slot ${slot} from memory`);
  }
}

function note(facts: Facts, record: LogRecord): void {
  if ('ballot' in record && compareBallots(record.ballot, facts.promised) > 0) {
    facts.promised = record.ballot;
  }
  // Slots are recorded as decided in their order.
  if (record.kind === 'commit' || record.kind === 'decided') {
    facts.commit = Math.max(facts.commit, record.slot);
  }
  if (record.kind === 'promised' || record.kind === 'commit') return;
  const ballot = record.kind === 'accepted' ? record.ballot : undefined;
  const before = facts.slots.get(record.slot)?.ballots ?? [];
  const ballots = ballot === undefined ? before : [...before, ballot];
  facts.slots.set(record.slot, { entry: record.entry, ballot, ballots });
  facts.highest = Math.max(facts.highest, record.slot);
}
