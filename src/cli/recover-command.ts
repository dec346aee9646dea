import { randomBytes } from 'node:crypto';
import { ConCoordError } from '../base/index.ts';
import {
  holdsReplica,
  listDataDirectories,
  openDataDirectory,
  recoverInstance,
} from '../platform/index.ts';
import type { DataDirectory, Recovery } from '../platform/index.ts';
import { parseAddress } from './address.ts';
import { ask, Refused } from './control.ts';
import { EXIT, print, UsageError } from './output.ts';

/** How long a member has to show that it is alive. */
const SIGN_OF_LIFE_MS = 3000;

/** Offline: makes a new generation of an instance whose majority is lost, from one directory. */
export async function recover(options: {
  readonly dataDir: string;
  readonly force?: boolean;
}): Promise<number> {
  const path = options.dataDir;
  // Looked at before it is opened: opening makes what is not there.
  if (!holdsReplica(path)) {
    const below = replicasBelow(path);
    const those = below.length === 0 ? '' : `; below it are ${below.join(', ')}`;
    throw new UsageError(`${path} holds no replica: name the directory of a member${those}`);
  }
  const directory = openDataDirectory(path);
  try {
    const newId = randomBytes(6).readUIntBE(0, 6) || 1;
    const found = await recoverInstance(directory, newId, 'examine');
    const silent = await refuseAlive(found);
    showFound(found, silent);
    if (options.force === true) await carryOut(directory, newId, path);
    else print('nothing was changed: to do it, add --force');
    return EXIT.done;
  } finally {
    directory.close();
  }
}

/** Named by whoever took the parent for the directory. */
function replicasBelow(path: string): readonly string[] {
  try {
    return listDataDirectories(path).map((one) => one.path);
  } catch (error) {
    // What cannot be listed holds none that could be named; that it is none is said.
    if (error instanceof ConCoordError) return [];
    throw error;
  }
}

/**
 * Two generations that serve are two histories of one instance, and clients cannot tell them apart. So
 * nobody of the instance may be alive; no flag overrides that. Returns why each member is taken for dead.
 */
async function refuseAlive({ identity, members }: Recovery): Promise<readonly string[]> {
  const { instance } = identity;
  const silent: string[] = [];
  const alive: string[] = [];
  const looks = members.map(async (member) => {
    try {
      await ask(parseAddress(member), undefined, { patienceMs: SIGN_OF_LIFE_MS, instance });
      alive.push(member);
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      const stranger = !(error instanceof Refused) || error.code === 'INSTANCE_MISMATCH';
      if (!stranger) alive.push(member);
      else silent.push(error instanceof Refused ? `${member}: ${error.message}` : error.message);
    }
  });
  await Promise.all(looks);
  if (alive.length === 0) return silent.sort();
  throw new ConCoordError(
    'INSTANCE_EXISTS',
    `members of instance ${instance} are alive: ${alive.sort().join(', ')}`,
    {
      remedy:
        'Stop them first if their majority is lost for good; a majority that is alive needs no recovery: ' +
        'start this member as always.',
    },
  );
}

function showFound(found: Recovery, silent: readonly string[]): void {
  const { identity, members, decided, votes } = found;
  const { instance, generation } = identity;
  print(`instance ${instance} generation ${generation}, of ${members.join(', ')}`);
  for (const why of silent) print(`asked: ${why}`);
  const behind = votes === 1 ? '1 vote' : `${votes} votes`;
  print(
    `kept: ${decided} decided slots, and ${behind} behind them that may have been acknowledged`,
  );
  print('lost, if there was any: what other members acknowledged after that without this one');
  print('make sure that no majority can be brought back: it would be a second history');
}

async function carryOut(directory: DataDirectory, newId: number, path: string): Promise<void> {
  const { identity, generation } = await recoverInstance(directory, newId, 'carryOut');
  print(`begun: generation ${generation} with the sole member ${identity.address}`);
  print(`start it: concoord replica -w --data-dir ${path}`);
  print(
    'let the others join with -b and empty directories; members of the old generation end when they meet it',
  );
}
