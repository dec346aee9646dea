import type { ReplicaId, Slot } from './ballot.ts';
import type { Context } from './context.ts';
import type { View } from './view.ts';

/** What this replica knows of another; volatile, and wrong at any time without harm to safety. */
interface Peer {
  /** When it last answered us, monotonic ms. */
  heard: number;
  /** Its connection broke, and nothing came from it since. */
  lost: boolean;
  commit: Slot;
  applied: Slot;
}

export class Peers {
  readonly #context: Context;
  readonly #peers = new Map<ReplicaId, Peer>();
  /** Highest durable position that each replica has acknowledged to anybody we heard of (Safety 3). */
  readonly #positions = new Map<ReplicaId, number>();

  constructor(context: Context) {
    this.#context = context;
  }

  #peer(id: ReplicaId): Peer {
    let peer = this.#peers.get(id);
    if (peer === undefined) {
      peer = { heard: Number.NEGATIVE_INFINITY, lost: false, commit: 0, applied: 0 };
      this.#peers.set(id, peer);
    }
    return peer;
  }

  heard(id: ReplicaId): void {
    const peer = this.#peer(id);
    peer.heard = this.#context.now;
    peer.lost = false;
  }

  lost(id: ReplicaId): void {
    this.#peer(id).lost = true;
  }

  isLost(id: ReplicaId): boolean {
    return this.#peer(id).lost;
  }

  committed(id: ReplicaId, commit: Slot): void {
    const peer = this.#peer(id);
    peer.commit = Math.max(peer.commit, commit);
  }

  executed(id: ReplicaId, applied: Slot): void {
    this.#peer(id).applied = applied;
  }

  commit(id: ReplicaId): Slot {
    return this.#peer(id).commit;
  }

  applied(id: ReplicaId): Slot {
    return this.#peer(id).applied;
  }

  /** Whether `id` was heard within the last `period` ms; oneself always was. */
  isAlive(id: ReplicaId, period: number): boolean {
    if (id === this.#context.self.id) return true;
    const peer = this.#peer(id);
    return !peer.lost && this.#context.now - peer.heard <= period;
  }

  /** Members of `view` heard within the last `period` ms. */
  alive(view: View, period: number): Set<ReplicaId> {
    const ids = view.members.map((member) => member.id);
    return new Set(ids.filter((id) => this.isAlive(id, period)));
  }

  acknowledged(id: ReplicaId, position: number): void {
    if (position > this.position(id)) this.#positions.set(id, position);
  }

  position(id: ReplicaId): number {
    return this.#positions.get(id) ?? 0;
  }

  /** What is known of the members' positions, for the heartbeat. */
  positions(view: View): (readonly [ReplicaId, number])[] {
    return view.members
      .map((member) => [member.id, this.position(member.id)] as const)
      .filter(([, position]) => position > 0);
  }

  /** Forgets replicas that are neither members nor learners, so that names from outside do not pile up. */
  keepOnly(ids: ReadonlySet<ReplicaId>): void {
    for (const id of this.#peers.keys()) if (!ids.has(id)) this.#peers.delete(id);
  }
}
