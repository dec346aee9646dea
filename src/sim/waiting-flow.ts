import type { Random } from '../base/index.ts';

/** What a flow of a client knows when it chooses what to do next. */
export interface FlowView {
  /** How many acquisitions it has that it has not given back. */
  readonly levels: number;
  /** The last call found the barrier broken. */
  readonly broken: boolean;
  /** Nothing new is to be begun. */
  readonly quiet: boolean;
}

/** A call that a flow makes. */
export interface Ask {
  readonly method: string;
  /** Beside the name of the flow. */
  readonly options: Readonly<Record<string, unknown>>;
  /** In their place, for what takes no options. */
  readonly args?: readonly unknown[];
}

/** Chooses the next call; undefined when there is nothing to do. */
export type Script = (view: FlowView, random: Random) => Ask | undefined;

/** How long calls may wait, in ms. */
const TIMEOUTS = [1, 30, 200, 1500] as const;

function acquire(random: Random): Ask {
  const how = random.between(1, 20);
  if (how <= 3) return { method: 'acquire', options: { blocking: false } };
  if (how <= 8) return { method: 'acquire', options: { timeoutMs: random.pick(TIMEOUTS) } };
  return { method: 'acquire', options: {} };
}

const release: Ask = { method: 'release', options: {} };

/** Acquires and releases; now and then what it has not. */
export const lockScript: Script = ({ levels, quiet }, random) => {
  if (levels > 0) return release;
  if (quiet) return undefined;
  return random.chance(1, 40) ? release : acquire(random);
};

export const semaphoreScript: Script = ({ levels, quiet }, random) => {
  if (levels > 0) return release;
  return quiet ? undefined : acquire(random);
};

/** Has the lock at most three times over; waits, and wakes those who wait. */
export const conditionScript: Script = ({ levels, quiet }, random) => {
  if (levels === 0) {
    if (quiet) return undefined;
    return random.chance(1, 40) ? { method: 'notify', options: {} } : acquire(random);
  }
  const what = random.between(1, quiet ? 9 : 20);
  if (what <= 6) return release;
  if (what <= 8) return { method: 'notify', options: { n: random.between(0, 2) } };
  if (what <= 9) return { method: 'notify_all', options: {} };
  if (what <= 11 && levels < 3) return acquire(random);
  const timed = random.chance(1, 2) ? { timeoutMs: random.pick([0, ...TIMEOUTS]) } : {};
  return { method: 'wait', options: timed };
};

export const barrierScript: Script = ({ broken, quiet }, random) => {
  if (quiet) return undefined;
  if (broken && random.chance(2, 3)) return { method: 'reset', options: {} };
  if (random.chance(1, 100)) return { method: random.pick(['abort', 'reset']), options: {} };
  const timed = random.chance(1, 4) ? { timeoutMs: random.pick([0, ...TIMEOUTS]) } : {};
  return { method: 'wait', options: timed };
};
