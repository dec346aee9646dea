import type { Inbox } from '../host/index.ts';
import {
  encodeBatch,
  encodeItem,
  encodeView,
  eraOf,
  makeView,
  Replica,
  DEFAULT_TIMING,
} from '../paxos/index.ts';
import type { LogRecord, Slot } from '../paxos/index.ts';
import { ConCoordError, Random } from '../base/index.ts';
import type { DataDirectory, Identity } from './data-directory.ts';
import { diskStorage } from './storage.ts';

/** What a directory would begin a new generation with. */
export interface Recovery {
  readonly identity: Identity;
  /** Members of the last view that this directory knows. */
  readonly members: readonly string[];
  /** Known to be decided up to here. */
  readonly decided: Slot;
  /** Votes beyond that, which are kept: any of them may have been acknowledged. */
  readonly votes: number;
  /** Makes the new generation; undefined when only asked what would be. */
  readonly generation: number;
}

/**
 * Begins a new generation of an instance from one directory whose fellows are lost: everything that it
 * knows to be decided and every vote that follows without a gap is kept, then a view of this one replica,
 * under a new id, is put behind. What other members acknowledged and this one never received is lost.
 *
 * @param how `examine` changes nothing.
 */
export async function recoverInstance(
  directory: DataDirectory,
  newId: number,
  how: 'examine' | 'carryOut',
): Promise<Recovery> {
  const { identity } = directory;
  if (identity === undefined) {
    throw new ConCoordError('DATA_DIRECTORY', `${directory.path} holds no replica`);
  }
  const inbox = new Waiting();
  const fail = (error: Error): void => inbox.fail(error);
  const storage = await diskStorage(directory, inbox, fail, () => undefined);
  const { recovered } = storage;
  const self = { id: identity.id, address: identity.address, durable: true };
  const { genesis } = identity;
  const replica = new Replica({
    self,
    timing: DEFAULT_TIMING,
    random: new Random(1),
    genesis,
    contacts: [],
    recovered,
  });
  const { log, acceptor } = replica;
  const decided = log.commit;
  let votes = 0;
  const records: LogRecord[] = [];
  for (;;) {
    const pvalue = acceptor.accepted(log.commit + 1);
    // A vote for a change of a view that is over was never decided, and neither was anything behind it.
    if (pvalue === undefined || !log.fits(pvalue.entry)) break;
    votes++;
    records.push({ kind: 'decided', slot: pvalue.slot, entry: pvalue.entry });
    acceptor.decide(pvalue.entry);
  }
  const members = log.view.members.map((member) => member.address);
  const generation = identity.generation + 1;
  if (how === 'carryOut') {
    const era = encodeItem({ kind: 'era', above: eraOf(generation) });
    records.push({ kind: 'decided', slot: log.commit + 1, entry: encodeBatch(0, 0, [era]) });
    const viewSlot = log.commit + 2;
    const view = makeView(log.view.epoch + 1, viewSlot + 1, [{ ...self, id: newId }]);
    records.push({ kind: 'decided', slot: viewSlot, entry: encodeView(view) });
    records.push({ kind: 'commit', slot: viewSlot });
    const position = recovered.position + records.length;
    // First: with the old identity it would tell others that what follows was decided in their generation.
    directory.update({ ...identity, id: newId, generation });
    storage.log.append(records, position);
    await inbox.durableAt(position);
  }
  await storage.close();
  return { identity, members, decided, votes, generation };
}

/** Waits for the log alone. */
class Waiting implements Inbox {
  #durable = 0;
  #error: Error | undefined;
  #wake: (() => void) | undefined;

  push(): void {
    // Nothing runs that could say anything.
  }

  durable(position: number): void {
    this.#durable = position;
    this.#wake?.();
  }

  fail(error: Error): void {
    this.#error = error;
    this.#wake?.();
  }

  async durableAt(position: number): Promise<void> {
    while (this.#durable < position) {
      if (this.#error !== undefined) throw this.#error;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
