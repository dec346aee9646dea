import type { SessionNumber } from '../paxos/index.ts';
import { Verdict } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';
import { MS, SECOND } from './world.ts';

/** What leaders' clocks may be slower by, and how late leases may be looked at. */
const SLOWEST = 1.1;
const SLACK_US = SECOND;
/** µs in which what a leader proposes is decided, unless it loses its office. */
const DECIDED_US = 5 * SECOND;

/** Since when, in true µs, something is so under one leader. */
type Since = Map<SessionNumber, number>;

/**
 * What a dead client owned, or waited for, is passed on when its lease is over: in the time of one leader,
 * since another one begins all leases anew.
 */
export class LeaseJudge {
  readonly #patienceUs: number;
  #leader: ReplicaProcess | undefined;
  #ballot = '';
  readonly #held: Since = new Map();
  readonly #lapsing: Since = new Map();

  constructor(leaseMs: number) {
    this.#patienceUs = leaseMs * MS * SLOWEST + SLACK_US;
  }

  /** To be called now and then; `isDead` says whether the client of a session has ended. */
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
        ? ([this.#lapsing, DECIDED_US] as const)
        : ([this.#held, this.#patienceUs] as const);
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
