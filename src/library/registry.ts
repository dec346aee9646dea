import { blocking, Roster, SPECIAL_METHOD } from '../object/index.ts';
import type { ObjectType } from '../object/index.ts';
import { Counter } from './counter.ts';
import { DATA_TYPES } from './data-types.ts';
import { keeperOf } from './keeper.ts';
import { PARTS } from './parts.ts';
import { WAITING_TYPES } from './waiting-types.ts';

/** Showing one of our own objects changes nothing. */
const SHOWN = [
  { name: SPECIAL_METHOD.text, read: true },
  { name: SPECIAL_METHOD.representation, read: true },
];

const COUNTER: ObjectType = {
  name: 'concoord.object.counter.Counter',
  construct: Counter,
  methods: [
    { name: 'increment', read: false },
    { name: 'decrement', read: false },
    { name: 'getvalue', read: true },
    ...SHOWN,
  ],
  version: 1,
};

/** Those whose calls may wait, ask for the agreed time, or have classes of their own in their states. */
const RICH: readonly ObjectType[] = [...DATA_TYPES, ...WAITING_TYPES];

const keeper = keeperOf(
  new Map<string, object>([
    ['Roster', Roster],
    ...RICH.map(({ construct, name }) => [name.slice('concoord.'.length), construct] as const),
    ...PARTS,
  ]),
);

const TYPES: readonly ObjectType[] = [
  COUNTER,
  ...RICH.map((type) => ({ ...type, blocking, keeper })),
];

const BY_NAME = new Map(TYPES.map((type) => [type.name, type]));

/** The ready-made object of that name (`concoord.object.counter.Counter`), when there is one. */
export function findBuiltIn(name: string): ObjectType | undefined {
  return BY_NAME.get(name);
}

export function builtInNames(): readonly string[] {
  return [...BY_NAME.keys()];
}
