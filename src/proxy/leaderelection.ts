import { hold, invoke, ObjectProxy } from '../client/index.ts';
import type { Held, HoldOptions } from '../client/index.ts';
import type { WaitOptions } from './condition.ts';
import type { AcquireOptions, ReleaseOptions } from './lock.ts';

export interface CampaignOptions extends AcquireOptions {
  /** How everybody sees you when you lead: your address, perhaps. Your session when left out. */
  readonly name?: string | undefined;
}

export interface LeadOptions extends HoldOptions {
  /** How everybody sees you when you lead: your address, perhaps. Your session when left out. */
  readonly name?: string | undefined;
}

export interface Leader {
  /** As the candidate has called itself; null when nobody leads. */
  readonly name: string | null;
  /** Grows whenever another one leads, or nobody any more. */
  readonly term: number;
}

/**
 * A replicated election (`concoord.object.leaderelection.LeaderElection`): one of those who campaign leads,
 * until it resigns or its session ends. Then the next one does, in the order in which they came.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class LeaderElection extends ObjectProxy {
  /**
   * Waits until you lead.
   *
   * @returns True; false where it must not wait, or its time is over.
   */
  campaign(options?: CampaignOptions): Promise<boolean> {
    return invoke(this, 'campaign', [options]);
  }

  /** The next candidate leads then. Rejects with a `RuntimeError` when you do not lead. */
  resign(options?: ReleaseOptions): Promise<void> {
    return invoke(this, 'resign', [options]);
  }

  /** Who leads. */
  leader(): Promise<Leader> {
    return invoke(this, 'leader', []);
  }

  /** Waits until the term is greater than that. Returns who leads then, or still, when its time is over. */
  observe(term: number, options?: WaitOptions): Promise<Leader> {
    return invoke(this, 'observe', [term, options]);
  }

  /**
   * Waits until you lead, and keeps that alive. `await using` resigns at the end of the block.
   *
   * Rejects with `TIMEOUT` when it was not to be had in time, with an AbortError when the signal was aborted.
   */
  lead({ name, ...options }: LeadOptions = {}): Promise<Held> {
    const asked = name === undefined ? {} : { name };
    return hold(this, options, { acquire: 'campaign', release: 'resign', asked, exact: true });
  }

  /** Replaces the object by a fresh one on every replica; whoever waits gets an error. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
