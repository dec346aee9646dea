import type { Machine, Network } from './network.ts';
import type { VirtualProcess } from './process.ts';
import { SECOND } from './world.ts';
import type { World } from './world.ts';

/**
 * Between replicas single messages get lost, repeated and reordered: worse than TCP, because the protocol
 * claims to bear it. A client's connection is a stream: all of it, in order, until it breaks.
 */
export type ConnectionKind = 'peer' | 'client';

/** An end that hears nothing finds out after this, as a keep-alive would. */
const SILENCE = 4 * SECOND;

interface Packet {
  readonly bytes: Uint8Array;
  /** The last thing that the sender said. */
  readonly last: boolean;
}

/** One side of a connection. */
export class ConnectionEnd {
  readonly machine: Machine;
  readonly #connection: Connection;
  #process: VirtualProcess | undefined;
  #open = true;
  /** When the last packet to this end arrives, so that streams keep their order. */
  arrivesAt = 0;
  /** Packets of a stream that wait until the path is free. */
  held: Packet[] = [];
  received: (bytes: Uint8Array) => void = () => {};
  closed: () => void = () => {};

  constructor(connection: Connection, machine: Machine) {
    this.#connection = connection;
    this.machine = machine;
  }

  get open(): boolean {
    return this.#open;
  }

  get process(): VirtualProcess | undefined {
    return this.#process;
  }

  /** The process at this end; when it ends, so does the connection. */
  take(process: VirtualProcess): void {
    this.#process = process;
    process.onEnd((how) => {
      if (how === 'killed') this.close();
      else this.vanish();
    });
  }

  send(bytes: Uint8Array): void {
    if (this.#open) this.#connection.transmit(this, { bytes, last: false });
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.transmit(this, { bytes: new Uint8Array(0), last: true });
    this.#connection.ended();
  }

  /** The end of its machine: the other side hears nothing of it. */
  vanish(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.ended();
  }

  /** The process is told that the connection is over. */
  lose(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#connection.ended();
    this.closed();
  }
}

export class Connection {
  readonly kind: ConnectionKind;
  readonly ends: readonly [ConnectionEnd, ConnectionEnd];
  readonly #world: World;
  readonly #network: Network;
  #broken = false;

  constructor(
    world: World,
    network: Network,
    kind: ConnectionKind,
    [near, far]: readonly [Machine, Machine],
  ) {
    this.#world = world;
    this.#network = network;
    this.kind = kind;
    this.ends = [new ConnectionEnd(this, near), new ConnectionEnd(this, far)];
  }

  #other(end: ConnectionEnd): ConnectionEnd {
    return end === this.ends[0] ? this.ends[1] : this.ends[0];
  }

  connects(a: Machine, b: Machine): boolean {
    const [near, far] = this.ends;
    return (near.machine === a && far.machine === b) || (near.machine === b && far.machine === a);
  }

  transmit(from: ConnectionEnd, packet: Packet): void {
    if (this.#broken) return;
    const to = this.#other(from);
    if (this.kind === 'peer' && !packet.last) {
      for (let copy = this.#network.copies(from.machine, to.machine); copy > 0; copy--) {
        this.#deliver(from, to, packet, this.#network.overtakes() ? 'any' : 'kept');
      }
    } else if (this.#network.isBlocked(from.machine, to.machine) || to.held.length > 0) {
      to.held.push(packet);
    } else this.#deliver(from, to, packet, 'kept');
  }

  #deliver(
    from: ConnectionEnd,
    to: ConnectionEnd,
    { bytes, last }: Packet,
    order: 'kept' | 'any',
  ): void {
    const world = this.#world;
    let arrivesAt = world.now + this.#network.delay(from.machine, to.machine);
    if (order === 'kept') {
      arrivesAt = Math.max(arrivesAt, to.arrivesAt);
      to.arrivesAt = arrivesAt;
    } else arrivesAt += this.#network.delay(from.machine, to.machine) * 4;
    const kind = this.kind === 'peer' ? 'message' : 'stream';
    world.schedule(arrivesAt - world.now, kind, to.process?.number ?? 0, () => {
      if (this.#broken) return;
      to.process?.enter(() => {
        if (!to.open) return;
        if (last) return to.lose();
        world.witness(bytes);
        to.received(bytes);
      });
    });
  }

  /** The path is blocked: after a while, both ends give up. */
  starve(us: number): void {
    this.#world.schedule(us, 'connection', 0, () => {
      const [near, far] = this.ends;
      const still =
        this.#network.isBlocked(near.machine, far.machine) ||
        this.#network.isBlocked(far.machine, near.machine);
      if (still) this.break();
    });
  }

  /** The path may be free again: what was held goes on. */
  flow(): void {
    for (const to of this.ends) {
      const from = this.#other(to);
      if (to.held.length === 0 || this.#network.isBlocked(from.machine, to.machine)) continue;
      const held = to.held;
      to.held = [];
      for (const packet of held) this.#deliver(from, to, packet, 'kept');
    }
  }

  /** Both ends lose the connection, each in its own time, and everything under way is lost. */
  break(): void {
    if (this.#broken) return;
    this.#broken = true;
    for (const end of this.ends) {
      const delay = this.#network.delay(this.ends[0].machine, this.ends[1].machine);
      this.#world.schedule(delay, 'connection', end.process?.number ?? 0, () => {
        end.process?.enter(() => end.lose());
      });
    }
    this.#network.forget(this);
  }

  /** Whoever dialled has given up: the other end, if there is one, finds out. */
  drop(): void {
    this.ends[0].close();
  }

  ended(): void {
    const [near, far] = this.ends;
    if (near.open && far.open) return;
    if (!near.open && !far.open) return this.#network.forget(this);
    // A farewell that the network swallowed is noticed by silence.
    this.#world.schedule(SILENCE, 'connection', 0, () => {
      for (const end of this.ends) end.process?.enter(() => end.lose());
      this.#network.forget(this);
    });
  }
}
