import { Random } from '../base/index.ts';
import type { ClientRequest, ClientResponse } from '../paxos/index.ts';
import { ClientSession } from './index.ts';
import type { CallId, LinkId, SessionEffect, Settlement } from './index.ts';
import { ModelService } from './model-test-kit.ts';
import { INSTANCE } from './script-test-kit.ts';

/** Of a thousand, how many requests, connections or moments meet with this. */
export interface Faults {
  /** A connection breaks, with requests and responses on their way lost or late. */
  readonly breaks: number;
  /** A connection goes silent. */
  readonly silences: number;
  /** The leader forgets a request. */
  readonly forgets: number;
  /** A reply goes to a connection that is no more, as when an older one was served late. */
  readonly strays: number;
  /** The leader takes a request twice. */
  readonly repeats: number;
  /** The leader refuses a request for now. */
  readonly refusals: number;
  /** The leader changes, or there is none for a while. */
  readonly elections: number;
  readonly expiries: number;
  /** All replies that the replicas keep are given up. */
  readonly losses: number;
}

interface Connection {
  readonly link: LinkId;
  readonly replica: number;
  state: 'up' | 'silent' | 'broken';
  /** When what was sent last arrives: a connection keeps its order. */
  arrival: number;
}

interface Planned {
  readonly at: number;
  readonly run: () => void;
}

/** A `ClientSession` among model replicas and faults, on a virtual clock. */
export class World {
  now = 0;
  readonly session: ClientSession;
  readonly service = new ModelService();
  readonly random: Random;
  readonly settled = new Map<CallId, Settlement[]>();
  closed = false;
  /** Switched off when faults end. */
  faults: Faults;
  #leader: number | undefined = 0;
  #connection: Connection | undefined;
  #planned: Planned[] = [];

  constructor(seed: number, faults: Faults) {
    this.random = new Random(seed);
    this.faults = faults;
    const ids = this.random.fork();
    this.session = new ClientSession({
      random: this.random.fork(),
      newClientId: () => Uint8Array.from({ length: 16 }, () => ids.between(0, 255)),
      bootstrap: ['b:1'],
      acknowledgeBytes: 0,
    });
    this.service.onReply = (_session, response) => {
      if (this.#connection !== undefined) this.#respond(this.#connection, [response]);
    };
  }

  #happens(perThousand: number): boolean {
    return this.random.chance(perThousand, 1000);
  }

  plan(delay: number, run: () => void): void {
    this.#planned.push({ at: this.now + delay, run });
  }

  /** Runs until `done` or until nothing is due before `end`. */
  run(end: number, done: () => boolean): void {
    this.#perform();
    while (!done()) {
      this.#planned.sort((a, b) => a.at - b.at);
      const planned = this.#planned[0]?.at ?? Infinity;
      // Turns come late now and then, as they do in a busy program.
      const at = Math.max(this.now, Math.min(planned, this.session.wakeAt));
      if (at > end) {
        this.now = end;
        return;
      }
      this.now = at;
      if (planned <= at) this.#planned.shift()?.run();
      this.#perform();
    }
  }

  heal(): void {
    this.faults = {
      breaks: 0,
      silences: 0,
      forgets: 0,
      strays: 0,
      repeats: 0,
      refusals: 0,
      elections: 0,
      expiries: 0,
      losses: 0,
    };
    this.#leader = 1;
  }

  #perform(): void {
    if (this.#happens(this.faults.elections)) this.#elect();
    if (this.#happens(this.faults.expiries)) this.service.expireAll();
    if (this.#happens(this.faults.losses)) this.service.giveUpReplies();
    if (this.#happens(this.faults.breaks)) this.#break();
    if (this.#happens(this.faults.silences) && this.#connection !== undefined) {
      this.#connection.state = 'silent';
    }
    for (const effect of this.session.turn(this.now)) this.#do(effect);
    if (this.session.wakeAt <= this.now) throw new Error('a turn leaves something due');
  }

  #do(effect: SessionEffect): void {
    switch (effect.kind) {
      case 'connect':
        this.#connect(effect.link, effect.address);
        return;
      case 'disconnect':
        if (this.#connection?.link !== effect.link) throw new Error('disconnects another link');
        this.#connection.state = 'broken';
        return;
      case 'send':
        this.#sendAll(effect.link, effect.requests);
        return;
      case 'ping': {
        const connection = this.#connection;
        if (connection?.state !== 'up') return;
        this.plan(5, () => this.session.heard(this.now, connection.link));
        return;
      }
      case 'settled':
        this.settled.set(effect.id, [...(this.settled.get(effect.id) ?? []), effect.settlement]);
        return;
      case 'lost':
        throw new Error('nothing is owned here');
      case 'closed':
        this.closed = true;
    }
  }

  #connect(link: LinkId, address: string): void {
    const replica = 'abc'.indexOf(address.charAt(0));
    const connection: Connection = { link, replica, state: 'up', arrival: this.now };
    this.#connection = connection;
    if (this.#happens(this.faults.silences)) connection.state = 'silent';
    this.plan(this.random.between(1, 10), () => {
      if (connection.state === 'silent') return;
      if (connection.state === 'broken' || this.#happens(this.faults.breaks * 10)) {
        this.session.disconnected(this.now, link, 'refused');
        return;
      }
      this.session.connected(this.now, link, {
        instance: INSTANCE,
        generation: 1,
        view: this.service.view,
        leads: this.#leader === replica,
        leader: this.#leaderAddress(),
        reads: new Set(['get', 'odd']),
      });
    });
  }

  #leaderAddress(): string | undefined {
    return this.#leader === undefined ? undefined : `${'abc'.charAt(this.#leader)}:1`;
  }

  #elect(): void {
    this.#leader = this.random.chance(1, 3) ? undefined : this.random.between(0, 2);
    this.plan(this.random.between(0, 400), () => (this.#leader ??= this.random.between(0, 2)));
    const connection = this.#connection;
    if (connection !== undefined && this.random.chance(1, 2)) {
      this.#respond(connection, [this.#redirect()]);
    }
  }

  #redirect(): ClientResponse {
    return { kind: 'redirect', leader: this.#leaderAddress(), view: this.service.view };
  }

  #break(): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    connection.state = 'broken';
    this.session.disconnected(this.now, connection.link, 'reset');
  }

  #sendAll(link: LinkId, requests: readonly ClientRequest[]): void {
    const connection = this.#connection;
    if (connection?.link !== link) throw new Error('sends on another link');
    connection.arrival = Math.max(connection.arrival, this.now + this.random.between(0, 8));
    // What was sent before a break may arrive after it, but nothing behind what was lost.
    const survivors = this.random.between(0, requests.length);
    this.plan(connection.arrival - this.now, () => {
      const whole = connection.state === 'up';
      const arrived = whole ? requests : requests.slice(0, survivors);
      const responses = arrived.flatMap((request) => this.#take(connection, request));
      this.#respond(connection, responses);
    });
  }

  #take(connection: Connection, request: ClientRequest): ClientResponse[] {
    const stale = request.kind === 'read' && request.consistency === 'stale';
    if (this.#leader !== connection.replica && !stale) {
      const redirect = this.#redirect();
      if (request.kind !== 'read') return [redirect];
      return [{ kind: 'readRefused', token: request.token, reason: 'notLeader' }, redirect];
    }
    if (this.#happens(this.faults.refusals)) return this.#refuse(request);
    // A read that is forgotten is a read whose connection breaks: replicas answer all others.
    if (request.kind !== 'read' && this.#happens(this.faults.forgets)) return [];
    const response = this.service.take(request);
    if (response?.kind === 'reply' && this.#happens(this.faults.strays)) return [];
    if (this.#happens(this.faults.repeats)) this.service.take(request);
    return response === undefined ? [] : [response];
  }

  #refuse(request: ClientRequest): ClientResponse[] {
    if (request.kind === 'read') {
      const reason = this.random.pick(['overloaded', 'late'] as const);
      return [{ kind: 'readRefused', token: request.token, reason }];
    }
    if (request.kind === 'attach') return [{ kind: 'noQuorum', missing: [1] }];
    if (request.kind === 'renew') return [];
    const { item } = request;
    if (item.kind === 'open') {
      return [{ kind: 'openRefused', client: item.client, reason: 'overloaded' }];
    }
    if (!('sequence' in item)) return [];
    const { session, sequence } = item;
    return [{ kind: 'resend', session, from: sequence, reason: 'overloaded' }];
  }

  #respond(connection: Connection, responses: readonly ClientResponse[]): void {
    if (responses.length === 0) return;
    this.plan(this.random.between(0, 8), () => {
      if (connection.state !== 'up') return;
      this.session.received(this.now, connection.link, responses);
    });
  }
}
