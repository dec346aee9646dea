import type { Random } from '../base/index.ts';
import type { Notice } from '../paxos/index.ts';
import type { Clientele } from './activity.ts';
import type { Cluster } from './cluster.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import type { FaultKind } from './fault-kinds.ts';
import { CALM } from './network.ts';
import type { Network } from './network.ts';
import { DISK_FAULTS } from './disk-faults.ts';
import { NETWORK_FAULTS } from './network-faults.ts';
import type { Observer } from './observer.ts';
import { OPERATOR_FAULTS } from './operator-faults.ts';
import { PROCESS_FAULTS } from './process-faults.ts';
import type { ReplicaProcess } from './replica-process.ts';
import type { Settings } from './settings.ts';
import { MS } from './world.ts';
import type { World } from './world.ts';

/** What faults act upon. */
export interface Stage {
  readonly world: World;
  readonly random: Random;
  readonly network: Network;
  readonly cluster: Cluster;
  readonly workload: Clientele;
  readonly settings: Settings;
  /** Runs after `us`, unless the faults are over by then: then it has run already. */
  readonly later: (us: number, run: () => void) => void;
  /** Runs shortly after the next notice of that kind, until it has done something. */
  readonly whenNoticed: (kind: Notice['kind'], run: (replica: ReplicaProcess) => boolean) => void;
  /** Nothing else may go wrong until this is over: what it shows holds for single faults only. */
  readonly alone: (until: () => boolean) => void;
}

/** Makes one thing go wrong, for a while; false when there was nothing that could. */
export type Fault = (stage: Stage) => boolean;

const FAULTS: Readonly<Record<FaultKind, Fault>> = {
  ...NETWORK_FAULTS,
  ...PROCESS_FAULTS,
  ...DISK_FAULTS,
  ...OPERATOR_FAULTS,
};

/** Draws faults one after the other, until it is told that there were enough. */
export class Faults implements Observer {
  readonly counts = new Map<FaultKind, number>();
  readonly #stage: Stage;
  readonly #undo = new Set<() => void>();
  #over = false;
  #alone: (() => boolean) | undefined;
  #armed: Parameters<Stage['whenNoticed']>[] = [];

  constructor(parts: Omit<Stage, 'later' | 'alone' | 'random' | 'whenNoticed'>) {
    this.#stage = {
      ...parts,
      random: parts.world.random.fork(),
      later: (us, run) => this.#later(us, run),
      whenNoticed: (kind, run) => {
        this.#armed.push([kind, run]);
      },
      alone: (until) => {
        this.#alone = until;
      },
    };
  }

  #later(us: number, run: () => void): void {
    if (this.#over) return run();
    const once = (): void => {
      if (this.#undo.delete(once)) run();
    };
    this.#undo.add(once);
    this.#stage.world.schedule(us, 'fault', 0, once);
  }

  begin(): void {
    const { cluster, settings } = this.#stage;
    if (settings.faults.length > 0) this.#next();
    // The first backup, of which there may be use later.
    for (const site of cluster.sites) site.backup = site.directory?.copy();
  }

  noticed(replica: ReplicaProcess, notice: Notice): void {
    for (const armed of this.#armed) {
      const [kind, run] = armed;
      if (kind !== notice.kind) continue;
      const { random, world } = this.#stage;
      // Sometimes before anything of it has left the machine, sometimes while it is under way.
      const delay = random.chance(1, 2) ? 0 : random.between(0, 10 * MS);
      world.schedule(delay, 'fault', 0, () => {
        if (this.#over || this.#alone !== undefined || !this.#armed.includes(armed)) return;
        if (run(replica)) this.#armed = this.#armed.filter((other) => other !== armed);
      });
    }
  }

  #next(): void {
    const { random, settings, world } = this.#stage;
    world.schedule(random.between(0, 2 * settings.faultEveryUs), 'fault', 0, () => {
      if (this.#over) return;
      if (this.#alone?.() !== false) {
        this.#alone = undefined;
        this.#happen(random.pick(settings.faults));
      }
      this.#next();
    });
  }

  #happen(kind: FaultKind): void {
    const { world } = this.#stage;
    if (world.traced) world.say(`-- ${kind}`);
    if (FAULTS[kind](this.#stage)) this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  /** No more faults: whatever is wrong is put right. */
  end(): void {
    const { cluster, network, settings } = this.#stage;
    this.#over = true;
    for (const undo of [...this.#undo]) undo();
    Object.assign(network.weather, CALM);
    for (const site of cluster.sites) {
      site.heal(settings);
      site.busy = false;
      site.process?.resume();
      if (site.directory !== undefined) cluster.restart(site);
      else cluster.join(site);
    }
  }
}

/** How often each kind happened, in the order of the kinds. */
export function countsOf(faults: Faults): readonly (readonly [FaultKind, number])[] {
  return FAULT_KINDS.map((kind) => [kind, faults.counts.get(kind) ?? 0] as const);
}
