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
  /** Too many states: nothing was found, and nothing is proven. */
  | { readonly kind: 'unknown' };

/** One way in which the calls so far can have taken effect. */
interface State {
  readonly value: number;
  /** When the increments end that are under way and have not taken effect, in order. */
  readonly increments: readonly number[];
  readonly decrements: readonly number[];
  /** Reads under way that have not taken effect: when they end, and what they return. */
  readonly reads: readonly CounterCall[];
}

const MAX_STATES = 50_000;

export function checkCounter(calls: readonly CounterCall[], start = 0): CounterJudgement {
  const moments = calls
    .flatMap((call) => [
      { at: call.begun, call, begins: true },
      { at: call.ended, call, begins: false },
    ])
    .filter(({ at }) => at !== Infinity)
    // A call that begins when another ends may be concurrent with it.
    .sort((a, b) => a.at - b.at || Number(b.begins) - Number(a.begins));
  let states: State[] = [{ value: start, increments: [], decrements: [], reads: [] }];
  for (const { begins, call } of moments) {
    const next = new Map<string, State>();
    for (const state of states) {
      if (begins) keep(next, begin(state, call));
      else for (const extended of end(state, call)) keep(next, extended);
    }
    if (next.size === 0) return { kind: 'impossible', call };
    if (next.size > MAX_STATES) return { kind: 'unknown' };
    states = [...next.values()];
  }
  return { kind: 'linearizable' };
}

function keep(states: Map<string, State>, state: State): void {
  const { decrements, increments, reads, value } = state;
  const open = reads.map(({ ended }) => ended).join(',');
  states.set(`${value}|${increments.join(',')}|${decrements.join(',')}|${open}`, state);
}

function begin(state: State, call: CounterCall): State {
  switch (call.kind) {
    case 'increment':
      return { ...state, increments: insert(state.increments, call.ended) };
    case 'decrement':
      return { ...state, decrements: insert(state.decrements, call.ended) };
    case 'read':
      // A read that never ends says nothing.
      if (call.value === state.value || call.ended === Infinity) return state;
      return { ...state, reads: [...state.reads, call] };
  }
}

/** Every state in which `call` has taken effect, last of all. */
function end(state: State, call: CounterCall): State[] {
  switch (call.kind) {
    case 'increment':
      if (!state.increments.includes(call.ended)) return [state];
      return afterSome(state, 'decrements').map(increment);
    case 'decrement':
      if (!state.decrements.includes(call.ended)) return [state];
      return afterSome(state, 'increments').map(decrement);
    case 'read':
      return state.reads.includes(call) ? untilRead(state, call) : [state];
  }
}

/** The state itself, and after one, two, … of its increments or decrements. */
function afterSome(state: State, kind: 'increments' | 'decrements'): State[] {
  const states = [state];
  let last = state;
  while (last[kind].length > 0) {
    last = kind === 'increments' ? increment(last) : decrement(last);
    states.push(last);
  }
  return states;
}

/** States in which the counter has just become what `read` returned, by every way that leads there. */
function untilRead(state: State, read: CounterCall): State[] {
  const found: State[] = [];
  const seen = new Map<string, State>();
  const open = [state];
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    if (!at.reads.includes(read)) {
      found.push(at);
      continue;
    }
    const size = seen.size;
    keep(seen, at);
    if (seen.size === size) continue;
    if (at.increments.length > 0) open.push(increment(at));
    if (at.decrements.length > 0) open.push(decrement(at));
  }
  return found;
}

function increment(state: State): State {
  return become({ ...state, increments: state.increments.slice(1) }, state.value + 1);
}

function decrement(state: State): State {
  return become({ ...state, decrements: state.decrements.slice(1) }, state.value - 1);
}

function become(state: State, value: number): State {
  const reads = state.reads.some((read) => read.value === value)
    ? state.reads.filter((read) => read.value !== value)
    : state.reads;
  return { ...state, value, reads };
}

function insert(ends: readonly number[], end: number): number[] {
  const at = ends.findIndex((other) => other > end);
  return at < 0 ? [...ends, end] : [...ends.slice(0, at), end, ...ends.slice(at)];
}
