import { memberOf } from '../paxos/index.ts';
import type { FaultKind } from './fault-kinds.ts';
import type { Fault, Stage } from './faults.ts';
import { comeBack, pickRunning } from './process-faults.ts';
import type { Site } from './site.ts';
import { MS, SECOND } from './world.ts';

type Kind = Extract<FaultKind, 'join' | 'leave' | 'remove' | 'transfer'>;

const MOST_SITES = 12;
const MOST_MEMBERS = 7;
const FEWEST_MEMBERS = 3;

export const OPERATOR_FAULTS: Readonly<Record<Kind, Fault>> = {
  join: ({ cluster, random }) => {
    const { members } = cluster.views.newest;
    if (members.length >= MOST_MEMBERS || cluster.sites.length >= MOST_SITES) return false;
    const durable = random.chance(
      members.filter((member) => member.durable).length,
      members.length,
    );
    cluster.join(cluster.addSite(durable));
    return true;
  },
  leave: (stage) => {
    const { cluster } = stage;
    const site = pickRunning(stage, (candidate) => {
      return isMember(stage, candidate) && (candidate.durable || cluster.mayLose([candidate]));
    });
    const replica = site?.replica;
    if (site === undefined || replica === undefined) return false;
    if (!site.durable) cluster.sendAway(replica.id);
    replica.order({ kind: 'retire' }, (refusal) => {
      if (refusal !== undefined || site.replica !== replica) return;
      // Its own answer may still be on the way out of this turn.
      stage.later(0, () => {
        if (!replica.alive) return;
        if (site.durable) {
          stage.cluster.crash(site, 'killed');
          comeBack(stage, site, stage.random.between(10 * MS, 2 * SECOND));
        } else stage.cluster.depart(site);
      });
    });
    return true;
  },
  remove: ({ cluster, random }) => {
    const { members } = cluster.views.newest;
    if (members.length <= FEWEST_MEMBERS) return false;
    const { id } = random.pick(members);
    const site = cluster.siteOf(id);
    const { leader } = cluster;
    if (leader === undefined || (site !== undefined && !cluster.mayLose([site]))) return false;
    const keep = cluster.sendAway(id);
    leader.process.onEnd(keep);
    leader.order({ kind: 'remove', id, force: random.chance(1, 3) }, (refusal) => {
      if (refusal !== undefined) keep();
    });
    return true;
  },
  transfer: ({ cluster, random }) => {
    const { members } = cluster.views.newest;
    const to = random.chance(1, 2) ? undefined : random.pick(members).id;
    cluster.leader?.order({ kind: 'transfer', to }, () => {});
    return cluster.leader !== undefined;
  },
};

function isMember({ cluster }: Stage, { id }: Site): boolean {
  return id !== undefined && memberOf(cluster.views.newest, id) !== undefined;
}
