import { isDeepStrictEqual } from 'node:util';
import type { Stamp } from './ledger.ts';
import type { Model, ModelCall, ModelState } from './subject.ts';

/** What the ledger should hold, without classes and without its code. */
interface LedgerState extends ModelState {
  readonly trail: number;
  readonly effects: number;
  readonly stumbles: number;
  readonly ballast: number;
  /** What fills the ballast. */
  readonly filling: number | undefined;
  /** By method: sum of the numbers of its calls, and how many of them are remembered. */
  readonly pages: Readonly<Record<string, Page>>;
  readonly lastPage: Page;
  readonly newest: number | undefined;
  readonly stamp: Stamp | undefined;
}

interface Page {
  readonly sum: number;
  readonly remembered: number;
}

const EMPTY: Page = { sum: 0, remembered: 0 };
const START: LedgerState = {
  value: 0,
  trail: 0,
  effects: 0,
  stumbles: 0,
  ballast: 0,
  filling: undefined,
  pages: {},
  lastPage: EMPTY,
  newest: undefined,
  stamp: undefined,
};

const KILLED = 'refused BUDGET_EXCEEDED';
const STEPS: Readonly<Record<string, -1 | 1>> = {
  increment: 1,
  stamp: 1,
  stumble: 1,
  decrement: -1,
};

export const ledgerModel: Model = {
  start: START,
  reads: new Set(['getvalue', 'gettrail', 'getstamp', 'ponder']),
  step: (method) => STEPS[method] ?? 0,
  execute: (state, call) => execute(state as LedgerState, call),
  read: (state, method) => read(state as LedgerState, method),
};

function read(state: LedgerState, method: string): unknown {
  switch (method) {
    case 'getvalue':
      return state.value;
    case 'getstamp':
      return state.stamp;
    case 'gettrail': {
      const { ballast, effects, filling, lastPage, newest, pages, stumbles, trail } = state;
      const { remembered, sum } = lastPage;
      const counts = [effects, stumbles, 0, Object.keys(pages).length];
      return [trail, ...counts, sum, remembered, ballast, filling, newest];
    }
    default:
      return KILLED;
  }
}

function execute(state: LedgerState, call: ModelCall): LedgerState | string {
  const { method, number, outcome } = call;
  if (ledgerModel.reads.has(method)) return expect(state, read(state, method), outcome);
  // As if it had never been called.
  if (method === 'burn') return expect(state, KILLED, outcome);
  const after = note(state, method, number);
  switch (method) {
    case 'stumble':
      return expect(
        { ...after, stumbles: after.stumbles + 1 },
        `thrown RangeError: stumbled over ${number}`,
        outcome,
      );
    case 'grow':
      return expect({ ...after, ballast: 512, filling: number }, 512, outcome);
    case 'shrink':
      return expect({ ...after, ballast: 0, filling: undefined }, 0, outcome);
    case 'stamp':
      return stamp(after, call);
    default:
      return expect(after, after.value, outcome);
  }
}

function expect(state: LedgerState, expected: unknown, outcome: unknown): LedgerState | string {
  if (isDeepStrictEqual(outcome, expected)) return state;
  return `${JSON.stringify(outcome)} where ${JSON.stringify(expected)} should be`;
}

function note(state: LedgerState, method: string, number: number): LedgerState {
  const { effects, pages, trail, value } = state;
  const page = pages[method] ?? EMPTY;
  const lastPage = {
    sum: (page.sum + number) % 1_000_003,
    remembered: Math.min(8, page.remembered + 1),
  };
  return {
    ...state,
    value: value + ledgerModel.step(method),
    trail: (Math.imul(trail ^ number, 0x0100_0193) + method.length) >>> 0,
    effects: effects + 1,
    pages: { ...pages, [method]: lastPage },
    lastPage,
    newest: number,
  };
}

/** The time is that of the entry; what chance made of it must be possible, and is that of no other call. */
function stamp(state: LedgerState, { command, outcome }: ModelCall): LedgerState | string {
  if (typeof outcome !== 'object' || outcome === null) return 'nothing that a stamp could be';
  const made = outcome as Stamp;
  const { time } = command;
  if (made.time !== time) return `the time ${made.time}; its entry has ${time}`;
  if (made.iso !== new Date(time).toISOString()) return `the date ${made.iso}; it is ${time}`;
  if (!(made.chance >= 0 && made.chance < 1)) return `the chance ${made.chance}`;
  if (made.uuid === state.stamp?.uuid) return `the same identity as before, ${made.uuid}`;
  return { ...state, stamp: made };
}
