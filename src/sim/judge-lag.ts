import type { Slot } from '../paxos/index.ts';
import type { Call, History } from './history.ts';
import { Verdict } from './observer.ts';
import { MS } from './world.ts';

/** What clocks of machines are put together from is not whole. */
const TOLERANCE_US = 10;

interface Seen {
  readonly call: Call;
  readonly slot: Slot;
}

/**
 * Stale reads with a bound are not older than they may be: whatever any client had been told that long before
 * the read was asked is at or below the slot that the read saw.
 *
 * @param slowest Rate of the slowest clock of the run, at most 1: the promise is worth no more than a clock.
 */
export function judgeLag(history: History, slowest: number): void {
  const seen = history.calls.flatMap((call): Seen[] =>
    call.end.kind === 'returned' ? [{ call, slot: call.end.slot }] : [],
  );
  const told = [...seen].sort((a, b) => a.call.ended - b.call.ended);
  const bounded = seen
    .flatMap(({ call, slot }) => {
      if (call.maxLagMs === undefined) return [];
      return [{ call, slot, before: momentBefore(call, call.maxLagMs / slowest) }];
    })
    .sort((a, b) => a.before - b.before || a.call.begun - b.call.begun);
  let at = 0;
  let least: Seen | undefined;
  for (const { call, slot, before } of bounded) {
    for (let next = told[at]; next !== undefined; next = told[++at]) {
      if (next.call.endedAt > before || next.call.ended > call.begun) break;
      if (next.slot > (least?.slot ?? -1)) least = next;
    }
    if (least === undefined || slot >= least.slot) continue;
    const words = `read ${call.number} saw slot ${slot}, and might lag ${call.maxLagMs} ms`;
    throw new Verdict(
      'lag',
      `${words}; call ${least.call.number} was at slot ${least.slot} before`,
    );
  }
}

/** Virtual µs. */
function momentBefore({ begunAt }: Call, lagMs: number): number {
  return lagMs === 0 ? begunAt : begunAt - lagMs * MS - TOLERANCE_US;
}
