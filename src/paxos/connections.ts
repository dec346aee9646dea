import type { ReplicaId } from './ballot.ts';
import type { Replica } from './replica.ts';
import type { Member } from './view.ts';

/** To whom this replica keeps connections: it can speak to nobody else. */
export class Connections {
  readonly #replica: Replica;
  #connected = '';
  /** Versions of what decides whom to connect to, so that a step without changes costs nothing. */
  #versions = '';

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Says which peers to keep connections to, when that has changed. */
  update(): void {
    const { callers, context, leader, log, membership, peers, stranger } = this.#replica;
    const learning = leader === undefined ? 'none' : membership.changes;
    const versions = `${log.view.epoch} ${stranger.changes} ${callers.changes} ${learning}`;
    if (versions === this.#versions) return;
    this.#versions = versions;
    const wanted = this.#wanted();
    // Whoever lived at the own address before is dead: dialling it would meet oneself.
    const { address } = context.self;
    const sorted = [...wanted.values()]
      .filter((member) => member.address !== address)
      .sort((a, b) => a.id - b.id);
    leader?.setLearners(membership.learners().map((member) => member.id));
    const key = sorted.map((member) => `${member.id}@${member.address}`).join(' ');
    if (key === this.#connected) return;
    this.#connected = key;
    peers.keepOnly(new Set(wanted.keys()));
    context.effect({ kind: 'connect', peers: sorted });
  }

  /** In order of trust: where a replica is said to be at two addresses, what stands later here wins. */
  #wanted(): ReadonlyMap<ReplicaId, Member> {
    const { callers, leader, log, membership, stranger } = this.#replica;
    const coming =
      leader === undefined ? [] : [...membership.learners(), ...membership.departing()];
    const wanted = new Map<ReplicaId, Member>();
    for (const members of [callers.strangers(), stranger.contacts(), coming, log.view.members]) {
      for (const member of members) wanted.set(member.id, member);
    }
    return wanted;
  }
}
