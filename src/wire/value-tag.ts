/**
 * The form of a value: one tag byte, then what the tag says. Numbers that are whole and not beyond
 * 2^52 are zigzag varints, all others 64-bit floats; counts and lengths are varints.
 *
 * Equal values have equal bytes, so there is one form for each value: a reader refuses an integer
 * written as a float, a well-formed string written as UTF-16, a magnitude with leading zeros. The
 * order of object keys and of the entries of a `Map` or `Set` is part of the value.
 *
 * Tags are never given another meaning; a new kind of value gets a new one.
 */
export const TAG = {
  undefined: 0x00,
  null: 0x01,
  false: 0x02,
  true: 0x03,
  /** Zigzag varint. */
  integer: 0x04,
  /** 64 bits; never an integer that fits the tag above, never NaN. */
  float: 0x05,
  nan: 0x06,
  /** Number of bytes, then the magnitude, least significant byte first, the last one not 0. */
  bigint: 0x07,
  negativeBigint: 0x08,
  /** UTF-8. */
  string: 0x09,
  /** For a string with a lone surrogate: number of UTF-16 units, then the units, low byte first. */
  utf16: 0x0a,
  bytes: 0x0b,
  /** Milliseconds since 1970 as a float. */
  date: 0x0c,
  invalidDate: 0x0d,
  /** Number of elements, then the elements. */
  array: 0x0e,
  /** Number of properties, then for each its key (as a string value) and its value. */
  object: 0x0f,
  /** The same, without a prototype. */
  bareObject: 0x10,
  /** Number of entries, then for each its key and its value. */
  map: 0x11,
  set: 0x12,
  /** Name and message, both string values. */
  error: 0x13,
  /** The same, then the cause. */
  errorWithCause: 0x14,
} as const;

/** Zigzag maps 0, -1, 1, -2, … to 0, 1, 2, 3, …, which must stay a safe integer. */
export const MAX_INTEGER = (Number.MAX_SAFE_INTEGER - 1) / 2;
export const MIN_INTEGER = -MAX_INTEGER - 1;

/**
 * Errors in one command, result or state. To make one costs some ten microseconds, for its stack:
 * without a bound, a megabyte of them would hold up every replica for seconds.
 */
export const MAX_ERRORS = 1024;

/**
 * As large as an object may make a bigint: a text of one takes the engine time by the square of its size, in
 * which nothing can interrupt it.
 */
export const MAX_BIGINT_BYTES = 2048;
