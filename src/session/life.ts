import type { GiveUp } from './types.ts';

/** How far a session has come. */
export type Life =
  | { readonly kind: 'open' }
  /** No new calls; those under way have until then. */
  | { readonly kind: 'draining'; readonly until: number; readonly reason: GiveUp }
  /** The end of the session is on its way to the log. */
  | { readonly kind: 'parting'; readonly until: number }
  | { readonly kind: 'closed' };
