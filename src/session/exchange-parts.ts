import type { Random } from '../base/index.ts';
import type { Call, Calls } from './calls.ts';
import type { Link } from './link.ts';
import type { GiveUp, Settlement } from './types.ts';
import type { Window } from './window.ts';

/** What the exchange tells the session. */
export interface ExchangeEvents {
  settle(call: Call, settlement: Settlement): void;
  /** The leader took us (`attached`), or something was decided for us. */
  served(by: 'attached' | 'decided'): void;
  /** What these calls gave is lost, or has to be taken for lost. */
  lost(sequences: readonly number[], reason: GiveUp): void;
  /** The session's record is gone, and nobody can tell what became of these requests. */
  expired(window: Window): void;
}

export interface ExchangeParts {
  readonly random: Random;
  readonly newClientId: () => Uint8Array;
  readonly calls: Calls;
  readonly link: Link;
  /** As in `SessionOptions`. */
  readonly acknowledgeBytes: number | undefined;
  readonly leaseMs: number | undefined;
  readonly events: ExchangeEvents;
}
