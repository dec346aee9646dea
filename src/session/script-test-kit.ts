import { Random } from '../base/index.ts';
import { REPLY } from '../paxos/index.ts';
import type { ClientRequest, ClientResponse, Member, View } from '../paxos/index.ts';
import { encodeResult } from '../wire/index.ts';
import { ClientSession } from './index.ts';
import type {
  CallId,
  CallRequest,
  Failure,
  Greeting,
  SessionEffect,
  SessionOptions,
} from './index.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const INSTANCE = 'cafe';
export const A = 'a:1';
export const B = 'b:1';
export const C = 'c:1';

export function bytes(content: string): Uint8Array {
  return encoder.encode(content);
}

export function text(content: Uint8Array): string {
  return decoder.decode(content);
}

export function viewOf(epoch: number, ...addresses: readonly string[]): View {
  const members = addresses.map((address, at): Member => ({ id: at + 1, address, durable: true }));
  return { epoch, start: 1, members };
}

/** The bytes of a reply to a call whose executor returned `content`. */
export function resultReply(content: string): Uint8Array {
  return Uint8Array.of(REPLY.result, ...bytes(content));
}

/** A `ClientSession` with a clock, and a replica whose part the test plays. Effects read as text. */
export class Script {
  now = 1000;
  readonly session: ClientSession;
  /** Of the last `connect`. */
  link = 0;
  /** Of the last call that failed. */
  failure: Failure | undefined;
  /** The id that the client chose for the session that it opened last. */
  client: Uint8Array = new Uint8Array();
  #clients = 0;

  constructor(options: Partial<SessionOptions> = {}) {
    this.session = new ClientSession({
      random: new Random(7),
      newClientId: () => new Uint8Array(16).fill(++this.#clients),
      bootstrap: [A, B, C],
      ...options,
    });
  }

  /** Makes a call whose command is the name of the method. */
  call(method: string, request: Partial<CallRequest> = {}): CallId {
    return this.session.call(this.now, {
      method,
      command: bytes(method),
      consistency: 'linearizable',
      deadline: this.now + 60_000,
      ...request,
    });
  }

  /** The replica at the other end greets, as the leader unless told otherwise. */
  greet(greeting: Partial<Greeting> = {}): string[] {
    this.session.connected(this.now, this.link, {
      instance: INSTANCE,
      generation: 1,
      view: viewOf(1, A, B, C),
      leads: true,
      leader: undefined,
      reads: new Set(['get', 'size']),
      ...greeting,
    });
    return this.turn();
  }

  answer(...responses: readonly ClientResponse[]): string[] {
    this.session.received(this.now, this.link, responses);
    return this.turn();
  }

  opened(session = 1): string[] {
    return this.answer({ kind: 'opened', client: this.client, session });
  }

  reply(sequence: number, content = 'ok', session = 1): string[] {
    const slot = 100 + sequence;
    return this.answer({ kind: 'reply', session, sequence, slot, reply: resultReply(content) });
  }

  break(reason = 'reset'): string[] {
    this.session.disconnected(this.now, this.link, reason);
    return this.turn();
  }

  turn(): string[] {
    return this.session.turn(this.now).flatMap((effect) => this.#show(effect));
  }

  /** Lets time pass, with a turn whenever the session asked for one. */
  pass(ms: number): string[] {
    const end = this.now + ms;
    const shown: string[] = [];
    while (this.session.wakeAt <= end) {
      if (this.session.wakeAt < this.now) throw new Error('asked to wake up in the past');
      this.now = this.session.wakeAt;
      shown.push(...this.turn());
      if (this.session.wakeAt <= this.now) throw new Error('a turn leaves something due');
    }
    this.now = end;
    return shown;
  }

  /** Up to an open session on the leader at A, with nothing outstanding. */
  serve(): this {
    const id = this.call('first');
    this.turn();
    this.greet();
    this.opened();
    this.reply(1);
    if (id !== 1) throw new Error('serve() comes first');
    return this;
  }

  #show(effect: SessionEffect): string[] {
    switch (effect.kind) {
      case 'connect':
        this.link = effect.link;
        return [`connect ${effect.address}`];
      case 'lost':
        return [`lost ${effect.sequences.join(' ')}: ${effect.reason.message}`];
      case 'settled': {
        const { settlement } = effect;
        if (settlement.kind === 'result') return [`#${effect.id} = ${text(settlement.result)}`];
        if (settlement.kind === 'fate') {
          const { fate } = settlement;
          const what = fate.kind === 'applied' ? text(fate.result) : '';
          return [`#${effect.id} ${fate.kind} ${what}`.trim()];
        }
        const { code, outcome, requestId } = settlement.failure;
        this.failure = settlement.failure;
        return [`#${effect.id} ${code} ${outcome} ${requestId ?? ''}`.trim()];
      }
      case 'send':
        return [`send ${effect.requests.map((request) => this.#showRequest(request)).join(', ')}`];
      case 'disconnect':
      case 'ping':
      case 'closed':
        return [effect.kind];
    }
  }

  #showRequest(request: ClientRequest): string {
    if (request.kind === 'attach') return `attach ${request.session}`;
    if (request.kind === 'renew') return `renew ${request.session} ${request.token}`;
    if (request.kind === 'read') {
      const { consistency, token, after, atLeast, command, maxLagMs } = request;
      const bound = maxLagMs === undefined ? '' : ` within ${maxLagMs}`;
      const how = consistency === 'stale' ? `stale>=${atLeast}${bound}` : `after ${after}`;
      return `read ${token} ${text(command)} ${how}`;
    }
    const { item } = request;
    if (item.kind === 'open') {
      this.client = item.client;
      return `open ${item.client[0]}`;
    }
    if (item.kind === 'close') return `close ${item.session}`;
    if (!('session' in item)) return item.kind;
    if (item.kind === 'acknowledge') return `acknowledge ${item.session} below ${item.lowWater}`;
    const received = item.received.length > 0 ? `+${item.received.join('+')}` : '';
    const name = `${item.session}/${item.sequence}`;
    const low = item.lowWater === item.sequence ? '' : ` low ${item.lowWater}${received}`;
    if (item.kind === 'call') return `${text(item.command)} ${name}${low}`;
    if (item.kind === 'cancel') return `cancel ${name}${low}`;
    if (item.kind === 'withdraw') return `withdraw ${name}${low} of ${item.callSequence}`;
    return `resolve ${name}${low} of ${item.target.session}/${item.target.sequence}`;
  }
}

export const NOT_READ = encodeResult({ kind: 'notRead' });
