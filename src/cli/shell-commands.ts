import { ConCoordError } from '../base/index.ts';
import type { Slot } from '../paxos/index.ts';
import type { StatusReport, Work } from '../platform/index.ts';
import { memberLines } from './status-command.ts';
import { toleranceText } from './tolerance.ts';

/** A replica, as the shell of its terminal asks it. */
export interface ShellReplica {
  readonly id: string;
  /** Where its disk is, in words. */
  readonly place: string;
  /** @throws ConCoordError while it starts. */
  readonly status: () => StatusReport;
  /** @throws ConCoordError while it starts. */
  readonly work: () => Work;
  /** What the object says of itself. */
  readonly showObject: () => Promise<string>;
  /** Asks `leader` to hand over to this replica; returns why not. */
  readonly takeOffice: (leader: string) => Promise<string | undefined>;
  /** As SIGTERM. */
  readonly stop: () => void;
}

type Command = (replica: ShellReplica) => string | Promise<string>;

const COMMANDS: Readonly<Record<string, readonly [string, Command]>> = {
  help: ['list these commands', () => help()],
  state: ['role, leader, view and slots of this replica', (it) => state(it.status())],
  info: ['who this replica is, and what it runs', (it) => info(it)],
  showobject: ['the object, as it shows itself', async (it) => shown(await it.showObject())],
  proposals: ['slots that are proposed and not decided', (it) => proposals(it)],
  pending: ['what is decided and not applied, and calls to be proposed', (it) => pending(it)],
  goleader: ['ask for leadership', goLeader],
  exit: ['end this replica, as SIGTERM does', exit],
};

/** How much of an object, and of a line that was typed by mistake, is shown. */
const MOST_OF_OBJECT = 16_384;
const MOST_OF_LINE = 40;
/** Gaps are rare: with so many, the numbers themselves say nothing to anybody. */
const MOST_RANGES = 8;

/** What begins like this. */
export function completions(line: string): string[] {
  const typed = line.trimStart().toLowerCase();
  return Object.keys(COMMANDS).filter((name) => name.startsWith(typed));
}

/** Does what the line says, and returns what to answer: of an error one line. */
export async function runCommand(line: string, replica: ShellReplica): Promise<string> {
  const name = line.trim().toLowerCase();
  if (name === '') return '';
  const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  if (command === undefined) {
    const text = line.trim();
    const cut = text.length > MOST_OF_LINE ? `${text.slice(0, MOST_OF_LINE)}…` : text;
    return `no command '${harmless(cut)}': help lists them`;
  }
  try {
    return await command[1](replica);
  } catch (error) {
    return `${name}: ${harmless(explain(error).replaceAll(/\s*\n\s*/g, ' '))}`;
  }
}

/** What an object of the user's throws arrives with its own class. */
function explain(error: unknown): string {
  if (error instanceof ConCoordError) return `${error.message} (${error.code}). ${error.remedy}`;
  return String(error);
}

function help(): string {
  const lines = Object.entries(COMMANDS).map(([name, [text]]) => `${name.padEnd(10)}  ${text}`);
  return [...lines, 'Ctrl-D leaves this shell, and the replica goes on; Ctrl-C ends it'].join('\n');
}

function state(report: StatusReport): string {
  const { address, applied, ballot, decided, diverged, epoch, leader, members, role } = report;
  const leads = role === 'leader';
  return [
    `role       ${diverged ? `${role}; its state differs from others: it serves nobody` : role}`,
    `leader     ${leader ?? 'none'}, ballot ${ballot}`,
    `view       epoch ${epoch}, ${members.length} members`,
    `slots      decided ${decided}, applied ${applied}`,
    // Only who leads hears everybody.
    ...(leads ? [`tolerates  ${toleranceText(report)}`, ...memberLines(report)] : []),
    ...(leads ? [] : members.map((one) => `  ${one.addr}${one.addr === address ? ' (here)' : ''}`)),
  ].join('\n');
}

function info({ id, place, status }: ShellReplica): string {
  const { address, clients, codeHash, generation, instance, object, sessions } = status();
  return [
    `address    ${address}`,
    `id         ${id}`,
    `instance   ${instance} generation ${generation}`,
    `object     ${object} (code ${codeHash.slice(0, 12)})`,
    `directory  ${place}`,
    `clients    ${clients} connected, ${sessions} sessions`,
  ].join('\n');
}

function proposals({ status, work }: ShellReplica): string {
  const { accepted, commit, proposed, role } = work();
  if (role === 'leader') {
    const open = Array.from({ length: proposed }, (_, index) => commit + 1 + index);
    return `proposed and not decided: ${slotsText(open)}`;
  }
  const { leader } = status();
  const who = leader === null ? 'nobody leads' : `${leader} leads`;
  return `${who}; accepted here and not known to be decided: ${slotsText(accepted)}`;
}

function pending({ work }: ShellReplica): string {
  const { applied, commit, queued } = work();
  const slots = Array.from({ length: commit - applied }, (_, index) => applied + 1 + index);
  return `decided and not applied: ${slotsText(slots)}; calls to be proposed: ${queued}`;
}

async function goLeader(replica: ShellReplica): Promise<string> {
  const { address, leader } = replica.status();
  if (leader === address) return `${address} leads already`;
  if (leader === null) {
    return 'nobody is known to lead, so nobody can hand over: start more members';
  }
  const refusal = await replica.takeOffice(leader);
  if (refusal === undefined) return `${leader} hands leadership to ${address}`;
  return harmless(`leadership stays at ${leader}: ${refusal}; look with state, and try again`);
}

function exit(replica: ShellReplica): string {
  replica.stop();
  return '';
}

function slotsText(slots: readonly Slot[]): string {
  if (slots.length === 0) return 'none';
  const ranges: [Slot, Slot][] = [];
  for (const slot of slots.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1);
    if (last?.[1] === slot - 1) last[1] = slot;
    else ranges.push([slot, slot]);
  }
  const texts = ranges.map(([first, last]) =>
    first === last ? `${first}` : `${first} to ${last}`,
  );
  const more = texts.length > MOST_RANGES ? ', …' : '';
  const count = slots.length === 1 ? '1 slot' : `${slots.length} slots`;
  return `${count} (${texts.slice(0, MOST_RANGES).join(', ')}${more})`;
}

function shown(text: string): string {
  const left = text.length - MOST_OF_OBJECT;
  return left <= 0
    ? harmless(text)
    : `${harmless(text.slice(0, MOST_OF_OBJECT))}… and ${left} characters more`;
}

/** A class of somebody else, or another machine, must not move the cursor of this terminal. */
function harmless(text: string): string {
  return text.replaceAll(/[^\n\P{C}]|[\p{Zl}\p{Zp}]/gu, (unit) => {
    const code = unit.codePointAt(0) ?? 0;
    return `\\u{${code.toString(16)}}`;
  });
}
