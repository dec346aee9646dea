import { addressOf, allAlive, allLevel, leaderOf } from './kit.ts';
import type { Stage } from './kit.ts';
import type { Process } from './process.ts';

/** Three replicas whose leader dies again and again, while clients come and go in rounds. */
export class LeaderKiller {
  readonly ports: readonly number[];
  readonly #stage: Stage;
  readonly #replicas: Map<number, Process>;
  readonly #disk: boolean;
  readonly #rounds: readonly number[];
  readonly #kills: Promise<void>[] = [];

  private constructor(
    stage: Stage,
    ports: readonly number[],
    replicas: readonly Process[],
    rounds: readonly number[],
    disk: boolean,
  ) {
    this.#stage = stage;
    this.ports = ports;
    this.#replicas = new Map(ports.map((port, at) => [port, replicas[at] as Process]));
    this.#rounds = rounds;
    this.#disk = disk;
  }

  /**
   * Starts the replicas.
   *
   * @param rounds Those in which the leader is killed, in order.
   * @param disk Replicas are restarted with the same command line; without, others take their places.
   */
  static async around(
    stage: Stage,
    object: string,
    { disk, rounds }: { readonly disk: boolean; readonly rounds: readonly number[] },
  ): Promise<LeaderKiller> {
    const { ports, replicas } = await stage.instanceOf(object, 3, ...(disk ? ['-w'] : []));
    await allLevel(ports, 3);
    return new LeaderKiller(stage, ports, replicas, rounds, disk);
  }

  get kills(): number {
    return this.#kills.length;
  }

  /**
   * Whoever begins a round passes here. The first of a round with a kill begins it, and nobody goes on before
   * those of earlier rounds are over: two members dead at once would be a majority.
   */
  async pass(round: number): Promise<void> {
    const due = this.#rounds.filter((at) => at <= round).length;
    if (due > this.#kills.length + 1) throw new Error('rounds begin one after the other');
    if (due > this.#kills.length) {
      const before = this.#kills.at(-1) ?? Promise.resolve();
      this.#kills.push(before.then(() => this.#kill()));
    }
    await this.#kills[due - 2];
  }

  /** Resolves when all are back. */
  async over(): Promise<void> {
    await Promise.all(this.#kills);
    await allLevel(this.ports, 3);
  }

  async #kill(): Promise<void> {
    const { port } = await leaderOf(this.ports);
    await this.#replicas.get(port)?.killed();
    const left = this.ports.filter((other) => other !== port);
    const flags = this.#disk ? ['-w'] : ['-b', left.map(addressOf).join(',')];
    this.#replicas.set(port, await this.#stage.replica(port, flags));
    await allAlive(this.ports, 3);
  }
}
