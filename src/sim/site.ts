import type { Random } from '../base/index.ts';
import type { ReplicaId } from '../paxos/index.ts';
import { VirtualClock } from './clock.ts';
import type { Directory } from './disk.ts';
import type { DiskHealth } from './disk.ts';
import type { Load } from './executor.ts';
import type { VirtualProcess } from './process.ts';
import type { ReplicaProcess } from './replica-process.ts';
import { MS } from './world.ts';
import type { World } from './world.ts';

/** A machine on which replicas live, one after the other, at one address. */
export class Site {
  readonly address: string;
  readonly durable: boolean;
  readonly clock: VirtualClock;
  readonly health: DiskHealth;
  readonly load: Load;
  directory: Directory | undefined;
  /** An old copy of the directory, to be put back by somebody who should not. */
  backup: Directory | undefined;
  process: VirtualProcess | undefined;
  /** Undefined while nothing runs, and while a process looks for the instance. */
  replica: ReplicaProcess | undefined;
  /** The process that was started here last is a name server. */
  answers = false;
  /** It left the instance for good. */
  retired = false;
  /** A fault has it in hand: others leave it alone. */
  busy = false;

  constructor(world: World, random: Random, address: string, options: SiteOptions) {
    this.address = address;
    this.durable = options.durable;
    this.clock = new VirtualClock(world, random.between(0, 1e9), random.between(-50, 50));
    const { jobUs, syncUs } = options;
    this.load = { jobUs, losesWorlds: options.durable };
    this.health = { syncUs, jitterUs: syncUs, fails: false, full: false };
  }

  /** The identity that lives here, or that its directory would continue. */
  get id(): ReplicaId | undefined {
    if (this.directory !== undefined) return this.directory.id;
    return this.replica?.alive === true ? this.replica.id : undefined;
  }

  get running(): boolean {
    return this.process?.alive === true;
  }

  /** Puts disk, load and clock back to what they were. */
  heal({ jobUs, syncUs }: { readonly jobUs: number; readonly syncUs: number }): void {
    this.load.jobUs = jobUs;
    this.load.losesWorlds = false;
    this.health.syncUs = syncUs;
    this.health.jitterUs = syncUs;
    this.health.fails = false;
    this.health.full = false;
    this.clock.drift(1);
  }
}

export interface SiteOptions {
  readonly durable: boolean;
  readonly jobUs: number;
  readonly syncUs: number;
}

/** µs until a process that was started has read its directory. */
export const BOOT_US = 5 * MS;
