import type { Notice, ReplicaStatus } from '../paxos/index.ts';

/** A view as those see it who publish it. */
export interface ViewRoll {
  readonly epoch: number;
  readonly members: readonly { readonly address: string; readonly nameServer: boolean }[];
  /** The address of the member that leads, while one is known. */
  readonly leader?: string;
}

/** Hears every change of the view, and of whether this replica leads; first before it is `ready`. */
export type ViewChanged = (roll: ViewRoll, leads: boolean) => void;

/** After these the view may be another one, or this replica lead, or lead no more. */
const TELLS_VIEW: ReadonlySet<Notice['kind']> = new Set([
  'ready',
  'viewChanged',
  'leading',
  'following',
]);

/**
 * Tells whoever publishes the view of its changes. A learner tells nothing: the views that it passes while it
 * is caught up are over.
 */
export class ViewTeller {
  readonly #tell: ViewChanged;
  #ready = false;
  #leads = false;

  constructor(tell: ViewChanged = () => undefined) {
    this.#tell = tell;
  }

  noticed({ kind }: Notice, status: ReplicaStatus | undefined): void {
    this.#ready ||= kind === 'ready';
    this.#noteLeader(kind, status);
    if (status === undefined || !this.#ready || !TELLS_VIEW.has(kind)) return;
    const { epoch } = status.view;
    const members = status.view.members.map(({ address, nameServer = false }) => {
      return { address, nameServer };
    });
    const leader = status.view.members.find(({ id }) => id === status.leader)?.address;
    this.#tell({ epoch, members, ...(leader !== undefined && { leader }) }, this.#leads);
  }

  /**
   * The status alone does not say: behind each change of view a leader asks for promises once more, and its
   * role is not that of a leader meanwhile.
   */
  #noteLeader(kind: Notice['kind'], status: ReplicaStatus | undefined): void {
    if (kind === 'leading') this.#leads = true;
    else if (kind === 'following' || kind === 'campaigning') this.#leads = false;
    const { id, leader } = status ?? {};
    if (leader !== undefined) this.#leads = leader === id;
  }
}
