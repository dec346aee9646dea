import { decodeEntry, isViewEntry } from '../paxos/index.ts';
import type { Message, ReplicaId, View } from '../paxos/index.ts';
import type { Observer } from './observer.ts';
import type { ReplicaProcess } from './replica-process.ts';

/**
 * Which views may govern at present. What an instance survives is defined by them: at every moment a
 * majority of the current view is intact. While a view changes, both count; and so does one that is
 * proposed, because it may be decided at any moment.
 */
export class Views implements Observer {
  /** From the last one in which somebody took office up to the newest that was decided. */
  #current: View[];
  #proposed: View | undefined;
  /** View changes that were decided. */
  changes = 0;

  constructor(genesis: View) {
    this.#current = [genesis];
  }

  get newest(): View {
    return this.#current.at(-1) as View;
  }

  sent(_replica: ReplicaProcess, _to: ReplicaId, message: Message): void {
    if (message.kind !== 'accept' || !isViewEntry(message.entry)) return;
    const content = decodeEntry(message.entry);
    if (content.kind === 'view') this.#propose(content.view);
  }

  #propose(view: View): void {
    if (view.epoch > this.newest.epoch) this.#proposed = view;
  }

  turned({ replica }: ReplicaProcess): void {
    const { leader, log } = replica;
    if (log.view.epoch > this.newest.epoch) {
      this.#current.push(log.view);
      this.changes++;
      if (this.#proposed !== undefined && this.#proposed.epoch <= log.view.epoch) {
        this.#proposed = undefined;
      }
    }
    // Whoever takes office in a view has promises of a majority of it that holds all before it.
    if (
      this.#current.length > 1 &&
      leader?.leading === true &&
      log.view.epoch === this.newest.epoch
    ) {
      this.#current = [this.newest];
    }
  }

  /**
   * Whether every view that may govern has a majority of intact members, also when as many members are
   * added as `growth` says that are not intact.
   */
  survives(intact: (id: ReplicaId) => boolean, growth = 0): boolean {
    const views = this.#proposed === undefined ? this.#current : [...this.#current, this.#proposed];
    return views.every((view) => {
      const count = view.members.filter(({ id }) => intact(id)).length;
      return count >= Math.floor((view.members.length + growth) / 2) + 1;
    });
  }

  /** Whether a view that may govern has this member. */
  has(id: ReplicaId): boolean {
    return this.#current.some((view) => view.members.some((member) => member.id === id));
  }
}
