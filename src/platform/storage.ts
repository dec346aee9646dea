/** The log and the snapshots of a replica, in its directory or in memory. */
import { recover } from '../host/index.ts';
import type { Inbox, LogPort, SnapshotPort } from '../host/index.ts';
import type { Recovered } from '../paxos/index.ts';
import type { DataDirectory } from './data-directory.ts';
import { MemoryLog } from './memory-log.ts';
import { MemorySnapshots } from './memory-snapshots.ts';
import { openSnapshots } from './snapshot-store.ts';
import { pacedDisk } from './sync-pace.ts';
import { openWal } from './wal.ts';

type Fatal = (error: Error) => void;

/** What was read from the disk, or nothing, with the ports that go on from there. */
export interface Storage {
  readonly log: LogPort;
  readonly snapshots: SnapshotPort;
  readonly recovered: Recovered | undefined;
  readonly state: Uint8Array | undefined;
  readonly close: () => Promise<void>;
}

export function memoryStorage(inbox: Inbox, fatal: Fatal): Storage {
  return {
    log: new MemoryLog(inbox),
    snapshots: new MemorySnapshots(inbox, fatal),
    recovered: undefined,
    state: undefined,
    close: async () => undefined,
  };
}

/**
 * @param fatal Called with a failure of the disk after which the process must end.
 * @param flush Lets out what is about to leave: the event loop is going to wait for the disk, or has waited.
 */
export async function diskStorage(
  directory: DataDirectory,
  inbox: Inbox,
  fatal: Fatal,
  flush: () => void,
): Promise<Storage & { readonly recovered: Recovered }> {
  const paced = pacedDisk();
  const store = await openSnapshots(directory.snapshotsPath, inbox, fatal, paced);
  const { newest } = store;
  const slot = newest?.name.slot ?? 0;
  const wal = openWal(directory.logPath, inbox, fatal, { above: slot, flush, ...paced });
  const snapshot =
    newest === undefined ? undefined : { name: newest.name, header: newest.header, slot };
  return {
    log: wal.port,
    snapshots: store.port,
    recovered: recover({ ...wal.recovered, snapshot }),
    state: newest?.state,
    close: async () => {
      await wal.close();
      await store.close();
    },
  };
}
