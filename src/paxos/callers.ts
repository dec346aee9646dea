import { limits } from '../base/index.ts';
import type { ReplicaId } from './ballot.ts';
import type { Log } from './log.ts';
import { memberOf } from './view.ts';
import type { Member } from './view.ts';

/**
 * The replicas that have a connection to here. A connection carries messages one way only, so whoever is
 * to be answered has to be called back; and one that is not in the own log's view may be in a later one,
 * where it needs this replica for a majority. To be called back is no reason to be heard (docs/protocol.md,
 * Safety 4).
 */
export class Callers {
  readonly #log: Log;
  /** Whoever called last comes last. */
  readonly #callers = new Map<ReplicaId, Member>();
  #changes = 0;

  constructor(log: Log) {
    this.#log = log;
  }

  /** Counts changes of the callers. */
  get changes(): number {
    return this.#changes;
  }

  /** The newest callers that the own log's view does not contain: anybody can call. */
  strangers(): readonly Member[] {
    const { view } = this.#log;
    return [...this.#callers.values()]
      .filter(({ id }) => memberOf(view, id) === undefined)
      .slice(-limits.MAX_MEMBERS);
  }

  called(member: Member): void {
    this.#callers.delete(member.id);
    this.#callers.set(member.id, member);
    this.#changes++;
    const kept = new Set(this.strangers());
    for (const caller of [...this.#callers.values()]) {
      const stranger = memberOf(this.#log.view, caller.id) === undefined;
      if (stranger && !kept.has(caller)) this.#callers.delete(caller.id);
    }
  }

  hungUp(id: ReplicaId): void {
    if (this.#callers.delete(id)) this.#changes++;
  }
}
