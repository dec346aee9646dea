import type { Random } from '../base/index.ts';
import { Connection } from './connection.ts';
import type { ConnectionEnd, ConnectionKind } from './connection.ts';
import type { VirtualProcess } from './process.ts';
import { MS, SECOND } from './world.ts';
import type { World } from './world.ts';

/** A place in the network: the address of a replica, or the name of a client. */
export type Machine = string;

/** Whoever listens at an address answers a hello at once; the answer opens or refuses the connection. */
export type Accept = (
  hello: Uint8Array,
  end: ConnectionEnd,
) => { readonly answer: Uint8Array; readonly accepted: boolean };

export interface DialRequest {
  readonly process: VirtualProcess;
  readonly from: Machine;
  readonly to: Machine;
  readonly kind: ConnectionKind;
  /** Read when the bytes leave, not before. */
  readonly hello: () => Uint8Array;
  readonly answered: (answer: Uint8Array, accepted: boolean, end: ConnectionEnd) => void;
  readonly failed: (why: 'refused' | 'timeout') => void;
}

/** How bad the network is at present. Rates are per 1000 messages between replicas. */
export interface Weather {
  loss: number;
  duplicate: number;
  reorder: number;
  /** Messages that are very late, and by how much at most. */
  spike: number;
  spikeUs: number;
}

export const CALM: Readonly<Weather> = {
  loss: 0,
  duplicate: 0,
  reorder: 0,
  spike: 0,
  spikeUs: 0,
};

/** The delay of one direction between two machines. */
interface Path {
  readonly baseUs: number;
  readonly jitterUs: number;
}

/** Without an answer by then, whoever dialled gives up. */
const DIAL_TIMEOUT = 1 * SECOND;

/** Machines, the paths between them, and what is wrong with those. */
export class Network {
  readonly #world: World;
  readonly #random: Random;
  readonly #delayUs: number;
  readonly #listeners = new Map<Machine, { process: VirtualProcess; accept: Accept }>();
  readonly #paths = new Map<string, Path>();
  readonly #blocked = new Map<string, 'silently' | 'with a refusal'>();
  readonly #open = new Set<Connection>();
  readonly weather: Weather = { ...CALM };
  /** Messages on their way that were dropped, for the report. */
  dropped = 0;

  /** @param delayUs How long messages take at most, when nothing is wrong. */
  constructor(world: World, random: Random, delayUs: number) {
    this.#world = world;
    this.#random = random;
    this.#delayUs = delayUs;
  }

  listen(address: Machine, process: VirtualProcess, accept: Accept): void {
    this.#listeners.set(address, { process, accept });
    process.onEnd(() => {
      if (this.#listeners.get(address)?.process === process) this.#listeners.delete(address);
    });
  }

  dial(request: DialRequest): void {
    const { process, from, to } = request;
    const connection = new Connection(this.#world, this, request.kind, [from, to]);
    const [near] = connection.ends;
    near.take(process);
    this.#open.add(connection);
    let done = false;
    const fail = (why: 'refused' | 'timeout'): void => {
      if (done) return;
      done = true;
      connection.drop();
      request.failed(why);
    };
    process.after(DIAL_TIMEOUT, 'connection', () => fail('timeout'));
    if (this.isBlocked(from, to)) {
      if (this.#blocked.get(`${from}>${to}`) === 'with a refusal') {
        process.after(this.delay(from, to), 'connection', () => fail('refused'));
      }
      return;
    }
    const hello = request.hello();
    this.#world.schedule(this.delay(from, to), 'connection', process.number, () => {
      this.#arrive(request, connection, hello, (answer, accepted) => {
        process.enter(() => {
          if (done) return;
          // The other end may be gone again by now.
          if (answer === undefined || !near.open) return fail('refused');
          done = true;
          request.answered(answer, accepted, near);
        });
      });
    });
  }

  #arrive(
    { from, to }: DialRequest,
    connection: Connection,
    hello: Uint8Array,
    answered: (answer: Uint8Array | undefined, accepted: boolean) => void,
  ): void {
    this.#world.witness(hello);
    const listener = this.#listeners.get(to);
    const back = (answer: Uint8Array | undefined, accepted: boolean): void => {
      if (this.isBlocked(to, from)) return;
      this.#world.schedule(this.delay(to, from), 'connection', 0, () => answered(answer, accepted));
    };
    if (listener === undefined) return back(undefined, false);
    listener.process.enter(() => {
      const far = connection.ends[1];
      far.take(listener.process);
      if (!connection.ends[0].open) return far.lose();
      const { answer, accepted } = listener.accept(hello, far);
      back(answer, accepted);
    });
  }

  /** µs from one machine to another, drawn anew for each message. */
  delay(from: Machine, to: Machine): number {
    const key = `${from}>${to}`;
    let path = this.#paths.get(key);
    if (path === undefined) {
      const baseUs = this.#random.between(50, this.#delayUs);
      path = { baseUs, jitterUs: this.#random.between(10, baseUs) };
      this.#paths.set(key, path);
    }
    let delay = path.baseUs + this.#random.between(0, path.jitterUs);
    const { spike, spikeUs } = this.weather;
    if (spike > 0 && this.#random.chance(spike, 1000)) delay += this.#random.between(MS, spikeUs);
    return delay;
  }

  /** Whether a message between replicas is lost, and how often it arrives. */
  copies(from: Machine, to: Machine): number {
    const { loss, duplicate } = this.weather;
    const lost = this.isBlocked(from, to) || (loss > 0 && this.#random.chance(loss, 1000));
    if (lost) {
      this.dropped++;
      return 0;
    }
    return duplicate > 0 && this.#random.chance(duplicate, 1000) ? 2 : 1;
  }

  /** Whether a message may overtake those sent before it. */
  overtakes(): boolean {
    return this.weather.reorder > 0 && this.#random.chance(this.weather.reorder, 1000);
  }

  isBlocked(from: Machine, to: Machine): boolean {
    return this.#blocked.size > 0 && this.#blocked.has(`${from}>${to}`);
  }

  /** Whether every machine reaches every other, without loss. */
  get isFree(): boolean {
    return this.#blocked.size === 0 && this.weather.loss === 0;
  }

  /**
   * Nothing gets from one machine to the other; connections between them find out by silence. Whoever dials
   * does so, too, unless it is refused, as by a firewall.
   */
  block(from: Machine, to: Machine, how: 'silently' | 'with a refusal' = 'silently'): void {
    this.#blocked.set(`${from}>${to}`, how);
    for (const connection of this.#open) {
      if (connection.connects(from, to))
        connection.starve(this.#random.between(SECOND, 4 * SECOND));
    }
  }

  unblock(from: Machine, to: Machine): void {
    this.#blocked.delete(`${from}>${to}`);
    for (const connection of this.#open) if (connection.connects(from, to)) connection.flow();
  }

  /** Breaks a random connection between two machines that fit; what is under way is lost. */
  reset(fits: (a: Machine, b: Machine) => boolean): boolean {
    const candidates = [...this.#open].filter(({ ends: [a, b] }) => fits(a.machine, b.machine));
    if (candidates.length === 0) return false;
    this.#random.pick(candidates).break();
    return true;
  }

  /** For connections: they are forgotten when both ends know that they are over. */
  forget(connection: Connection): void {
    this.#open.delete(connection);
  }
}
