import { ByteReader } from '../../src/base/index.ts';
import { decodeEntry, readGrant, REPLY } from '../../src/paxos/index.ts';
import type {
  Ballot,
  ClientResponse,
  Entry,
  Item,
  LogRecord,
  Message,
  MessageOf,
  PValue,
  ReplicaId,
  SessionNumber,
  View,
} from '../../src/paxos/index.ts';

const decoder = new TextDecoder();

type OfBallots = MessageOf<
  'prepare' | 'promise' | 'accept' | 'accepted' | 'preempted' | 'heartbeat' | 'alive'
>;

/** Puts what replicas say into words. Names are one letter; the replica `a` has the id 1. */
export class Words {
  readonly #sessions = new Map<SessionNumber, string>();

  nameSession(session: SessionNumber, client: string): void {
    this.#sessions.set(session, client);
  }

  session(session: SessionNumber): string {
    return this.#sessions.get(session) ?? `session ${session}`;
  }

  view({ epoch, members }: View): string {
    return `view ${epoch} {${members.map(({ id }) => replicaName(id)).join(' ')}}`;
  }

  entry(entry: Entry): string {
    const content = decodeEntry(entry);
    if (content.kind === 'noop') return 'no-op';
    if (content.kind === 'view') return this.view(content.view);
    if (content.kind === 'skip') return `without call ${content.index} of slot ${content.slot}`;
    if (content.kind === 'begin') return `begin of ${showBallot(content.ballot)}`;
    if (content.kind === 'firm') return `firm up to slot ${content.through}`;
    return content.items.map((item) => this.#item(item)).join(', ');
  }

  #item(item: Item): string {
    switch (item.kind) {
      case 'open':
        return `open ${clientName(item.client)}`;
      case 'call':
        return `${this.session(item.session)}#${item.sequence} ${textOf(item.command)}`;
      case 'cancel':
        return `${this.session(item.session)}#${item.sequence} cancelled`;
      case 'resolve': {
        const target = `${this.session(item.target.session)}#${item.target.sequence}`;
        return `${this.session(item.session)}#${item.sequence} resolve ${target}`;
      }
      case 'withdraw':
        return `${this.session(item.session)}#${item.sequence} withdraw #${item.callSequence}`;
      case 'lapse':
        return `leases of ${item.sessions.map((one) => this.session(one)).join(' ')} are over`;
      case 'timeout':
        return `time of ${this.session(item.call.session)}#${item.call.sequence} is over`;
      case 'acknowledge':
        return `${this.session(item.session)} has all below #${item.lowWater}`;
      case 'close':
        return `close ${this.session(item.session)}`;
      case 'era':
        return `era above ${item.above}`;
      case 'expire':
        return `expire ${item.sessions.map((session) => this.session(session)).join(' ')}`;
    }
  }

  #pvalue({ slot, ballot, entry }: PValue): string {
    return `slot ${slot} in ${showBallot(ballot)} (${this.entry(entry)})`;
  }

  record(record: LogRecord): string {
    switch (record.kind) {
      case 'promised':
        return `promises ${showBallot(record.ballot)}`;
      case 'accepted':
        return `accepts ${this.#pvalue(record)}`;
      case 'decided':
        return `records slot ${record.slot} as decided (${this.entry(record.entry)})`;
      case 'commit':
        return `records that slots up to ${record.slot} are decided`;
    }
  }

  message(message: Message): string {
    switch (message.kind) {
      case 'prepare':
        return `prepare ${showBallot(message.ballot)} from slot ${message.from}`;
      case 'promise': {
        const accepted = message.accepted.map((pvalue) => this.#pvalue(pvalue)).join(', ');
        const votes = accepted === '' ? 'no votes' : `votes: ${accepted}`;
        return `promise ${showBallot(message.ballot)}, decided up to ${message.commit}, ${votes}`;
      }
      case 'accept':
        return `accept ${this.#pvalue(message)}, decided up to ${message.commit}`;
      case 'accepted': {
        const { first, last, ballot } = message;
        const slots = first === last ? `slot ${first}` : `slots ${first}-${last}`;
        return `accepted ${slots} in ${showBallot(ballot)}`;
      }
      case 'preempted':
        return `preempted ${showBallot(message.ballot)}`;
      case 'heartbeat':
      case 'alive': {
        const { kind, ballot, round, commit } = message;
        return `${kind} ${showBallot(ballot)} round ${round}, decided up to ${commit}`;
      }
      default:
        return this.#otherMessage(message);
    }
  }

  #otherMessage(message: Exclude<Message, OfBallots>): string {
    switch (message.kind) {
      case 'preVote':
        return `pre-vote for round ${message.round}`;
      case 'preVoteReply':
        return `pre-vote for round ${message.round} ${message.granted ? 'granted' : 'refused'}`;
      case 'fetch':
        return message.from === 0 ? 'fetch of a snapshot' : `fetch from slot ${message.from}`;
      case 'decided': {
        const last = message.from + message.entries.length - 1;
        return last === message.from
          ? `decided slot ${last}`
          : `decided slots ${message.from}-${last}`;
      }
      case 'snapshotOffer':
        return `offer of the snapshot at slot ${message.snapshot.slot}`;
      case 'snapshotFetch':
        return `fetch of the snapshot at slot ${message.snapshot.slot} from byte ${message.offset}`;
      case 'snapshotChunk':
        return `chunk of the snapshot at slot ${message.snapshot.slot} at byte ${message.offset}`;
      case 'join':
        return 'may I join?';
      case 'leave':
        return 'may I leave?';
      case 'departed':
        return `you may go, by ${this.view(message.view)}`;
      case 'campaign':
        return `campaign to succeed ${showBallot(message.ballot)}`;
      case 'follow':
        return message.leader === undefined
          ? 'I know no leader'
          : `follow ${replicaName(message.leader.id)}`;
      case 'readIndex':
        return 'which slots are decided?';
      case 'readIndexReply':
        return `slots up to ${message.index} were decided when you asked`;
      case 'diverged':
        return message.checkpoint.digest === ''
          ? `no majority agrees at slot ${message.checkpoint.slot}`
          : `the majority's state after slot ${message.checkpoint.slot} has another digest`;
      case 'stuck':
        return `stuck at call ${message.index} of slot ${message.slot}`;
    }
  }

  response(response: ClientResponse): string {
    switch (response.kind) {
      case 'opened':
        return `session ${response.session} is open`;
      case 'attached':
        return `go on with #${response.next}`;
      case 'reply':
        return `#${response.sequence} ${showReply(response.reply)} (slot ${response.slot})`;
      case 'waiting':
        return `#${response.sequence} waits`;
      case 'renewed':
        return `owns ${response.owned.map((one) => `#${one}`).join(' ') || 'nothing'}`;
      case 'readReply':
        return `read ${response.token} is ${textOf(response.result)} (slot ${response.slot})`;
      case 'readRefused':
        return `read ${response.token} is refused: ${response.reason}`;
      case 'resend':
        return `send again from #${response.from}: ${response.reason}`;
      case 'openRefused':
        return `no session: ${response.reason}`;
      case 'expired':
        return `session ${response.session} is gone`;
      case 'view':
        return `it is ${this.view(response.view)} now`;
      case 'later':
        return 'leads, and asks for patience';
      case 'redirect':
        return response.leader === undefined ? 'nobody leads' : `ask ${response.leader[0]}`;
      case 'noQuorum':
        return `no quorum without ${response.missing.map(replicaName).join(' ')}`;
    }
  }
}

export function replicaName(id: ReplicaId): string {
  return String.fromCharCode(96 + id);
}

export function replicaId(name: string): ReplicaId {
  return name.charCodeAt(0) - 96;
}

export function showBallot({ round, leader }: Ballot): string {
  return round === 0 ? 'nothing' : `${round}.${replicaName(leader)}`;
}

/** A client's id is its letter, sixteen times. */
export function clientName(id: Uint8Array): string {
  return String.fromCharCode(id[0] ?? 0);
}

export function clientId(name: string): Uint8Array {
  return new Uint8Array(16).fill(name.charCodeAt(0));
}

/** Long commands and results fill a log; nobody wants to read them. */
export function textOf(bytes: Uint8Array): string {
  return bytes.length > 60
    ? `${decoder.decode(bytes.subarray(0, 3))}…${bytes.length} bytes`
    : decoder.decode(bytes);
}

function showReply(reply: Uint8Array): string {
  switch (reply[0]) {
    case REPLY.result:
      return `is ${textOf(reply.subarray(1))}`;
    case REPLY.cancelled:
      return 'is cancelled';
    case REPLY.resolvedReply:
      return `says: it ${showReply(reply.subarray(1))}`;
    case REPLY.resolvedNever:
      return 'says: it never happens';
    case REPLY.forgotten:
      return 'says: it happened, its reply is forgotten';
    case REPLY.resolvedUnknown:
      return 'says: no record of that session is left';
    case REPLY.granted: {
      const reader = new ByteReader(reply.subarray(1));
      const { index, slot } = readGrant(reader);
      return `is ${textOf(reader.rest())}, granted in ${slot}.${index}`;
    }
    case REPLY.lapsed:
      return 'waited for longer than its lease';
    default:
      return `is a reply of kind ${reply[0]}`;
  }
}
