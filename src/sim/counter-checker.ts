import { Random } from '../base/index.ts';

/**
 * Linearizability of a counter, from calls and their results alone: it knows no slots and no log.
 *
 * It walks through beginnings and ends in their order and keeps every state in which the calls so far can
 * have left the counter (just-in-time linearization, Lowe 2017): the value, and which of the calls under
 * way have taken effect. A call must have taken effect when it ends, and need not before: so states are
 * extended only then, by calls under way that come before it, and then by itself. Three facts keep the
 * states few, and lose none that matters:
 *
 * - Increments differ only in when they end. If one of those under way takes effect, it may as well be the
 *   one that ends first; those that never end are all alike. The same holds for decrements.
 * - A read changes nothing, so it takes effect as soon as the value is what it returned.
 * - Whatever need not take effect yet can also take effect later.
 *
 * So the check is complete: it accepts a history exactly when some order of its calls explains it.
 */
export interface CounterCall {
  readonly kind: 'increment' | 'decrement' | 'read';
  /** What a read returned. */
  readonly value?: number;
  readonly begun: number;
  /** Infinity when nobody knows whether it took effect: it may have, at any time since, or never. */
  readonly ended: number;
}

export type CounterJudgement =
  | { readonly kind: 'linearizable' }
  /** No order of the calls explains the result of this one. */
  | { readonly kind: 'impossible'; readonly call: CounterCall }
  /** Too many steps: nothing was found, and nothing is proven. */
  | { readonly kind: 'unknown' };

/** A call with a number of its own, by which sets of calls are recognised. */
interface Weighed {
  readonly call: CounterCall;
  readonly weight: number;
}

/** One way in which the calls so far can have taken effect. */
interface State {
  readonly value: number;
  /** Increments under way that have not taken effect, by when they end. */
  readonly increments: readonly Weighed[];
  readonly decrements: readonly Weighed[];
  /** Reads under way that have not taken effect. */
  readonly reads: readonly Weighed[];
  /** Sum of the weights of all three: states with equal sums and values are the same. */
  readonly sum: number;
}

/** Steps from state to state in one history; one with very many calls at once would take for ever. */
const MAX_STEPS = 200_000;

type States = Map<string, State>;

/** Counts steps down. */
interface Patience {
  steps: number;
}

/**
 * @param steps How many steps may be made before nothing is proven.
 */
export function checkCounter(
  calls: readonly CounterCall[],
  start = 0,
  steps: number = MAX_STEPS,
): CounterJudgement {
  const moments = momentsOf(calls);
  const patience: Patience = { steps };
  let states: State[] = [{ value: start, increments: [], decrements: [], reads: [], sum: 0 }];
  for (const { begins, weighed } of moments) {
    const next: States = new Map();
    for (const state of states) {
      if (begins) keep(next, begin(state, weighed));
      else for (const extended of end(state, weighed, patience)) keep(next, extended);
      if (patience.steps-- < 0) return { kind: 'unknown' };
    }
    if (next.size === 0) return { kind: 'impossible', call: weighed.call };
    states = [...next.values()];
  }
  return { kind: 'linearizable' };
}

interface Moment {
  readonly at: number;
  readonly weighed: Weighed;
  readonly begins: boolean;
}

function momentsOf(calls: readonly CounterCall[]): readonly Moment[] {
  const random = new Random(1);
  // Sums of some hundred weights must stay exact.
  const weigh = (): number => Math.floor(random.id48() / 8);
  // Those of one kind that never end are all alike.
  const endless = { increment: weigh(), decrement: weigh(), read: weigh() };
  return (
    calls
      .flatMap((call): Moment[] => {
        const weight = call.ended === Infinity ? endless[call.kind] : weigh();
        const weighed = { call, weight };
        const { begun, ended } = call;
        return [
          { at: begun, weighed, begins: true },
          { at: ended, weighed, begins: false },
        ];
      })
      .filter(({ at }) => at !== Infinity)
      // A call that begins when another ends may be concurrent with it.
      .sort((a, b) => a.at - b.at || Number(b.begins) - Number(a.begins))
  );
}

/** Returns whether the state is new. */
function keep(states: States, state: State): boolean {
  const size = states.size;
  states.set(`${state.value} ${state.increments.length} ${state.sum}`, state);
  return states.size > size;
}

function begin(state: State, weighed: Weighed): State {
  const { call, weight } = weighed;
  const sum = state.sum + weight;
  switch (call.kind) {
    case 'increment':
      return { ...state, increments: insert(state.increments, weighed), sum };
    case 'decrement':
      return { ...state, decrements: insert(state.decrements, weighed), sum };
    case 'read':
      // A read that never ends says nothing.
      if (call.value === state.value || call.ended === Infinity) return state;
      return { ...state, reads: [...state.reads, weighed], sum };
  }
}

/** Every state in which the call has taken effect, last of all. */
function end(state: State, weighed: Weighed, patience: Patience): State[] {
  switch (weighed.call.kind) {
    case 'increment':
      if (!state.increments.includes(weighed)) return [state];
      return afterSome(state, 'decrements', patience).map(increment);
    case 'decrement':
      if (!state.decrements.includes(weighed)) return [state];
      return afterSome(state, 'increments', patience).map(decrement);
    case 'read':
      return state.reads.includes(weighed) ? untilRead(state, weighed, patience) : [state];
  }
}

/** The state itself, and after one, two, … of its increments or decrements. */
function afterSome(state: State, kind: 'increments' | 'decrements', patience: Patience): State[] {
  const states = [state];
  let last = state;
  while (last[kind].length > 0) {
    last = kind === 'increments' ? increment(last) : decrement(last);
    states.push(last);
  }
  patience.steps -= states.length;
  return states;
}

/** States in which the counter has just become what `read` returned, by every way that leads there. */
function untilRead(state: State, read: Weighed, patience: Patience): State[] {
  const found: State[] = [];
  const seen: States = new Map();
  const open = [state];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (patience.steps-- < 0) return [];
    if (!at.reads.includes(read)) {
      found.push(at);
      continue;
    }
    if (!keep(seen, at)) continue;
    if (at.increments.length > 0) open.push(increment(at));
    if (at.decrements.length > 0) open.push(decrement(at));
  }
  return found;
}

/** The increment that ends first takes effect. */
function increment(state: State): State {
  const [first, ...increments] = state.increments;
  const sum = state.sum - (first?.weight ?? 0);
  return become({ ...state, increments, sum }, state.value + 1);
}

function decrement(state: State): State {
  const [first, ...decrements] = state.decrements;
  const sum = state.sum - (first?.weight ?? 0);
  return become({ ...state, decrements, sum }, state.value - 1);
}

/** Reads that wait for this value have it. */
function become(state: State, value: number): State {
  let { reads, sum } = state;
  for (const { call, weight } of reads) if (call.value === value) sum -= weight;
  if (sum !== state.sum) reads = reads.filter(({ call }) => call.value !== value);
  return { ...state, value, reads, sum };
}

function insert(waiting: readonly Weighed[], added: Weighed): Weighed[] {
  const at = waiting.findIndex(({ call }) => call.ended > added.call.ended);
  return at < 0 ? [...waiting, added] : [...waiting.slice(0, at), added, ...waiting.slice(at)];
}
