import type { Replica } from './replica.ts';
import { failuresTolerated, memberOf } from './view.ts';

/**
 * Tells people and clients of changes of the view, however they were learned, and people once that this
 * replica can serve.
 */
export class Announcer {
  readonly #replica: Replica;
  /** The view that people were last told of. */
  #epoch: number;
  #ready = false;

  constructor(replica: Replica) {
    this.#replica = replica;
    this.#epoch = replica.log.view.epoch;
  }

  /** @param leads Whether this replica leads and takes requests in. */
  endStep(leads: boolean): void {
    const { context, desk, log } = this.#replica;
    if (log.view.epoch !== this.#epoch) {
      this.#epoch = log.view.epoch;
      context.notice({ kind: 'viewChanged', view: log.view });
      for (const connection of desk.connections()) {
        context.respond(connection, { kind: 'view', view: log.view });
      }
    }
    if (!this.#ready) this.#announce(leads);
  }

  #announce(leads: boolean): void {
    const { applier, catchUp, context, election, leader, log, peers } = this.#replica;
    const { view, applied } = applier;
    if (memberOf(view, context.self.id) === undefined) return;
    const follows = election.leader !== undefined && log.commit - applied <= 1;
    if (!(leads || (follows && leader === undefined && !catchUp.behind))) return;
    this.#ready = true;
    const alive = leads
      ? peers.alive(view, context.timing.electionMax)
      : new Set(view.members.map((member) => member.id));
    context.notice({ kind: 'ready', view, tolerated: failuresTolerated(view, alive) });
  }
}
