/**
 * What things cost, and what a call may spend: every number of the meter. Replicas with other numbers would
 * kill other calls, so that to change one is to change the protocol of instances that run.
 *
 * One unit of fuel is a turn of a loop or the call of a function: some ten nanoseconds.
 */

/** A tenth of a second; a quarter of a gigabyte of small objects. Fits the engine's small integers. */
export const FUEL = 4_000_000;

/** Bytes that built-ins allocate at once, of one call: `Array(n)`, `repeat`, typed arrays. */
export const MEMORY = 256 * 1024 * 1024;

/**
 * Units of depth, of which a function takes one or more: about a third of the stack of an isolate (measured
 * in realm-isolate.test.ts), so that what the meter does not see has room as well.
 */
export const MAX_DEPTH = 1000;

/** Depth that a built-in takes which can call back. */
export const BUILT_IN_DEPTH = 3;

/**
 * UTF-16 units of one string. A result has at most a megabyte; and operators on strings (`a < b`, `o[a]`,
 * `+a`) look at all of them at once, where nothing counts and the engine cannot be interrupted.
 */
export const MAX_TEXT = 1024 * 1024;
/** Strings below are charged nothing beyond the turn that makes them. */
export const SHORT_TEXT = 1024;
/** Units of text that are copied or looked through in the time of one unit of fuel. */
export const TEXT_SHIFT = 7;

/** Elements of arrays that are moved or compared in the time of one unit of fuel. */
export const MOVE_SHIFT = 3;
/** Bytes that are moved in the time of one unit of fuel. */
export const BYTES_SHIFT = 7;
/** Bytes of an element of an array. */
export const ELEMENT_BYTES = 8;

/** An entry that is put into a Map or Set: it takes more room and time than anything else of one turn. */
export const ENTRY_FUEL = 8;

/** Buffers, views of them and dates: so much besides their bytes. */
export const BUFFER_FUEL = 8;
/** A name that is computed, and under which something is put: it may be new. */
export const NAME_FUEL = 8;
/** Longer names are charged by their length: the engine looks at all of it. */
export const LONG_NAME = 64;
export const NAME_SHIFT = 6;
/** Longer ones of one length have one hash, so that each is compared with all others: one unit for each. */
export const MOST_HASHED = 16_383;
/** What gives an object a property by a built-in. */
export const DEFINE_FUEL = 4;
/** Places behind the end of an array from which on room for those between is charged. */
export const FAR = 32;
/** From so many on the engine makes no room, but a table of what there is. */
export const MOST_GAP = 1024;
/** A text that is read as a number: longer ones by their length. */
export const NUMERAL_SHIFT = 3;
/** Units of JSON that are read in the time of one unit of fuel, and what each reading takes. */
export const JSON_SHIFT = 1;
export const JSON_FUEL = 20;

/**
 * So much of the state is looked at after a call that may have left in it what no state can hold: after every
 * such call, twice as much after every second, and so on up to so many doublings.
 */
export const CHECKED_BYTES = 4096;
export const CHECKED_DOUBLINGS = 10;

/** Properties that are listed cost one each, but of objects with more than a few. */
export const FEW_FIELDS = 64;
export const FIELD_FUEL = 8;

/** Arguments of one call lie on the stack: so many are a unit of depth. */
export const ARGUMENTS_PER_DEPTH = 32;

/** Objects of one chain of prototypes. */
export const MAX_CHAIN = 100;

/** Bound functions of bound functions: the engine follows such a chain on its stack. */
export const MAX_BOUND_CHAIN = 50;

/** Nesting of what JSON.parse reads and JSON.stringify writes, and of what `flat` flattens. */
export const MAX_JSON_DEPTH = 500;

/**
 * Bits of a bigint: some 4900 decimal digits, as on the wire. A text of it (`'' + b`) takes the engine less
 * than a millisecond, in which it cannot be interrupted; that of 262 144 bits took two hundred.
 */
export const MAX_BIGINT_BITS = 16_384;

/** Of `[bits, fuel]` the first whose bits suffice: about the time of one multiplication. */
export const BIGINT_FUEL: readonly (readonly [number, number])[] = [
  [1024, 1],
  [8192, 50],
  [MAX_BIGINT_BITS, 150],
];

/** To make a regular expression, and for each unit of its source: it is compiled when it first searches. */
export const PATTERN_FUEL = 500;
export const PATTERN_UNIT_FUEL = 4;
/** An error that is made or caught. */
export const ERROR_FUEL = 100;
/** Anything else that is caught. */
export const THROW_FUEL = 20;
/** An object that is made by a built-in with another prototype, or gets one. */
export const LINK_FUEL = 10;
/** What `crypto` makes, beside its bytes. */
export const UUID_FUEL = 30;
/** A symbol of the registry, which the engine keeps for good. */
export const REGISTRY_FUEL = 200;
/** Steps of a search for a text, of which each unit of it may need one, in the time of one unit of fuel. */
export const SEARCH_SHIFT = 7;
/** Units that one unit can become by `normalize`. */
export const NORMAL_GROWTH = 18;

/** Groups of a pattern inside one another: the engine reads them by recursion. */
export const MAX_PATTERN_DEPTH = 200;
/** A search by a regular expression, and one unit of its input beyond the first few, in eighths. */
export const REGEXP_FUEL = 5;
/** Units of input that the linear engine passes in the time of one unit of fuel. */
export const REGEXP_SHIFT = 3;
/** Steps of backtracking in the time of one unit of fuel; few inputs need the worst that a pattern can. */
export const BACKTRACK_SHIFT = 10;
