import type { Settlement } from '../session/index.ts';
import type { Ending, WaitingJudge } from './judge-waiting.ts';
import { plainOutcome } from './judge-waiting.ts';
import { Verdict } from './observer.ts';
import { sameOutcome } from './subject.ts';
import type { FlowCall } from './waiting-client.ts';

export type FlowOutcome =
  | { readonly kind: 'returned'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly code: string };

/** What a client is told of a call is what the log made of it. */
export function judgeSettlement(
  judge: WaitingJudge,
  who: string,
  call: FlowCall,
  settlement: Settlement,
): FlowOutcome {
  const { method, name } = call;
  const ending = name === undefined ? undefined : judge.ending(name);
  const what = `${who} ${method} ${name?.session}:${name?.sequence}`;
  if (settlement.kind === 'result') {
    const value = plainOutcome(settlement.result);
    if (ending?.state !== 'ended') {
      throw new Verdict('waiting', `${what} returned, and the log has: ${ending?.state}`);
    }
    compare(what, ending, { ...settlement, value });
    return { kind: 'returned', value };
  }
  if (settlement.kind === 'fate') throw new Verdict('waiting', `${what}: nobody has asked`);
  const { code, outcome } = settlement.failure;
  const had = ending === undefined ? 'nothing' : ending.state;
  if (outcome === 'not-applied' && (had === 'ended' || had === 'waits' || had === 'stands')) {
    throw new Verdict('waiting', `${what} had no effect (${code}), and the log has: ${had}`);
  }
  if (outcome === 'applied' && ending === undefined) {
    throw new Verdict('waiting', `${what} was applied (${code}), and no replica executed it`);
  }
  if (outcome === 'applied' && had === 'dropped') {
    throw new Verdict('waiting', `${what} was applied (${code}), and it only waited`);
  }
  return { kind: 'failed', code };
}

function compare(
  what: string,
  ending: Ending,
  told: Extract<Settlement, { kind: 'result' }> & { readonly value: unknown },
): void {
  const { grant, outcome, slot } = ending;
  const owned = told.owned && { slot: told.owned.slot, index: told.owned.index };
  const is = { value: told.value, grant: owned };
  const shouldBe = { value: outcome, grant };
  // Whoever gave up may hear of it by the reply to what should have undone it.
  if (sameOutcome(is, shouldBe) && told.slot >= slot) return;
  const words = `${JSON.stringify(is)} where ${JSON.stringify(shouldBe)} should be`;
  throw new Verdict('waiting', `${what} is told ${words}`);
}
