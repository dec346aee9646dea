import type { Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import type { ControlReply, ControlRequest, StatusReport } from '../platform/index.ts';
import { parseAddress, showAddress } from './address.ts';
import type { HostPort } from './address.ts';
import { ask } from './control.ts';
import { findMembers } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';
import { EXIT, print } from './output.ts';
import { fetchStatus, serves } from './status-command.ts';
import { toleranceText } from './tolerance.ts';

export async function members(places: Whereabouts, token: Token | undefined): Promise<number> {
  const report = await fetchStatus(await findMembers(places), token);
  const width = Math.max(...report.members.map(({ addr }) => addr.length));
  for (const { addr, role, alive, durable, id } of report.members) {
    const state = alive ? 'alive' : 'not heard';
    const disk = durable ? 'disk' : 'memory';
    print(`${addr.padEnd(width)}  ${role.padEnd(8)}  ${state.padEnd(9)}  ${disk.padEnd(6)}  ${id}`);
  }
  print(`tolerates ${toleranceText(report)}`);
  return serves(report) ? EXIT.done : EXIT.failed;
}

/** Removes a member; refused when fewer failures would be tolerated than now, unless forced. */
export async function remove(
  places: Whereabouts,
  member: string,
  options: { readonly force?: boolean; readonly tell?: (line: string) => void },
  token: Token | undefined,
): Promise<number> {
  const address = showAddress(parseAddress(member));
  const force = options.force === true;
  const request = { do: 'remove', address, force } as const;
  const order = { token, request, member: address, tell: options.tell ?? print };
  return change(places, order, (_before, after) =>
    after.members.every((other) => other.addr !== address) ? `removed ${address}` : undefined,
  );
}

/** Hands leadership to `member`, or to the most advanced one. */
export async function transfer(
  places: Whereabouts,
  member: string | undefined,
  token: Token | undefined,
): Promise<number> {
  const to = member === undefined ? undefined : showAddress(parseAddress(member));
  const request: ControlRequest = to === undefined ? { do: 'transfer' } : { do: 'transfer', to };
  return change(places, { token, request, member: to, tell: print }, (before, after) => {
    if (after.leader === null || (to ?? after.leader) !== after.leader) return undefined;
    if (to !== undefined && before.leader === to) return `${to} leads already`;
    if (after.leader === before.leader) return undefined;
    return `handed leadership from ${before.leader} to ${after.leader}`;
  });
}

interface Order {
  readonly token: Token | undefined;
  readonly request: ControlRequest;
  /** Whom it is about, where it names one. */
  readonly member: string | undefined;
  readonly tell: (line: string) => void;
}

/** What a change has done, in words; undefined while it does not show. */
type Deed = (before: StatusReport, after: StatusReport) => string | undefined;

async function change(
  places: Whereabouts,
  { token, request, member, tell }: Order,
  deed: Deed,
): Promise<number> {
  const known = await findMembers(places);
  const before = await fetchStatus(known, token);
  tell(`before: tolerates ${toleranceText(before)}`);
  if (before.leader === null || before.role !== 'leader') {
    throw new ConCoordError('NO_QUORUM', 'no leader is known, so nothing can be changed');
  }
  if (member !== undefined && before.members.every(({ addr }) => addr !== member)) {
    throw notAMember(member, before);
  }
  const { reply } = await ask(parseAddress(before.leader), request, {
    patienceMs: 15_000,
    token,
  });
  const answer = reply as ControlReply;
  if ('error' in answer) throw refused(request, answer.error, before);
  const after = await settled({ known, token }, before, deed);
  const done = deed(before, after);
  tell(`after: tolerates ${toleranceText(after)}, leader ${after.leader ?? 'none'}`);
  tell(done ?? "the change was accepted and does not show yet: look again with 'concoord status'");
  return EXIT.done;
}

function notAMember(address: string, { members: known }: StatusReport): ConCoordError {
  return new ConCoordError('NOT_A_MEMBER', `${address} is not a member`, {
    remedy: `The members are ${known.map(({ addr }) => addr).join(', ')}.`,
  });
}

/** What the leader does not do, and what can be done instead. */
function refused(
  request: ControlRequest,
  { code, message }: { readonly code: string; readonly message: string },
  before: StatusReport,
): ConCoordError {
  if (request.do === 'remove') {
    // It was one when this command began, and somebody else was quicker.
    if (code === 'NOT_A_MEMBER') return notAMember(request.address, before);
    const count = before.members.length;
    const rest = count === 2 ? '1 member' : `${count - 1} members`;
    if (count === 1) {
      return new ConCoordError('UNSAFE_CHANGE', `${request.address}: ${message}`, {
        remedy: 'Stop its process instead: an instance without members is none.',
      });
    }
    const fact = `without ${request.address}, ${rest} would stay: ${message}`;
    return new ConCoordError('UNSAFE_CHANGE', fact, {
      remedy:
        'Add a member first, or bring back one that is not heard; or accept that with --force.',
    });
  }
  return new ConCoordError('UNSAFE_CHANGE', `leadership stays at ${before.leader}: ${message}`, {
    remedy: "Look with 'concoord status' which members are alive and level, and try again.",
  });
}

/** The state in which the change shows; a new leader needs a moment to be known everywhere. */
async function settled(
  { known, token }: { readonly known: readonly HostPort[]; readonly token: Token | undefined },
  before: StatusReport,
  deed: Deed,
): Promise<StatusReport> {
  const others = before.members.map((member) => parseAddress(member.addr));
  const deadline = Date.now() + 5000;
  for (;;) {
    const after = await fetchStatus([...known, ...others], token);
    if ((serves(after) && deed(before, after) !== undefined) || Date.now() > deadline) return after;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
