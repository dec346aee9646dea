import { present } from '../base/index.ts';
import { place } from './placement.ts';
import type { PlacedNode } from './placement.ts';

/** A member of the view, as the leader sees it. */
export interface SeenMember {
  readonly address: string;
  readonly isAlive: boolean;
  readonly isLeader: boolean;
  /** How long it has not been heard, in ms; 0 of one that is alive. */
  readonly silentMs: number;
}

/** Who is on the way: a learner, or a replica of ours on a node that is not even that yet. */
export interface SeenJoiner {
  readonly address: string;
  readonly host: string | undefined;
  /** How long it has been on the way. */
  readonly ageMs: number;
}

/** A node that was asked what runs there. */
export interface SeenNode extends PlacedNode {
  /** It did, and it is set up. */
  readonly answers: boolean;
  /** Addresses of the replicas of this instance there, whatever has become of them. */
  readonly replicas: readonly string[];
  /** It runs replicas of other instances as well. */
  readonly isBusy: boolean;
  /** What was tried there lately has failed. */
  readonly isAvoided: boolean;
}

/** Everything that a step is decided from. */
export interface InstanceSight {
  /** More members that may fail; negative when no majority serves. */
  readonly tolerates: number;
  /** Those that vote. */
  readonly members: readonly SeenMember[];
  readonly joiners: readonly SeenJoiner[];
  readonly nodes: readonly SeenNode[];
}

export interface Aim {
  /** So many live members there shall be. */
  readonly count: number;
  /** Who was not heard for so long is dead. */
  readonly patienceMs: number;
  /** Who is on the way for longer will not arrive. */
  readonly joinPatienceMs: number;
}

export type Step =
  /** All is as it shall be. */
  | { readonly do: 'rest'; readonly why: string }
  /** Something is under way, or may be. */
  | { readonly do: 'wait'; readonly why: string }
  /** Nothing can be done without help. */
  | { readonly do: 'stuck'; readonly why: string }
  | { readonly do: 'start'; readonly host: string; readonly why: string }
  /** Start the dead replica itself again: no other node is left. */
  | {
      readonly do: 'revive';
      readonly host: string;
      readonly address: string;
      readonly why: string;
    }
  /** Give up a replica that does not become a member. */
  | {
      readonly do: 'abandon';
      readonly host: string;
      readonly address: string;
      readonly why: string;
    }
  | {
      readonly do: 'remove';
      readonly address: string;
      readonly host: string | undefined;
      readonly why: string;
    };

/**
 * The next step towards as many live members as are wanted; one at a time, each decided from what is to be
 * seen and from nothing that was done before. So whoever comes after a maintainer that died in the middle
 * goes on where it stopped: a replica that it had started is on its way, or a member.
 *
 * A dead member is removed only when enough others live, and one that lives only where that costs no
 * tolerance; the leader, who knows better, refuses otherwise. While anybody is on the way nothing is started.
 */
export function nextStep(sight: InstanceSight, aim: Aim): Step {
  const { joiners, members, tolerates } = sight;
  if (tolerates < 0) {
    return { do: 'stuck', why: 'no majority serves: start members that are down' };
  }
  const live = members.filter(({ isAlive }) => isAlive);
  const dead = members.filter(({ isAlive, silentMs }) => !isAlive && silentMs >= aim.patienceMs);
  const doubtful = members.length - live.length - dead.length;

  const isLate = ({ ageMs }: SeenJoiner): boolean => ageMs > aim.joinPatienceMs;
  const late = joiners.find((one) => isLate(one) && one.host !== undefined);
  if (late?.host !== undefined) {
    const why = `${late.address} has not become a member`;
    return { do: 'abandon', host: late.host, address: late.address, why };
  }
  const arriving = joiners.filter((one) => !isLate(one));
  // Before anything else is begun: who removes first may have to wait for it all the same.
  if (arriving.length > 0) {
    const names = arriving.map(({ address }) => address).join(', ');
    return { do: 'wait', why: `${names} is on the way` };
  }
  if (live.length + doubtful < aim.count) return another(sight, live, dead);
  if (doubtful > 0) {
    const silent = members.filter((one) => !one.isAlive && !dead.includes(one));
    return { do: 'wait', why: `${silent.map(({ address }) => address).join(', ')} is not heard` };
  }
  const [gone] = dead;
  if (gone !== undefined) {
    const why = `${gone.address} is dead, and ${lives(live)}`;
    return { do: 'remove', address: gone.address, host: hostOf(sight, gone.address), why };
  }
  return live.length > aim.count ? oneLess(sight, live, aim) : { do: 'rest', why: lives(live) };
}

/** On a node that has nothing of this instance, or, when there is none, where a dead member was. */
function another(
  sight: InstanceSight,
  live: readonly SeenMember[],
  dead: readonly SeenMember[],
): Step {
  const free = sight.nodes.filter(
    ({ answers, isAvoided, replicas }) =>
      answers && !isAvoided && replicas.every((address) => !isMember(sight, address)),
  );
  const idle = free.filter(({ isBusy }) => !isBusy);
  const spare = idle.length > 0 ? idle : free;
  const isLive = (address: string): boolean => live.some((one) => one.address === address);
  const taken = sight.nodes.filter(({ replicas }) => replicas.some(isLive));
  const why = lives(live);
  if (spare.length > 0) {
    const [choice] = place(spare, 1, taken);
    if (choice !== undefined) return { do: 'start', host: choice.node.host, why };
  }
  for (const { address } of dead) {
    const node = sight.nodes.find(({ replicas }) => replicas.includes(address));
    if (node === undefined || !node.answers || node.isAvoided) continue;
    return { do: 'revive', host: node.host, address, why: `${why}, and no other node is left` };
  }
  return { do: 'stuck', why: `${why}, and no node is left for another: add one, or mend one` };
}

function isMember({ members }: InstanceSight, address: string): boolean {
  return members.some((member) => member.address === address);
}

function hostOf({ nodes }: InstanceSight, address: string): string | undefined {
  return nodes.find(({ replicas }) => replicas.includes(address))?.host;
}

/** Two maintainers without a common lock, or a member that has come back, may have made one too many. */
function oneLess(sight: InstanceSight, live: readonly SeenMember[], aim: Aim): Step {
  const surplus = live.length - aim.count;
  const extra = `${lives(live)}, ${surplus} more than wanted`;
  // Of an odd number each counts: without one fewer failures are tolerated.
  if (live.length % 2 === 1) {
    return { do: 'rest', why: `${extra}; remove them yourself if you mean it` };
  }
  const ours = live.flatMap(({ address, isLeader }) => {
    const node = sight.nodes.find(({ answers, replicas }) => answers && replicas.includes(address));
    return node === undefined || isLeader ? [] : [{ ...node, address }];
  });
  if (ours.length === 0) return { do: 'rest', why: `${extra}, on no node of ours` };
  const crowded = ours.find((one) => hasSeveral(one, live));
  if (crowded !== undefined) {
    return { do: 'remove', address: crowded.address, host: crowded.host, why: extra };
  }
  const elsewhere = sight.nodes.filter(
    (node) =>
      ours.every(({ host }) => host !== node.host) &&
      node.replicas.some((address) => live.some((one) => one.address === address)),
  );
  // Who would be chosen last has most in common with the others.
  const last = present(place(ours, ours.length, elsewhere).at(-1), 'who is chosen last');

  const { address, host } = last.node;
  return { do: 'remove', address, host, why: extra };
}

/** Members on one node are lost together. */
function hasSeveral({ replicas }: SeenNode, live: readonly SeenMember[]): boolean {
  return live.filter(({ address }) => replicas.includes(address)).length > 1;
}

function lives({ length }: readonly SeenMember[]): string {
  return length === 1 ? '1 member lives' : `${length} members live`;
}
