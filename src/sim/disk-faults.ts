import { memberOf } from '../paxos/index.ts';
import type { Directory } from './disk.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Fault, Stage } from './faults.ts';
import { Verdict } from './observer.ts';
import { comeBack, crash, pickRunning } from './process-faults.ts';
import type { Site } from './site.ts';
import { MS, SECOND } from './world.ts';

type Kind = Extract<
  FaultKind,
  'torn write' | 'stale directory' | 'lost directory' | 'slow sync' | 'failing sync' | 'full disk'
>;

/** µs within which an old copy of a directory is noticed. */
const REFUSAL = 5 * SECOND;

export const DISK_FAULTS: Readonly<Record<Kind, Fault>> = {
  'torn write': (stage) => {
    const { later, random, settings } = stage;
    const site = pickDisk(stage);
    if (site === undefined) return false;
    // A slow write is likely to be under way when the machine goes down.
    site.health.syncUs = 80 * MS;
    site.busy = true;
    later(random.between(20 * MS, 150 * MS), () => {
      site.health.syncUs = settings.syncUs;
      crash(stage, site);
      comeBack(stage, site, random.between(10 * MS, 2 * SECOND));
    });
    return true;
  },
  'stale directory': (stage) => putBackOldCopy(stage),
  'lost directory': (stage) => {
    const site = pickDisk(stage, (candidate) => stage.cluster.mayLose([candidate]));
    if (site === undefined) return false;
    stage.cluster.wipe(site);
    comeBack(stage, site, stage.random.between(10 * MS, 3 * SECOND));
    return true;
  },
  'slow sync': (stage) => {
    const { later, random, settings } = stage;
    const site = pickDisk(stage);
    if (site === undefined) return false;
    site.health.syncUs = random.pick([20, 100, 700]) * MS;
    later(random.between(200 * MS, 5 * SECOND), () => {
      site.health.syncUs = settings.syncUs;
    });
    return true;
  },
  'failing sync': (stage) => {
    const site = pickDisk(stage);
    if (site === undefined) return false;
    site.health.fails = true;
    return true;
  },
  'full disk': (stage) => {
    const { later, random } = stage;
    const site = pickDisk(stage);
    const { replica } = site ?? {};
    if (site === undefined || replica === undefined) return false;
    site.health.full = true;
    replica.push({ kind: 'disk', state: 'full' });
    later(random.between(200 * MS, 4 * SECOND), () => {
      site.health.full = false;
      site.replica?.push({ kind: 'disk', state: 'free' });
    });
    return true;
  },
};

function pickDisk(stage: Stage, fits: (site: Site) => boolean = () => true): Site | undefined {
  return pickRunning(stage, (site) => site.directory !== undefined && fits(site));
}

/**
 * Somebody restores a backup. It must be noticed as long as others remember what the directory has
 * acknowledged, so that is when it is tried: nothing else goes wrong until it is refused.
 */
function putBackOldCopy(stage: Stage): boolean {
  const { cluster, random } = stage;
  const site = pickDisk(stage, ({ backup }) => backup !== undefined);
  for (const candidate of cluster.sites) candidate.backup ??= candidate.directory?.copy();
  if (site === undefined) return false;
  const { backup, replica } = site;
  if (backup === undefined || replica === undefined || !cluster.mayLose([site])) return false;
  // A copy from the time when it was alone has nobody to ask, and cannot know better.
  if (cluster.genesis.members.length === 1) return false;
  if (!isRemembered(stage, site, backup.position) || !stage.network.isFree) return false;
  crash(stage, site);
  site.directory = backup;
  site.backup = undefined;
  site.busy = true;
  // Its replica must end by itself; its machine joins anew.
  stage.alone(() => site.directory !== backup);
  stage.later(random.between(10 * MS, 500 * MS), () => {
    site.busy = false;
    cluster.restart(site);
    awaitRefusal(stage, site, backup);
  });
  return true;
}

/** @param wasFree The network let everything through when this was last looked at. */
function awaitRefusal(stage: Stage, site: Site, backup: Directory, wasFree = false): void {
  const { cluster, network, world } = stage;
  world.schedule(REFUSAL, 'fault', 0, () => {
    // Who has ended was refused, and joins anew.
    if (site.directory !== backup || !site.running) return;
    if (!knowsAnybody(stage, site)) {
      // Those who know better refuse it, whenever they meet it; a person has to read why.
      cluster.wipe(site);
      cluster.join(site);
    } else if (network.isFree && wasFree) {
      throw new Verdict('identity', `${site.address} goes on with a directory that was put back`);
    } else {
      // Leaders are cut off also while nothing else goes wrong: then it has met nobody.
      awaitRefusal(stage, site, backup, network.isFree);
    }
  });
}

/** Whether somebody of the time of this copy is still a member, whom its replica can ask. */
function knowsAnybody({ cluster }: Stage, { directory, id, replica }: Site): boolean {
  const known = [...(replica?.replica.log.view.members ?? []), ...(directory?.contacts ?? [])];
  return known.some((member) => {
    return member.id !== id && memberOf(cluster.views.newest, member.id) !== undefined;
  });
}

/**
 * Whether all other members run, and know that this one acknowledged more than `position`. They know it as
 * long as they run: nobody whom an earlier fault is about to end counts.
 */
function isRemembered({ cluster }: Stage, site: Site, position: number): boolean {
  const { newest } = cluster.views;
  const { id } = site;
  if (id === undefined || memberOf(newest, id) === undefined || newest.members.length < 2)
    return false;
  return newest.members.every((member) => {
    if (member.id === id) return true;
    const other = cluster.siteOf(member.id);
    if (other?.running !== true || other.busy || other.health.fails) return false;
    const known = other.replica?.replica.peers.position(id) ?? 0;
    return other.process?.stopped === false && known > position;
  });
}
