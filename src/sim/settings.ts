import { limits } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import { DEFAULT_RETENTION, DEFAULT_TIMING } from '../paxos/index.ts';
import type { Retention, Timing } from '../paxos/index.ts';
import { ACKNOWLEDGE_BYTES } from '../session/index.ts';
import { FAULT_KINDS } from './fault-kinds.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Pace } from './replica-process.ts';
import { WAITING_NAMES } from './subject.ts';
import type { ObjectName } from './subject.ts';
import { MS } from './world.ts';

/** What one run is like: drawn from its seed, so that runs differ as much as they can. */
export interface Settings {
  /** Members at the beginning. */
  readonly replicas: number;
  /** Which of them keep a disk. */
  readonly durable: readonly boolean[];
  /** All of them found the instance together, or all but one join it. */
  readonly founding: 'together' | 'by joining';
  readonly clients: number;
  /** Clients close after some calls, and others take their place. */
  readonly shortLived: boolean;
  /** Calls that a client makes before it waits for one to end. */
  readonly outstanding: number;
  readonly thinkUs: number;
  /** An idle client acknowledges replies of more bytes than this. */
  readonly acknowledgeBytes: number;
  readonly timing: Timing;
  readonly retention: Retention;
  readonly pace: Pace;
  readonly syncUs: number;
  /** A job of the object takes at most about this long, when nothing is wrong. */
  readonly jobUs: number;
  /** A message takes at most about this long, when nothing is wrong. */
  readonly delayUs: number;
  /** Kinds of faults that happen in this run. */
  readonly faults: readonly FaultKind[];
  /** Mean time between two faults. */
  readonly faultEveryUs: number;
  /** What the instance runs. */
  readonly object: ObjectName;
  /** One call in so many demands more than the meter sees; 0: none does. */
  readonly demandingOnce: number;
  /** From this size on, states of classes have a shadow. */
  readonly shadowFromBytes: number;
  /** Of clients that wait and own, ms. */
  readonly leaseMs: number;
  /** How many flows such a client has at most. */
  readonly flows: number;
  /** Once in so many times, such a client works for longer than its lease with what it owns. */
  readonly longWorkOnce: number;
}

/** Worlds of classes take their time to be made: a run with them costs as much as several others. */
const RUNS_PER_CLASS = 30;
/** So often callers may wait, in the other runs. */
const RUNS_PER_WAITING = 4;

/** Faults that seldom find an opportunity when their turn comes. */
const RARE: ReadonlySet<FaultKind> = new Set<FaultKind>([
  'stale directory',
  'remove',
  'give-up',
  'crash of all',
]);

export function drawSettings(random: Random, only?: readonly FaultKind[]): Settings {
  const replicas = random.pick([3, 3, 3, 4, 5, 5, 7]);
  const disks = random.pick(['all', 'all', 'none', 'some'] as const);
  const durable = Array.from({ length: replicas }, () => {
    return disks === 'all' || (disks === 'some' && random.chance(1, 2));
  });
  const snapshots = random.pick([20, 60, 200]);
  const settings: Settings = {
    replicas,
    durable,
    founding: random.chance(1, 4) ? 'by joining' : 'together',
    clients: random.between(1, 7),
    shortLived: random.chance(1, 2),
    outstanding: random.pick([1, 1, 2, 4, 8, 40]),
    thinkUs: random.pick([random.between(5, 120), 200]) * MS,
    acknowledgeBytes: random.pick([ACKNOWLEDGE_BYTES, 0]),
    timing: drawTiming(random),
    retention: {
      snapshotEveryBytes: 1e9,
      snapshotEverySlots: snapshots,
      tailBytes: 1e9,
      tailSlots: random.between(0, snapshots),
      replyBytes: random.pick([DEFAULT_RETENTION.replyBytes, 200, random.between(4, 60)]),
    },
    pace: {
      tickUs: random.between(10, 25) * MS,
      turnUs: random.between(1, 200),
      snapshotUs: random.between(1, 40) * MS,
      chunkBytes: random.pick([256, 1024, 8192]),
      damagedTransfers: random.chance(1, 4),
    },
    delayUs: random.pick([500, 1 * MS, 8 * MS, 25 * MS]),
    syncUs: random.pick([100, 1 * MS, 8 * MS]),
    jobUs: random.pick([100, 500, 5 * MS, 40 * MS]),
    faults: only ?? FAULT_KINDS.filter((kind) => random.chance(RARE.has(kind) ? 4 : 2, 5)),
    faultEveryUs: random.between(100, 1500) * MS,
    object: random.chance(1, RUNS_PER_CLASS) ? 'Ledger' : 'Counter',
    demandingOnce: random.chance(1, 10) ? random.pick([10, 100]) : 0,
    shadowFromBytes: random.pick([1e9, 1e9, 2500, 1]),
    leaseMs: random.between(limits.MIN_LEASE_MS, 3000),
    flows: random.pick([1, 1, 2, 3]),
    longWorkOnce: 6,
  };
  const waiting = random.chance(1, RUNS_PER_WAITING) ? random.pick(WAITING_NAMES) : undefined;
  if (waiting === undefined || settings.object === 'Ledger') return settings;
  return { ...settings, object: waiting };
}

/** The same instance with many callers who waste no time: most of what happens is then about their calls. */
export function makeDense(settings: Settings, random: Random): Settings {
  return {
    ...settings,
    clients: random.between(8, 40),
    flows: random.pick([1, 2, 4]),
    thinkUs: random.between(100, 2000),
    longWorkOnce: random.pick([200, 2000]),
    delayUs: random.pick([200, 500]),
    syncUs: 100,
    jobUs: 100,
    faultEveryUs: random.between(50, 800) * MS,
  };
}

function drawTiming(random: Random): Timing {
  const heartbeat = random.between(25, 60);
  const electionMin = heartbeat * random.between(5, 9);
  return {
    ...DEFAULT_TIMING,
    heartbeat,
    electionMin,
    electionMax: 2 * electionMin,
    resend: 2 * heartbeat,
    // In some runs, sessions expire while their clients are away.
    recordLifetime: random.pick([DEFAULT_TIMING.recordLifetime, 3000]),
  };
}
