import type { SessionNumber } from '../paxos/index.ts';
import { Verdict } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/** ms by which leases are looked at too late, at most. */
const SLACK_MS = 1000;
/** ms in which what a leader proposes is decided, unless it loses its office. */
const DECIDED_MS = 5000;

/** Since when, by the clock of the leader, something is so. */
type Since = Map<SessionNumber, number>;

/**
 * What a dead client owned, or waited for, is passed on when its lease is over: in the time of one leader,
 * since another one begins all leases anew.
 */
export class LeaseJudge {
  readonly #patienceMs: number;
  #leader: ReplicaProcess | undefined;
  #ballot = '';
  readonly #held: Since = new Map();
  readonly #lapsing: Since = new Map();

  constructor(leaseMs: number) {
    this.#patienceMs = leaseMs + SLACK_MS;
  }

  /**
   * To be called now and then.
   *
   * @param now By the clock of the leader, ms: it may be slow, or stand still.
   * @param isDead Whether the client of a session has ended.
   */
  look(
    now: number,
    leader: ReplicaProcess | undefined,
    isDead: (session: SessionNumber) => boolean,
  ): void {
    const ballot = leader === undefined ? '' : leader.replica.status().ballot;
    if (leader !== this.#leader || ballot !== this.#ballot || !serves(leader)) this.#begin();
    this.#leader = leader;
    this.#ballot = ballot;
    if (leader === undefined || !serves(leader)) return;
    const { applier, desk } = leader.replica;
    for (const session of [...this.#held.keys(), ...this.#lapsing.keys()]) {
      if (applier.sessions.stakes.has(session)) continue;
      this.#held.delete(session);
      this.#lapsing.delete(session);
    }
    for (const session of applier.sessions.stakes.sessions()) {
      if (!isDead(session)) continue;
      const lapses = desk.leases.isLapsing(session);
      const [since, patience] = lapses
        ? ([this.#lapsing, DECIDED_MS] as const)
        : ([this.#held, this.#patienceMs] as const);
      const from = since.get(session) ?? now;
      since.set(session, from);
      if (now - from <= patience) continue;
      const what = lapses ? 'the end of whose lease is never decided' : 'whose lease is not over';
      throw new Verdict('lease', `session ${session} is that of a dead client, ${what}`);
    }
  }

  #begin(): void {
    this.#held.clear();
    this.#lapsing.clear();
  }
}

/** A leader that waits for its own executor, or may not speak, decides nothing for the time being. */
function serves(leader: ReplicaProcess | undefined): boolean {
  if (leader === undefined || leader.process.stopped) return false;
  const { applier, desk, digests, log } = leader.replica;
  const own = leader.replica.leader?.ownSlot;
  if (own === undefined || applier.applied < own || applier.halted) return false;
  return digests.doubted === undefined && !desk.withholds && log.commit - applier.applied < 8;
}
