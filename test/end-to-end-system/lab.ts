/** Machines of their own for replicas: network namespaces, joined by two switches. Needs root. */
import { execFileSync } from 'node:child_process';
import { need, needRoot } from './needs.ts';

export type Switch = 'one' | 'two';

/** The network in which the lab's machines are, and nothing else is. */
const PREFIX = '10.77.0.';

/**
 * The switches stand in a namespace of their own, the hub, in which a test can run, at the first. A machine
 * that is plugged into the other one still believes to be connected: its packets reach nobody.
 */
export class Lab {
  readonly hub: string;
  readonly #name: string;
  readonly #machines: string[] = [];

  constructor() {
    need('ip', 'iproute2');
    needRoot('it makes network namespaces');
    this.#name = `cc${process.pid}`;
    this.hub = `${this.#name}-hub`;
    ip(`netns add ${this.hub}`);
    try {
      for (const device of ['one', 'two']) {
        ip(`-n ${this.hub} link add ${device} type bridge`);
        ip(`-n ${this.hub} link set ${device} up`);
      }
      ip(`-n ${this.hub} address add ${PREFIX}254/24 dev one`);
      ip(`-n ${this.hub} link set lo up`);
    } catch (error) {
      this[Symbol.dispose]();
      throw error;
    }
  }

  /** A new machine at the first switch; returns its address. */
  machine(name: string): string {
    const space = this.spaceOf(name);
    const address = `${PREFIX}${this.#machines.length + 1}`;
    ip(`netns add ${space}`);
    this.#machines.push(name);
    ip(`-n ${this.hub} link add ${name} type veth peer name eth0 netns ${space}`);
    ip(`-n ${space} address add ${address}/24 dev eth0`);
    for (const device of ['lo', 'eth0']) ip(`-n ${space} link set ${device} up`);
    ip(`-n ${this.hub} link set ${name} up`);
    this.plug(name, 'one');
    return address;
  }

  spaceOf(name: string): string {
    return `${this.#name}-${name}`;
  }

  plug(name: string, into: Switch): void {
    ip(`-n ${this.hub} link set ${name} master ${into}`);
  }

  [Symbol.dispose](): void {
    for (const name of this.#machines) ip(`netns delete ${this.spaceOf(name)}`);
    ip(`netns delete ${this.hub}`);
  }
}

function ip(words: string): void {
  execFileSync('ip', words.split(' '), { stdio: ['ignore', 'pipe', 'inherit'] });
}
