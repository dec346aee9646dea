import type { Household } from '../host/index.ts';
import { failuresTolerated, memberOf, showReplica } from '../paxos/index.ts';
import type { Member, ReplicaStatus } from '../paxos/index.ts';
import type { MemberStatus, StatusReport } from './control-protocol.ts';

/** What an operator sees of a replica. */
export function report(household: Household, status: ReplicaStatus, clients: number): StatusReport {
  const alive = new Set(status.alive);
  const leads = status.role === 'leader';
  const show = (member: Member): MemberStatus => ({
    addr: member.address,
    id: showReplica(member.id),
    role: roleOf(member, status),
    applied: status.progress.get(member.id) ?? 0,
    alive: alive.has(member.id) || memberOf(status.view, member.id) === undefined,
    durable: member.durable,
  });
  const leader =
    status.leader === undefined ? undefined : memberOf(status.view, status.leader)?.address;
  return {
    address: status.address,
    role: status.role,
    instance: household.instance,
    generation: household.generation,
    leader: leader ?? null,
    epoch: status.view.epoch,
    ballot: status.ballot,
    object: household.objectName,
    codeHash: household.codeHash,
    decided: status.commit,
    applied: status.applied,
    sessions: status.sessions,
    clients,
    // Only a leader hears everybody; what another one knows is too little to promise anything.
    tolerates: leads ? failuresTolerated(status.view, alive) : -1,
    diverged: status.halted,
    members: [...status.view.members, ...status.learners].map(show),
  };
}

function roleOf(member: Member, status: ReplicaStatus): MemberStatus['role'] {
  if (memberOf(status.view, member.id) === undefined) return 'learner';
  return member.id === status.leader ? 'leader' : 'follower';
}
