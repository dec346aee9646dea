import type { Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import type { ControlReply, ControlRequest, StatusReport } from '../platform/index.ts';
import type { HostPort } from './address.ts';
import { parseAddress, showAddress } from './address.ts';
import { ask } from './control.ts';
import { findMembers } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';
import { EXIT, print, say } from './output.ts';
import { toleranceText } from './tolerance.ts';

/**
 * The report of the leader when it can be found, else that of whoever answers first. All are asked at
 * once, since any of them may stand still.
 */
export function fetchStatus(addresses: readonly HostPort[], token?: Token): Promise<StatusReport> {
  return new Promise((resolve, reject) => {
    const failures: string[] = [];
    const reports: StatusReport[] = [];
    const asked = new Set<string>();
    let pending = 0;
    const finish = (): void => {
      const best = reports.find(({ role }) => role === 'leader') ?? newest(reports);
      if (best !== undefined) resolve(corrected(best, reports));
      else reject(new ConCoordError('CONNECTION', failures.sort().join('; ')));
    };
    const look = async (address: HostPort): Promise<void> => {
      try {
        const report = await statusOf(address, token);
        reports.push(report);
        // One that has lost its majority may be a leader of the past.
        if (report.role === 'leader' && report.tolerates >= 0) resolve(report);
        for (const { addr } of report.members) start(parseAddress(addr));
      } catch (error) {
        const final = error instanceof ConCoordError && error.code === 'UNAUTHORIZED';
        if (!(error instanceof ConCoordError) || final) reject(error);
        else failures.push(error.message);
      }
      if (--pending === 0) finish();
    };
    const start = (address: HostPort): void => {
      if (asked.has(showAddress(address))) return;
      asked.add(showAddress(address));
      pending++;
      void look(address);
    };
    for (const address of addresses) start(address);
  });
}

function newest(reports: readonly StatusReport[]): StatusReport | undefined {
  return reports.toSorted((a, b) => b.epoch - a.epoch || b.decided - a.decided)[0];
}

/** Without a leader that serves, each member knows best about itself. */
export function corrected(report: StatusReport, reports: readonly StatusReport[]): StatusReport {
  const members = report.members.map((member) => {
    const own = reports.find(({ address }) => address === member.addr);
    if (own === undefined) return member;
    return { ...member, role: own.role, applied: own.applied, alive: true };
  });
  const leads = members.find(({ addr }) => addr === report.leader);
  const isHeard = reports.some(({ address }) => address === report.leader);
  const leader = isHeard && leads?.role !== 'leader' ? null : report.leader;
  return { ...report, members, leader };
}

/** What one replica says of itself, and of the others as far as it hears them. */
export async function statusOf(address: HostPort, token: Token | undefined): Promise<StatusReport> {
  const request: ControlRequest = { do: 'status' };
  const { reply } = await ask(address, request, { token });
  const answer = reply as ControlReply;
  if ('status' in answer) return answer.status;
  const message = 'error' in answer ? answer.error.message : 'no status';
  throw new ConCoordError('PROTOCOL', `${showAddress(address)}: ${message}`);
}

/** Whether a majority serves: a leader is known, in office, and hears enough members. */
export function serves(report: StatusReport): boolean {
  return report.role === 'leader' && report.tolerates >= 0 && !report.diverged;
}

export async function status(
  places: Whereabouts,
  options: { readonly json?: boolean },
  token: Token | undefined,
): Promise<number> {
  const report = await fetchStatus(await findMembers(places), token);
  if (options.json === true) print(JSON.stringify({ ...report, serving: serves(report) }, null, 2));
  else showStatus(report);
  return serves(report) ? EXIT.done : EXIT.failed;
}

function showStatus(report: StatusReport): void {
  print(`instance   ${report.instance} generation ${report.generation}`);
  print(`object     ${report.object} (code ${report.codeHash.slice(0, 12)})`);
  print(`leader     ${report.leader ?? 'none'}, ballot ${report.ballot}`);
  const count = report.members.length;
  print(`view       epoch ${report.epoch}, ${count === 1 ? '1 member' : `${count} members`}`);
  print(`slots      decided ${report.decided}, applied ${report.applied}`);
  print(`clients    ${report.clients} connected, ${report.sessions} sessions`);
  print(`tolerates  ${toleranceText(report)}`);
  for (const line of memberLines(report)) print(line);
  if (!serves(report)) say(whyNot(report));
}

/** A line for each member, as far as the reporter knows. */
export function memberLines({ decided, members }: StatusReport): string[] {
  const width = Math.max(...members.map(({ addr }) => addr.length));
  return members.map(({ addr, alive, applied, durable, role }) => {
    const lag = Math.max(0, decided - applied);
    const state = alive ? `applied ${applied}, ${lag} behind` : 'not heard';
    const disk = durable ? 'disk' : 'memory';
    return `  ${addr.padEnd(width)}  ${role.padEnd(8)}  ${disk.padEnd(6)}  ${state}`;
  });
}

function whyNot(report: StatusReport): string {
  if (report.diverged)
    return `the state of ${report.address} differs from others: it serves nobody; see its log`;
  const dead = report.members.filter((member) => !member.alive).map((member) => member.addr);
  if (report.leader === null) return `no leader is known to ${report.address}; start more members`;
  return `no majority: not heard are ${dead.join(', ')}; start them again`;
}
