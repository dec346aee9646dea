/**
 * Linearizability of any object, by trying every order (Wing and Gong 1993) with a memory of what was tried
 * (Lowe 2017). Exponential: for short histories.
 */
export interface ModelCall<Input> {
  readonly input: Input;
  /** What it returned; ignored when it never ended. */
  readonly output: unknown;
  readonly begun: number;
  /** Infinity when nobody knows whether it took effect. */
  readonly ended: number;
}

/** An object as a function: states are compared by their text. */
export interface Model<State, Input> {
  readonly start: State;
  apply(state: State, input: Input): { readonly state: State; readonly output: unknown };
  show(state: State): string;
}

/** Whether some order of the calls, true to time, gives these results. At most 30 calls. */
export function isLinearizable<State, Input>(
  calls: readonly ModelCall<Input>[],
  model: Model<State, Input>,
): boolean {
  if (calls.length > 30) throw new RangeError(`${calls.length} calls: at most 30 are checked`);
  const tried = new Set<string>();
  const mustEnd = calls.reduce((set, { ended }, at) => (ended < Infinity ? set | (1 << at) : set), 0);
  const search = (done: number, state: State): boolean => {
    if ((done & mustEnd) === mustEnd) return true;
    const key = `${done} ${model.show(state)}`;
    if (tried.has(key)) return false;
    tried.add(key);
    // Whatever began after another has ended comes after it.
    let firstEnd = Infinity;
    calls.forEach(({ ended }, at) => {
      if ((done & (1 << at)) === 0) firstEnd = Math.min(firstEnd, ended);
    });
    return calls.some((call, at) => {
      if ((done & (1 << at)) !== 0 || call.begun > firstEnd) return false;
      const next = model.apply(state, call.input);
      const fits = call.ended === Infinity || Object.is(next.output, call.output);
      return fits && search(done | (1 << at), next.state);
    });
  };
  return search(0, model.start);
}
