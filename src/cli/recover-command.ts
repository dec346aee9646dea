import { randomBytes } from 'node:crypto';
import { openDataDirectory, recoverInstance } from '../platform/index.ts';
import { EXIT, print, UsageError } from './output.ts';

/** Offline: makes a new generation of an instance whose majority is lost, from one directory. */
export async function recover(options: {
  readonly dataDir: string;
  readonly force?: boolean;
}): Promise<number> {
  const carryOut = options.force === true;
  const directory = openDataDirectory(options.dataDir);
  try {
    if (directory.identity === undefined) {
      throw new UsageError(`${options.dataDir} holds no replica: name the directory of a member`);
    }
    const newId = randomBytes(6).readUIntBE(0, 6) || 1;
    const how = carryOut ? 'carryOut' : 'examine';
    const recovery = await recoverInstance(directory, newId, how);
    const { identity, members, decided, votes, generation } = recovery;
    print(
      `instance ${identity.instance} generation ${identity.generation}, of ${members.join(', ')}`,
    );
    print(
      `kept: ${decided} decided slots, and ${votes} votes behind them that may have been acknowledged`,
    );
    print('lost, if there was any: what other members acknowledged after that without this one');
    if (carryOut) {
      print(`begun: generation ${generation} with the sole member ${identity.address}`);
      print(`start it: concoord replica -w --data-dir ${options.dataDir}`);
      print(
        'let the others join with -b and empty directories; members of the old generation are refused',
      );
    } else {
      print(
        'nothing was changed: make sure that no majority can be brought back, then add --force',
      );
    }
    return EXIT.done;
  } finally {
    directory.close();
  }
}
