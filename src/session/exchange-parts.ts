import type { Random } from '../base/index.ts';
import type { Call, Calls } from './calls.ts';
import type { Link } from './link.ts';
import type { Settlement } from './types.ts';
import type { Window } from './window.ts';

/** What the exchange tells the session. */
export interface ExchangeEvents {
  settle(call: Call, settlement: Settlement): void;
  /** The leader took us (`attached`), or something was decided for us. */
  served(by: 'attached' | 'decided'): void;
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
  readonly events: ExchangeEvents;
}
