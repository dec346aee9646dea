import type { CallEvent } from './effect.ts';
import type { RequestName, SessionNumber } from './entry.ts';
import type { Cell } from './replies.ts';

/** What becomes of one item of a batch: decided in slot order before anything of the batch is executed. */
export type Plan =
  /** Execute it; `settle` with the result. */
  | {
      readonly kind: 'execute';
      readonly name: RequestName;
      readonly command: Uint8Array;
      readonly cell: Cell;
    }
  /** Its reply is known without the object. */
  | {
      readonly kind: 'reply';
      readonly name: RequestName;
      readonly reply: Uint8Array;
      readonly cell: Cell;
    }
  /**
   * Its reply is that of `target`, which may be executed in this very batch, and ends there if it waits.
   * `undo`: what the call was given is taken back, where the object can.
   */
  | {
      readonly kind: 'resolved';
      readonly name: RequestName;
      readonly targetName: RequestName;
      /** Undefined when its client has its reply. */
      readonly target: Cell | undefined;
      readonly undo: boolean;
      /** The reply when there is no other. */
      readonly otherwise: Uint8Array;
      readonly cell: Cell;
    }
  /**
   * Applied before; `cell` is undefined when the client acknowledged it, and then nobody waits. `withdrawn`:
   * its caller gave up meanwhile.
   */
  | {
      readonly kind: 'duplicate';
      readonly name: RequestName;
      readonly cell: Cell | undefined;
      readonly withdrawn: boolean;
    }
  /** Not the successor of the session's last request, or over a bound: the client sends it again. */
  | {
      readonly kind: 'resend';
      readonly session: SessionNumber;
      readonly from: number;
      readonly reason: 'gap' | 'overloaded';
    }
  /** There is no such session. */
  | { readonly kind: 'expired'; readonly session: SessionNumber }
  /** Nobody is told. */
  | { readonly kind: 'acknowledged' }
  | { readonly kind: 'opened'; readonly client: string; readonly session: SessionNumber }
  | { readonly kind: 'openRefused'; readonly client: string }
  /** These sessions are gone. */
  | { readonly kind: 'expire'; readonly sessions: readonly SessionNumber[] }
  /** These go on, and own nothing any more. */
  | { readonly kind: 'lapse'; readonly sessions: readonly SessionNumber[] }
  | { readonly kind: 'timeout'; readonly name: RequestName };

/** What a plan asks of the object beside calls, and whom it concerns. */
export function eventOf(
  plan: Plan,
): { readonly event: CallEvent; readonly name: RequestName } | undefined {
  switch (plan.kind) {
    case 'resolved':
      return { event: { kind: 'withdrawn', undo: plan.undo }, name: plan.targetName };
    case 'duplicate':
      if (!plan.withdrawn) return undefined;
      return { event: { kind: 'withdrawn', undo: true }, name: plan.name };
    case 'timeout':
      return { event: { kind: 'timedOut' }, name: plan.name };
    case 'expire':
    case 'lapse':
      return { event: { kind: 'ended', sessions: plan.sessions }, name: NOBODY };
    default:
      return undefined;
  }
}

const NOBODY: RequestName = { session: 0, sequence: 0 };

/** Whether the executor answers it. */
export function isExecuted(plan: Plan): boolean {
  return plan.kind === 'execute' || eventOf(plan) !== undefined;
}
