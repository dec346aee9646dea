import type { ReplicaId } from './ballot.ts';
import type { Message } from './message.ts';
import type { Replica } from './replica.ts';
import { memberOf } from './view.ts';

/** At most one line about strangers in so many ms: anybody can send anything. */
const NOTICE_EVERY_MS = 1000;

/**
 * Whose messages count (docs/protocol.md, Safety 4). Ids are not secret and not proven, so this is no defence
 * against malice; it keeps whoever merely knows the instance, or belonged to it once, from disturbing it. A
 * message that is not heard is a lost one, which harms nothing.
 */
export class Hearing {
  readonly #replica: Replica;
  #noticedAt = Number.NEGATIVE_INFINITY;

  constructor(replica: Replica) {
    this.#replica = replica;
  }

  /** Whether the view, the leader, the contacts, or the list of those who come and go name this replica. */
  names(id: ReplicaId): boolean {
    const { acceptor, context, election, leader, log, membership, stranger } = this.#replica;
    return (
      memberOf(log.view, id) !== undefined ||
      id === context.self.id ||
      id === election.leader ||
      id === acceptor.promised.leader ||
      stranger.contacts().some((member) => member.id === id) ||
      (leader !== undefined && membership.names(id))
    );
  }

  /** Whether to handle the message; if not, people are told of it now and then. */
  hears(from: ReplicaId, message: Message): boolean {
    if (this.names(from)) {
      // Ids that nothing names are not remembered: anybody can make them up.
      this.#replica.peers.heard(from);
      return true;
    }
    if (this.#mayAsk(message)) return true;
    const { context } = this.#replica;
    if (context.now - this.#noticedAt >= NOTICE_EVERY_MS) {
      this.#noticedAt = context.now;
      context.notice({ kind: 'ignored', from, message: message.kind });
    }
    return false;
  }

  /**
   * A replica that nothing names may ask to join, to leave, and for what was decided. It may speak as a
   * leader or candidate only to one that hears no leader: its own view may be so old that nobody of it is
   * left. Everything else answers a question, and those who were asked have names.
   */
  #mayAsk(message: Message): boolean {
    switch (message.kind) {
      case 'join':
      case 'leave':
      case 'fetch':
      case 'snapshotFetch':
        return true;
      case 'preVote':
        // Whoever was removed while it was away has to be told.
        return message.epoch < this.#replica.log.view.epoch || !this.#hearsLeader();
      case 'prepare':
      case 'accept':
      case 'heartbeat':
        return !this.#hearsLeader();
      default:
        return false;
    }
  }

  #hearsLeader(): boolean {
    const { leader, election } = this.#replica;
    return leader?.leading === true || election.leaderServes;
  }
}
