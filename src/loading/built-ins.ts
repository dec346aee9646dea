/** What the proof of reads knows of the language: everything that is not listed here may write. */

/** Globals that a read may name, without time and chance: a read has no entry to take them from. */
export const PURE_GLOBALS: ReadonlySet<string> = new Set(
  `undefined NaN Infinity Object Array String Number Boolean BigInt Symbol Map Set JSON Math Error TypeError
   RangeError SyntaxError Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array Float32Array
   Float64Array Date parseInt parseFloat isNaN isFinite arguments`.split(/\s+/),
);

/** Of those, what is a value and no function. */
export const PLAIN_GLOBALS: ReadonlySet<string> = new Set([
  'undefined',
  'NaN',
  'Infinity',
  'arguments',
]);

/** What a class may extend without its constructor being called by methods such as `map`. */
export const PLAIN_PARENTS: ReadonlySet<string> = new Set(
  'Object Map Set Error TypeError RangeError SyntaxError'.split(' '),
);

/** Of those, what may be called as a function. */
export const PURE_FUNCTIONS: ReadonlySet<string> = new Set(
  'String Number Boolean BigInt Symbol Array Object parseInt parseFloat isNaN isFinite'.split(' '),
);

/** Of those, what `new` makes without looking further than its arguments. */
export const PURE_CONSTRUCTORS: ReadonlySet<string> = new Set(
  `Object Array Map Set Error TypeError RangeError SyntaxError Uint8Array Int8Array Uint16Array Int16Array
   Uint32Array Int32Array Float32Array Float64Array Date`.split(/\s+/),
);

/** `Object.keys` and the like: on the global itself. */
export const PURE_STATICS: Readonly<Record<string, ReadonlySet<string>>> = {
  Object: new Set('keys values entries fromEntries is hasOwn getPrototypeOf'.split(' ')),
  Array: new Set(['isArray', 'from', 'of']),
  String: new Set(['fromCharCode', 'fromCodePoint', 'raw']),
  Number: new Set('isInteger isSafeInteger isFinite isNaN parseFloat parseInt'.split(' ')),
  BigInt: new Set(['asIntN', 'asUintN']),
  JSON: new Set(['stringify', 'parse']),
  Date: new Set(['UTC']),
  Math: new Set(
    `abs acos acosh asin asinh atan atan2 atanh cbrt ceil clz32 cos cosh exp expm1 floor fround hypot imul
     log log10 log1p log2 max min pow round sign sin sinh sqrt tan tanh trunc`.split(/\s+/),
  ),
};

/** Methods of built-ins that call what they are given, and which of their arguments that is. */
export const CALLING_BACK: ReadonlyMap<string, number> = new Map([
  ...(
    'every filter find findIndex findLast findLastIndex flatMap forEach map reduce reduceRight some ' +
    'toSorted sort'
  )
    .split(' ')
    .map((name) => [name, 0] as const),
  ...['from', 'stringify', 'parse'].map((name) => [name, 1] as const),
]);

/** Methods of built-ins that leave their receiver and arguments as they are, whatever these are. */
export const PURE_METHODS: ReadonlySet<string> = new Set(
  `at concat every filter find findIndex findLast findLastIndex flat flatMap forEach includes indexOf join
   lastIndexOf map reduce reduceRight slice some toReversed toSorted toSpliced with charAt charCodeAt
   codePointAt endsWith normalize padEnd padStart repeat split startsWith substring toLowerCase toUpperCase
   trim trimEnd trimStart get has union intersection difference symmetricDifference isSubsetOf isSupersetOf
   isDisjointFrom toFixed toPrecision toExponential toString valueOf hasOwnProperty getTime toISOString toJSON
   getUTCFullYear getUTCMonth getUTCDate getUTCDay getUTCHours getUTCMinutes getUTCSeconds
   getUTCMilliseconds`.split(/\s+/),
);

/** Methods that give iterators: pure, but what they give is used up. */
export const ITERATORS: ReadonlySet<string> = new Set(['keys', 'values', 'entries']);

/** Methods that change their receiver only, which may be an object under construction. */
export const CHANGING_RECEIVER: ReadonlySet<string> = new Set(
  'push pop shift unshift splice sort reverse fill copyWithin set add delete clear'.split(' '),
);

/** Methods that write or differ from call to call: as values they may be called by another name. */
export const IMPURE_BUILT_INS: ReadonlySet<string> = new Set([
  ...CHANGING_RECEIVER,
  ...'random now assign call apply bind next exec test replace match'.split(' '),
]);

/** Names by which code reaches objects in ways that names do not tell: with them nothing is proven. */
export const UNTRACEABLE: ReadonlySet<string> = new Set(
  `Proxy Reflect defineProperty defineProperties setPrototypeOf __proto__ __defineGetter__ __defineSetter__
   __lookupGetter__ __lookupSetter__ eval Function globalThis getOwnPropertyDescriptor
   getOwnPropertyDescriptors`.split(/\s+/),
);

/**
 * More helpers, which are not metered: they have no loops, and what they call of others is metered itself.
 * They run for every access to a private field.
 */
export const SHORT_HELPERS: Readonly<Record<string, string>> = {
  __accessCheck: '(obj, member, msg) => member.has(obj) || __typeError("Cannot " + msg)',
  __defNormalProp:
    '(obj, key, value) => key in obj ? ' +
    '__defProp(obj, key, { enumerable: true, configurable: true, writable: true, value }) : ' +
    'obj[key] = value',
  __privateSet:
    '(obj, member, value, setter) => (__accessCheck(obj, member, "write to private field"), ' +
    'setter ? setter.call(obj, value) : member.set(obj, value), value)',
};

/**
 * `this.#n++` makes an object with two accessors of their own in the bundler's helper, which takes most of a
 * microsecond; one of a class takes a tenth of that.
 */
export const SLOW_HELPER = {
  name: '__privateWrapper',
  text:
    '(obj, member, setter, getter) => ({ ' +
    'set _(value) { __privateSet(obj, member, value, setter); }, ' +
    'get _() { return __privateGet(obj, member, getter); } })',
  instead:
    '(() => { class Wrapper { constructor(obj, member, setter, getter) { ' +
    'this.obj = obj; this.member = member; this.setter = setter; this.getter = getter; } ' +
    'get _() { return __privateGet(this.obj, this.member, this.getter); } ' +
    'set _(value) { __privateSet(this.obj, this.member, value, this.setter); } } ' +
    'return (obj, member, setter, getter) => new Wrapper(obj, member, setter, getter); })()',
} as const;

/**
 * Helpers of the bundler that a read may call, exactly as it writes them: should another version write them
 * otherwise, or somebody else use the name, nothing is known of them.
 */
export const HELPERS: Readonly<Record<string, string>> = {
  __privateGet:
    '(obj, member, getter) => (__accessCheck(obj, member, "read from private field"), ' +
    'getter ? getter.call(obj) : member.get(obj))',
  __privateMethod:
    '(obj, member, method) => (__accessCheck(obj, member, "access private method"), method)',
  __privateIn:
    '(member, obj) => Object(obj) !== obj ? ' +
    `__typeError('Cannot use the "in" operator on this value') : member.has(obj)`,
  __privateAdd:
    '(obj, member, value) => member.has(obj) ? ' +
    '__typeError("Cannot add the same private member more than once") : ' +
    'member instanceof WeakSet ? member.add(obj) : member.set(obj, value)',
  __name: '(target, value) => __defProp(target, "name", { value, configurable: true })',
  __pow: 'Math.pow',
  __publicField:
    '(obj, key, value) => __defNormalProp(obj, typeof key !== "symbol" ? key + "" : key, value)',
};
