import { ConCoordError } from '../base/index.ts';
import type { ControlReply, ControlRequest, StatusReport } from '../platform/index.ts';
import { parseAddress, parseAddresses, showAddress } from './address.ts';
import { ask } from './control.ts';
import { EXIT, print } from './output.ts';
import { fetchStatus, serves } from './status-command.ts';
import { toleranceText } from './tolerance.ts';

export async function members(list: string): Promise<number> {
  const report = await fetchStatus(parseAddresses(list));
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
  list: string,
  member: string,
  options: { readonly force?: boolean },
): Promise<number> {
  const address = showAddress(parseAddress(member));
  const force = options.force === true;
  return change(list, { do: 'remove', address, force }, address, (_before, after) =>
    after.members.every((other) => other.addr !== address) ? `removed ${address}` : undefined,
  );
}

/** Hands leadership to `member`, or to the most advanced one. */
export async function transfer(list: string, member: string | undefined): Promise<number> {
  const to = member === undefined ? undefined : showAddress(parseAddress(member));
  const request: ControlRequest = to === undefined ? { do: 'transfer' } : { do: 'transfer', to };
  return change(list, request, to, (before, after) => {
    if (after.leader === null || (to ?? after.leader) !== after.leader) return undefined;
    if (to !== undefined && before.leader === to) return `${to} leads already`;
    if (after.leader === before.leader) return undefined;
    return `handed leadership from ${before.leader} to ${after.leader}`;
  });
}

/** What a change has done, in words; undefined while it does not show. */
type Deed = (before: StatusReport, after: StatusReport) => string | undefined;

async function change(
  list: string,
  request: ControlRequest,
  member: string | undefined,
  deed: Deed,
): Promise<number> {
  const before = await fetchStatus(parseAddresses(list));
  print(`before: tolerates ${toleranceText(before)}`);
  if (before.leader === null || before.role !== 'leader') {
    throw new ConCoordError('NO_QUORUM', 'no leader is known, so nothing can be changed');
  }
  if (member !== undefined && before.members.every(({ addr }) => addr !== member)) {
    throw new ConCoordError('UNSAFE_CHANGE', `${member} is not a member`, {
      remedy: `The members are ${before.members.map(({ addr }) => addr).join(', ')}.`,
    });
  }
  const { reply } = await ask(parseAddress(before.leader), request, { patienceMs: 15_000 });
  const answer = reply as ControlReply;
  if ('error' in answer) throw new ConCoordError('UNSAFE_CHANGE', answer.error.message);
  const after = await settled(list, before, deed);
  const done = deed(before, after);
  print(`after: tolerates ${toleranceText(after)}, leader ${after.leader ?? 'none'}`);
  print(done ?? "the change was accepted and does not show yet: look again with 'concoord status'");
  return EXIT.done;
}

/** The state in which the change shows; a new leader needs a moment to be known everywhere. */
async function settled(list: string, before: StatusReport, deed: Deed): Promise<StatusReport> {
  const others = before.members.map((member) => parseAddress(member.addr));
  const deadline = Date.now() + 5000;
  for (;;) {
    const after = await fetchStatus([...parseAddresses(list), ...others]);
    if ((serves(after) && deed(before, after) !== undefined) || Date.now() > deadline) return after;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
