/**
 * The form of a captured state, after the version byte:
 *
 * ```text
 * number of objects of code, of symbols of code, of scopes
 * the object (a value), then for each scope the number of its variables and their values
 * for each object of code, in the order of their numbers: its shape and its content
 * for each new object, in the order in which they were first met: its content
 * ```
 *
 * A value is a tag and what it says. Objects are numbered: first those of code, then the new ones
 * in the order in which they are met. The first reference to a new object says what it is
 * (`object`), so that a reader can make an empty one at once; what it holds comes when its turn
 * comes. So nothing is nested, however deep the state is.
 *
 * A shape is what objects of one class have in common: kind, prototype, extensibility, the names
 * and attributes of their properties, and their private fields. It is defined where it is used
 * first. Its content is then a list of values (two for an accessor, none for a brand), and what the
 * kind holds:
 *
 * ```text
 * array         length, then `PLAIN` or other attributes that all elements have in common and the
 * elements, or
 *               `SPARSE`, number of elements, and for each its index, attributes and value (two of
 * an accessor) map, set      number of entries, and the entries date          (an object of code)
 * its time, regexp: nothing, buffer: its bytes; everything else: nothing
 * ```
 *
 * With the first reference come: the time of a date, source and flags of a regular expression, the
 * bytes of a buffer, class, buffer, offset and length of a view, the primitive of a boxed one.
 *
 * Equal states have equal bytes: everything is in the order in which a walk meets it, and a value
 * has one form. Tags are never given another meaning.
 */
export const STATE_VERSION = 1;

export const TAG = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  /** Zigzag varint, of an integer that has no tag of its own. */
  integer: 0x04,
  /**
   * 64 bits; never an integer that fits the tag above, never NaN, whose bits are the engine's
   * choice.
   */
  float: 0x05,
  nan: 0x06,
  /** Number of bytes, then the magnitude, least significant byte first, the last one not 0. */
  bigint: 0x07,
  negativeBigint: 0x08,
  /** Number of units, then a byte for each: all are below 256. */
  latin: 0x09,
  /** Number of units, then two bytes for each, low byte first; lone surrogates are nothing special. */
  utf16: 0x0a,
  /** The number of an object that was met before. */
  reference: 0x0b,
  /** The number of a name in the table of this state; when it is a new one, the name follows. */
  intrinsic: 0x0c,
  /**
   * Number of the shape; when it is a new one, its definition; then what has to be known to make the
   * object.
   */
  object: 0x0d,
  wellKnownSymbol: 0x0e,
  /** The key of `Symbol.for`. */
  registeredSymbol: 0x0f,
  /** The number of a symbol of code, or of one that was met before. */
  symbol: 0x10,
  /** One made since, and its description. */
  newSymbol: 0x11,
  /** A variable before its declaration. */
  uninitialised: 0x12,
  /** From here on: a text of this many units below 256. */
  shortText: 0x20,
  /** From here on: an integer. */
  smallInteger: 0x80,
} as const;

export const SHORT_TEXT = TAG.smallInteger - TAG.shortText;
export const SMALL_INTEGER = 0x80;

/** Zigzag maps 0, -1, 1, -2, … to 0, 1, 2, 3, …, which must stay a safe integer. */
export const MAX_INTEGER = (Number.MAX_SAFE_INTEGER - 1) / 2;
export const MIN_INTEGER = -MAX_INTEGER - 1;

/** Flags of a shape. */
export const SHAPE_FLAG = {
  extensible: 1,
  /** Of an array: `length` cannot be written. */
  fixedLength: 2,
  /**
   * The prototype is no code and nothing of the language: each object brings its own, before its
   * properties.
   */
  ownPrototype: 4,
} as const;

/** Classes of views, by the number with which they are written; new ones are added at the end. */
export const VIEW_NAMES: readonly string[] = [
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'BigInt64Array',
  'BigUint64Array',
  'Float16Array',
  'Float32Array',
  'Float64Array',
  'DataView',
];
