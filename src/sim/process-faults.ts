import type { Notice } from '../paxos/index.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Fault, Stage } from './faults.ts';
import type { Site } from './site.ts';
import { isWaiting } from './subject.ts';
import { MS, SECOND } from './world.ts';

type Kind = Extract<
  FaultKind,
  | 'crash'
  | 'crash of all'
  | 'crash at a turning point'
  | 'pause'
  | 'slow execution'
  | 'clock jump'
  | 'clock drift'
  | 'give-up'
  | 'client crash'
>;

/** Moments at which a replica has just changed its mind, and others do not know. */
const TURNING_POINTS: readonly Notice['kind'][] = [
  'campaigning',
  'leading',
  'following',
  'viewChanged',
  'ready',
  'snapshotTaken',
  'snapshotInstalled',
];

export const PROCESS_FAULTS: Readonly<Record<Kind, Fault>> = {
  crash: (stage) => {
    const site = pickRunning(stage, (candidate) => stage.cluster.mayCrash(candidate));
    if (site === undefined) return false;
    crash(stage, site);
    comeBack(stage, site, stage.random.between(10 * MS, 4 * SECOND));
    return true;
  },
  'crash of all': (stage) => {
    const { cluster } = stage;
    const sites = cluster.sites.filter(({ running, busy }) => running && !busy);
    const lost = sites.filter(({ directory }) => directory === undefined);
    const victims = cluster.mayLose(lost)
      ? sites
      : sites.filter(({ directory }) => directory !== undefined);
    for (const site of victims) crash(stage, site);
    for (const site of victims) comeBack(stage, site, stage.random.between(10 * MS, SECOND));
    return victims.length > 0;
  },
  'crash at a turning point': (stage) => {
    const { cluster, random } = stage;
    const kind = random.pick(TURNING_POINTS);
    stage.whenNoticed(kind, (replica) => {
      const site = cluster.sites.find((other) => other.replica === replica);
      if (site === undefined || !site.running || site.busy || !cluster.mayCrash(site)) return false;
      crash(stage, site);
      comeBack(stage, site, random.between(10 * MS, 2 * SECOND));
      return true;
    });
    return true;
  },
  pause: (stage) => {
    const { later, random, workload } = stage;
    const client = workload.clients[0];
    if (client !== undefined && random.chance(1, 5)) {
      client.pause(random.between(10 * MS, 3 * SECOND));
      return true;
    }
    const process = pickRunning(stage, () => true)?.process;
    if (process === undefined || process.stopped) return false;
    process.stop();
    later(random.between(10 * MS, 5 * SECOND), () => process.resume());
    return true;
  },
  'slow execution': (stage) => {
    const { later, random, settings } = stage;
    // Several at once: what is applied then lags behind what is decided, also at whoever leads next.
    const sites = stage.cluster.sites.filter(() => random.chance(1, 2));
    const jobUs = random.pick([100, 500]) * MS;
    for (const site of sites) site.load.jobUs = jobUs;
    later(random.between(200 * MS, 5 * SECOND), () => {
      for (const site of sites) site.load.jobUs = settings.jobUs;
    });
    return sites.length > 0;
  },
  'clock jump': (stage) => {
    const { random } = stage;
    const site = pickRunning(stage, () => true);
    site?.clock.jump(random.between(-1, 1) * random.pick([10, 5000, 86_400_000]));
    return site !== undefined;
  },
  'clock drift': (stage) => {
    const { later, random } = stage;
    const site = pickRunning(stage, () => true);
    if (site === undefined) return false;
    // Leases are worth no more than clocks: where there are some, 15 % must be enough for both sides.
    const leased = isWaiting(stage.settings.object);
    const rates = leased ? [0.94, 0.97, 1.03, 1.06] : [0.1, 0.5, 0.9, 0.99, 1.01, 1.1, 2, 5];
    site.clock.drift(random.pick(rates));
    later(random.between(SECOND, 10 * SECOND), () => site.clock.drift(1));
    return true;
  },
  'give-up': ({ workload }) => {
    let done = false;
    for (const client of workload.clients) done = client.giveUp() || done;
    return done;
  },
  'client crash': ({ random, workload }) => {
    const { clients } = workload;
    if (clients.length === 0) return false;
    random.pick(clients).crash();
    workload.add().begin();
    return true;
  },
};

/** A site where a process runs that fits and that no other fault has in hand; the leader's often. */
export function pickRunning(
  { cluster, random }: Stage,
  fits: (site: Site) => boolean,
): Site | undefined {
  const sites = cluster.sites.filter((site) => site.running && !site.busy && fits(site));
  const leader = sites.find(({ replica }) => replica === cluster.leader && replica !== undefined);
  if (leader !== undefined && random.chance(1, 3)) return leader;
  return sites.length === 0 ? undefined : random.pick(sites);
}

export function crash({ cluster, random }: Stage, site: Site): void {
  cluster.crash(site, random.chance(1, 2) ? 'killed' : 'unplugged');
}

/** After a while the process is started again: from its directory, or to join as a new member. */
export function comeBack({ cluster, later }: Stage, site: Site, us: number): void {
  site.busy = true;
  later(us, () => {
    site.busy = false;
    if (site.directory === undefined) cluster.join(site);
    else cluster.restart(site);
  });
}
