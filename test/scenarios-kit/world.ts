import { DEFAULT_RETENTION, makeView } from '../../src/paxos/index.ts';
import type {
  ClientRequest,
  ClientResponse,
  Event,
  Member,
  ReplicaId,
  Retention,
  Timing,
} from '../../src/paxos/index.ts';
import { Clients } from './clients.ts';
import { Disk } from './disk.ts';
import { Network } from './network.ts';
import type { Flight } from './network.ts';
import { ScenarioProcess } from './process.ts';
import type { Surroundings, Topic } from './process.ts';
import { replicaId, replicaName, showBallot, Words } from './show.ts';

/** No chance in a scenario: whoever ticks for a second without hearing a leader campaigns. */
const TIMING: Timing = {
  heartbeat: 100,
  electionMin: 1000,
  electionMax: 1000,
  resend: 200,
  recordLifetime: 3_600_000,
};

/** Clocks move in steps of this, ms. */
export const TICK_MS = 100;
/** More deliveries than any story has. */
const SETTLE_LIMIT = 20_000;

/** What a scenario can change at its begin. */
export interface Setting {
  readonly replicas: number;
  readonly snapshotEvery?: number;
  readonly tail?: number;
  readonly recordLifetime?: number;
  readonly chunk?: number;
  /** Bytes of replies that are kept for all sessions. */
  readonly replyBytes?: number;
  /** 1: the replicas keep nothing on disk. */
  readonly memory?: number;
}

/** The replicas, disks, clocks, network and clients of a scenario; nothing moves by itself. */
export class World {
  readonly network = new Network();
  readonly words = new Words();
  readonly clients: Clients;
  readonly processes = new Map<string, ScenarioProcess>();
  readonly shown = new Set<Topic>([
    'offices',
    'records',
    'decisions',
    'views',
    'snapshots',
    'replies',
  ]);
  readonly #surroundings: Surroundings;
  readonly #durable: boolean;
  #output: string[] = [];
  #queue: (() => void)[] = [];

  constructor(setting: Setting) {
    this.#durable = setting.memory !== 1;
    const members = Array.from({ length: setting.replicas }, (_, index) =>
      memberAt(index + 1, this.#durable),
    );
    this.#surroundings = {
      timing: { ...TIMING, recordLifetime: setting.recordLifetime ?? TIMING.recordLifetime },
      retention: retentionOf(setting),
      words: this.words,
      genesis: makeView(1, 1, members),
      chunkBytes: setting.chunk ?? 1024,
      say: (topic, line) => this.say(topic, line),
      soon: (callback) => this.#queue.push(callback),
      send: (from, to, message) => this.#send({ from, to, message }),
      respond: (connection, response) => this.#respond(connection, response),
    };
    this.clients = new Clients();
    for (const member of members) this.#start(member, new Disk(), members, 0);
    this.drain();
  }

  say(topic: Topic | undefined, line: string): void {
    if (topic === undefined || this.shown.has(topic)) this.#output.push(line);
  }

  /** What was said since the last time. */
  takeOutput(): readonly string[] {
    const output = this.#output;
    this.#output = [];
    return output;
  }

  process(name: string | undefined): ScenarioProcess {
    const process = this.processes.get(name ?? '');
    if (process === undefined) throw new Error(`no replica ${name}`);
    return process;
  }

  live(): readonly ScenarioProcess[] {
    return [...this.processes.values()].filter(({ alive }) => alive);
  }

  /** Lets everything happen that has become due, without time or network. */
  drain(): void {
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) next();
  }

  push(name: string | undefined, event: Event): void {
    this.process(name).push(event);
    this.drain();
  }

  #start(member: Member, disk: Disk, contacts: readonly Member[], now: number): ScenarioProcess {
    const surroundings = this.#surroundings;
    const process = new ScenarioProcess({ surroundings, member, contacts, disk, now });
    this.processes.set(process.name, process);
    process.host.tick();
    return process;
  }

  restart(name: string): void {
    const { member, disk, now } = this.process(name);
    const process = this.#start(member, new Disk(disk), this.#members(), now);
    const { promised } = process.replica.acceptor;
    const commit = process.replica.log.commit;
    const knowledge = `it has promised ${showBallot(promised)}, and knows slots up to ${commit}`;
    this.say(undefined, `${name} comes back: ${knowledge}`);
    this.drain();
  }

  /** A new life, which knows the members by name only. */
  join(name: string, address: string): void {
    const now = Math.max(...this.live().map((process) => process.now));
    const member = { ...memberAt(replicaId(name), this.#durable), address: addressOf(address) };
    this.#start(member, new Disk(), this.#members(), now);
    this.drain();
  }

  #members(): readonly Member[] {
    const views = this.live().map(({ replica }) => replica.log.view);
    views.push(this.#surroundings.genesis);
    return views.reduce((a, b) => (b.epoch > a.epoch ? b : a)).members;
  }

  request(client: string, replica: string, request: ClientRequest): void {
    const connection = this.clients.connection(client, replica);
    this.push(replica, { kind: 'request', connection, request });
  }

  #respond(connection: number, response: ClientResponse): void {
    const { client, replica } = this.clients.endpoint(connection);
    if (response.kind === 'opened') {
      this.clients.opened(client, response.session);
      this.words.nameSession(response.session, client);
    }
    this.say('replies', `${client} hears from ${replica}: ${this.words.response(response)}`);
  }

  #send(flight: Flight): void {
    const { from, to, message } = flight;
    const topic =
      message.kind === 'heartbeat' || message.kind === 'alive' ? 'heartbeats' : 'messages';
    const text = this.words.message(message);
    const sent = this.connected(from, to) && this.network.send(flight);
    this.say(topic, sent ? `${from}->${to} ${text}` : `${from}->${to} lost: ${text}`);
  }

  /** Whether one of the two keeps a connection to the other: here, whoever is called has called back. */
  connected(from: string, to: string): boolean {
    const one = this.processes.get(from);
    const other = this.processes.get(to);
    if (one === undefined || other === undefined) return false;
    return one.peers.has(replicaId(to)) || other.peers.has(replicaId(from));
  }

  deliver({ from, to, message }: Flight): void {
    if (this.processes.get(to)?.alive !== true) return;
    // A copy, as if it had been bytes on the way.
    const event: Event = {
      kind: 'message',
      from: replicaId(from),
      message: structuredClone(message),
    };
    this.push(to, event);
  }

  /** Delivers everything, and what is sent because of it, until nothing is on its way. */
  settle(): void {
    this.drain();
    for (let deliveries = 0; deliveries < SETTLE_LIMIT; deliveries++) {
      const flight = this.network.next();
      if (flight === undefined) return;
      this.deliver(flight);
    }
    throw new Error('does not settle');
  }

  /** Moves the clocks of these replicas, step by step. */
  tick(processes: readonly ScenarioProcess[], ms: number, between: () => void): void {
    for (let passed = 0; passed < ms; passed += TICK_MS) {
      for (const process of processes) process.tick(Math.min(TICK_MS, ms - passed));
      this.drain();
      between();
    }
  }
}

function memberAt(id: ReplicaId, durable: boolean): Member {
  return { id, address: addressOf(replicaName(id)), durable };
}

function addressOf(name: string): string {
  return `${name}:14000`;
}

function retentionOf({ snapshotEvery, tail, replyBytes }: Setting): Retention {
  return {
    ...DEFAULT_RETENTION,
    ...(snapshotEvery === undefined ? {} : { snapshotEverySlots: snapshotEvery }),
    ...(tail === undefined ? {} : { tailSlots: tail }),
    ...(replyBytes === undefined ? {} : { replyBytes }),
  };
}
