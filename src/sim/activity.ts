import type { Cluster } from './cluster.ts';
import type { Corrected } from './corrected.ts';
import type { Demands } from './demands.ts';
import type { Machine, Network } from './network.ts';
import type { Observer } from './observer.ts';
import type { Settings } from './settings.ts';
import type { WorkloadCounts } from './workload.ts';
import type { World } from './world.ts';

/** A client, as faults see it. */
export interface Customer {
  readonly name: Machine;
  begin(): void;
  crash(): void;
  /** Gives up one of its calls, as a caller does that aborts. */
  giveUp(): boolean;
  pause(us: number): void;
}

/** All that call an instance. */
export interface Clientele {
  readonly clients: readonly Customer[];
  /** @param at The only address that it knows. */
  add(at?: Machine): Customer;
}

/** What an activity is made of. */
export interface ActivityParts {
  readonly world: World;
  readonly network: Network;
  readonly settings: Settings;
  readonly demands: Demands;
  /** Where replicas may be found at present. */
  readonly addresses: () => readonly Machine[];
}

/** What the last part of a run has to work with, when nothing goes wrong any more. */
export interface Aftermath {
  readonly cluster: Cluster;
  /** Lets time pass; throws when it takes too long. */
  readonly until: (what: string, done: () => boolean) => Promise<void>;
}

/** What clients do in a run, and who judges what becomes of it. */
export interface Activity {
  readonly clientele: Clientele;
  readonly observers: readonly Observer[];
  /** Replicas whose outcomes do not count for a while. */
  readonly corrected: Corrected;
  readonly counts: WorkloadCounts;
  /** Calls that somebody waits for, and what is to be given back. */
  readonly outstanding: number;
  /** All that its judges can prove is proven. */
  readonly proven: boolean;
  begin(cluster: Cluster): void;
  /** Nothing new is begun. */
  quiet(): void;
  /** Every call under way has ended, and all members serve. */
  conclude(aftermath: Aftermath): Promise<void>;
  /** @param state That of all members. */
  judge(state: Uint8Array): void;
}
