import { ConCoordError } from '../base/index.ts';
import type { ControlReply, ControlRequest, StatusReport } from '../platform/index.ts';
import { parseAddress, parseAddresses, showAddress } from './address.ts';
import { ask } from './control.ts';
import { EXIT, print } from './output.ts';
import { fetchStatus, serves } from './status-command.ts';
import { toleranceText } from './tolerance.ts';

export async function members(list: string): Promise<number> {
  const report = await fetchStatus(parseAddresses(list));
  for (const member of report.members) {
    const state = member.alive ? 'alive' : 'not heard';
    print(
      `${member.addr} ${member.role} ${state} ${member.durable ? 'disk' : 'memory'} ${member.id}`,
    );
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
  return change(list, { do: 'remove', address, force }, (after) =>
    after.members.every((other) => other.addr !== address),
  );
}

/** Hands leadership to `member`, or to the most advanced one. */
export async function transfer(list: string, member: string | undefined): Promise<number> {
  const to = member === undefined ? undefined : showAddress(parseAddress(member));
  const request: ControlRequest = to === undefined ? { do: 'transfer' } : { do: 'transfer', to };
  return change(list, request, (after) => to === undefined || after.leader === to);
}

async function change(
  list: string,
  request: ControlRequest,
  happened: (after: StatusReport) => boolean,
): Promise<number> {
  const before = await fetchStatus(parseAddresses(list));
  print(`before: tolerates ${toleranceText(before)}`);
  if (before.leader === null || before.role !== 'leader') {
    throw new ConCoordError('NO_QUORUM', 'no leader is known, so nothing can be changed');
  }
  const { reply } = await ask(parseAddress(before.leader), request, { patienceMs: 15_000 });
  const answer = reply as ControlReply;
  if ('error' in answer) throw new ConCoordError('UNSAFE_CHANGE', answer.error.message);
  const after = await settled(list, before, happened);
  print(`after: tolerates ${toleranceText(after)}, leader ${after.leader ?? 'none'}`);
  return EXIT.done;
}

/** The state in which the change shows; a new leader needs a moment to be known everywhere. */
async function settled(
  list: string,
  before: StatusReport,
  happened: (after: StatusReport) => boolean,
): Promise<StatusReport> {
  const others = before.members.map((member) => parseAddress(member.addr));
  const deadline = Date.now() + 5000;
  for (;;) {
    const after = await fetchStatus([...parseAddresses(list), ...others]);
    if ((serves(after) && happened(after)) || Date.now() > deadline) return after;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
