import { setTimeout as pause } from 'node:timers/promises';
import { ConCoordError } from '../base/index.ts';
import { holdsReplica, listDataDirectories } from '../platform/index.ts';
import type { AgentWorld, SeenInstance } from './agent-world.ts';
import type { AgentAnswers, AgentRequest } from './protocol.ts';
import { listFolders } from './replica-folder.ts';
import type { ReplicaFolder } from './replica-folder.ts';
import { dropUnit } from './systemd.ts';

type Ask<Do extends AgentRequest['do']> = Extract<AgentRequest, { readonly do: Do }>;

const STOP_PATIENCE_MS = 40_000;
/** Somebody answers, and the next leader is not elected yet. */
const LEADER_PATIENCE_MS = 10_000;
const POLL_MS = 50;

/** By its address or the name of its folder; undefined: all of them. */
export function chosen(replica: string | undefined): readonly ReplicaFolder[] {
  const all = listFolders();
  if (replica === undefined) return all;
  const found = all.filter(({ address, name }) => address === replica || name === replica);
  if (found.length === 0) throw noReplica(replica);
  return found;
}

export function noReplica(replica: string | undefined): ConCoordError {
  const there = listFolders().map(({ address }) => address);
  return new ConCoordError('REMOTE_NODE', `there is no replica ${replica ?? ''}`, {
    remedy: there.length === 0 ? 'None was started there.' : `There are: ${there.join(', ')}.`,
  });
}

export async function stop(
  { replica }: Ask<'stop'>,
  world: AgentWorld,
): Promise<AgentAnswers['stop']> {
  const stopped: string[] = [];
  for (const folder of chosen(replica)) {
    if (await stopOne(folder, world)) stopped.push(folder.address);
  }
  return { stopped };
}

/**
 * A disk that is gone counts as a failure for ever: a majority of them, forgotten one by one, would be the
 * end of the instance. So a member leaves the view before anything of it goes.
 */
export async function forget(
  { force, replica }: Ask<'forget'>,
  world: AgentWorld,
): Promise<AgentAnswers['forget']> {
  const forgotten: string[] = [];
  for (const folder of chosen(replica)) {
    const { address } = folder;
    const cost = await leave(folder, force, world);
    await stopOne(folder, world);
    folder.remove();
    world.say(`forgets ${address}${cost}`);
    forgotten.push(address);
  }
  return { forgotten };
}

/**
 * Sees to it that nobody counts on this replica any more.
 *
 * @returns What that costs beside the replica, in words.
 * @throws ConCoordError `UNSAFE_CHANGE` when it costs something, unless that is accepted.
 */
async function leave(folder: ReplicaFolder, force: boolean, world: AgentWorld): Promise<string> {
  const { address, launch, tokenFile } = folder;
  const addresses = contactsOf(folder);
  const found = await lookPatiently(folder, addresses, world);
  const own = instanceOf(folder);
  // Another instance may have taken over the addresses that this one knew.
  const seen = own === undefined || own === found?.instance ? found : undefined;
  if (seen?.serves !== true) {
    // One in memory that does not run has nothing that could be lost.
    if (!holdsAnything(folder)) return '';
    if (force) return ', though no majority of its instance answers';
    const fact = `no majority of the instance of ${address} answers, so this may be what is left of it`;
    throw new ConCoordError('UNSAFE_CHANGE', `${fact} (asked: ${addresses.join(', ')})`, {
      remedy:
        'Start the other members first; or give up with --force what only this one holds: an instance ' +
        'does not survive the loss of most disks.',
    });
  }
  if (!seen.members.includes(address)) return '';
  if (seen.members.length > 1) {
    await world.operator.remove({ addresses, member: address, force, tokenFile, say: world.say });
    return '';
  }
  if (force) return ', the only member: its instance is gone, with all that it held';
  const where = launch.durable ? 'on its disk' : 'in its memory';
  throw new ConCoordError('UNSAFE_CHANGE', `${address} is the only member of its instance`, {
    remedy: `Add a member first; or end the instance with --force, which loses all that it holds ${where}.`,
  });
}

function contactsOf({ address, launch, state }: ReplicaFolder): readonly string[] {
  const boot = (launch.boot ?? '').split(',').map((one) => one.trim());
  const all = new Set([address, ...(state?.members ?? []), ...boot]);
  all.delete('');
  return [...all];
}

async function lookPatiently(
  folder: ReplicaFolder,
  addresses: readonly string[],
  { operator }: AgentWorld,
): Promise<SeenInstance | undefined> {
  const deadline = Date.now() + LEADER_PATIENCE_MS;
  for (;;) {
    const seen = await operator.look(addresses, folder.tokenFile);
    if (seen === undefined || seen.serves || Date.now() > deadline) return seen;
    await pause(POLL_MS);
  }
}

/** Of its disk, which knows best; undefined of one in memory. */
function instanceOf({ data, path }: ReplicaFolder): string | undefined {
  if (!holdsReplica(data)) return undefined;
  try {
    return listDataDirectories(path).find((one) => one.path === data)?.identity.instance;
  } catch (error) {
    // A damaged disk can be forgotten as well: whether its replica is a member is known by its address.
    if (error instanceof ConCoordError) return undefined;
    throw error;
  }
}

function holdsAnything(folder: ReplicaFolder): boolean {
  return holdsReplica(folder.data) || folder.supervisorPid() !== undefined;
}

export async function stopOne(folder: ReplicaFolder, world: AgentWorld): Promise<boolean> {
  const { supervisor } = folder.report();
  if (supervisor === 'systemd') dropUnit(folder);
  let told = 0;
  let pid = folder.supervisorPid();
  if (pid === undefined) return supervisor === 'systemd';
  world.say(`stops ${folder.address}`);
  const deadline = Date.now() + STOP_PATIENCE_MS;
  for (; pid !== undefined; pid = folder.supervisorPid()) {
    if (pid !== told && pid > 0) process.kill(pid, 'SIGTERM');
    told = pid;
    if (Date.now() > deadline) {
      throw new ConCoordError(
        'REMOTE_NODE',
        `${folder.address} did not stop; its process is ${pid}`,
      );
    }
    await pause(POLL_MS);
  }
  return true;
}
