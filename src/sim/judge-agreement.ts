import { decodeEntry, isViewEntry, sameBallot, showBallot } from '../paxos/index.ts';
import type { Ballot, Entry, Message, ReplicaId, Slot, View } from '../paxos/index.ts';
import { Verdict } from './observer.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/**
 * Agreement: for each slot one value, on all replicas, in all their lives, for ever; and one view that
 * governs it. It also watches the wire: a ballot proposes one value for a slot.
 */
export class AgreementJudge implements Observer {
  readonly #decided = new Map<Slot, Entry>();
  /** How far the log of each process has been compared. */
  readonly #compared = new Map<ReplicaProcess, Slot>();
  /** The view object that each process was last seen with: it is compared when it changes. */
  readonly #views = new Map<ReplicaProcess, View>();
  readonly #proposed = new Map<Slot, { readonly ballot: Ballot; readonly entry: Entry }[]>();
  /** Views by epoch, as the log says. */
  readonly #byEpoch = new Map<number, View>();
  #highest: Slot = 0;
  #onDecided: (slot: Slot, entry: Entry) => void = () => {};

  constructor(genesis: View) {
    this.#byEpoch.set(genesis.epoch, genesis);
  }

  /** The highest slot that somebody knows to be decided. */
  get highest(): Slot {
    return this.#highest;
  }

  /** Called once for each slot, when somebody first knows it to be decided. */
  onDecided(run: (slot: Slot, entry: Entry) => void): void {
    this.#onDecided = run;
  }

  /** The view that governs a slot, as far as it is known. */
  viewOf(slot: Slot): View | undefined {
    let governing: View | undefined;
    for (const view of this.#byEpoch.values()) {
      if (view.start <= slot && view.epoch > (governing?.epoch ?? 0)) governing = view;
    }
    return governing;
  }

  entry(slot: Slot): Entry | undefined {
    return this.#decided.get(slot);
  }

  ended(replica: ReplicaProcess): void {
    this.#compared.delete(replica);
    this.#views.delete(replica);
  }

  turned(replica: ReplicaProcess): void {
    const { log } = replica.replica;
    let slot = Math.max(this.#compared.get(replica) ?? 0, log.first - 1);
    while (slot < log.commit) {
      slot++;
      const entry = log.at(slot);
      if (entry !== undefined) this.decide(slot, entry, replica.process.name);
    }
    this.#compared.set(replica, slot);
    if (this.#views.get(replica) === log.view) return;
    this.#views.set(replica, log.view);
    this.#compareView(log.view, replica.process.name);
  }

  /** `who` claims that `entry` is decided for `slot`. */
  decide(slot: Slot, entry: Entry, who: string): void {
    const known = this.#decided.get(slot);
    if (known !== undefined) {
      if (sameBytes(known, entry)) return;
      throw new Verdict('agreement', `${who} decided another value for slot ${slot} than before`);
    }
    this.#decided.set(slot, entry);
    this.#highest = Math.max(this.#highest, slot);
    this.#onDecided(slot, entry);
    if (!isViewEntry(entry)) return;
    const content = decodeEntry(entry);
    if (content.kind === 'view') this.#compareView(content.view, who);
  }

  #compareView(view: View, who: string): void {
    const known = this.#byEpoch.get(view.epoch);
    if (known === undefined) this.#byEpoch.set(view.epoch, view);
    else if (JSON.stringify(known) !== JSON.stringify(view)) {
      throw new Verdict('agreement', `${who} has another view of epoch ${view.epoch} than others`);
    }
  }

  sent(replica: ReplicaProcess, _to: ReplicaId, message: Message): void {
    // A disk that is waited for on the spot lets a vote go within the turn that learned of a decision.
    if (message.kind === 'accepted') this.turned(replica);
    if (message.kind !== 'accept') return;
    const { ballot, entry, slot } = message;
    const proposals = this.#proposed.get(slot);
    if (proposals === undefined) {
      this.#proposed.set(slot, [{ ballot, entry }]);
      return;
    }
    const before = proposals.find((proposal) => sameBallot(proposal.ballot, ballot));
    if (before === undefined) proposals.push({ ballot, entry });
    else if (!sameBytes(before.entry, entry)) {
      const what = `two values for slot ${slot} in ballot ${showBallot(ballot)}`;
      throw new Verdict('agreement', `${replica.process.name} proposed ${what}`);
    }
  }
}

export function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false;
  return true;
}
