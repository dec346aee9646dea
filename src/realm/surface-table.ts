/**
 * What objects of users find in their world: by the name of what has them (some have the same), its
 * properties in order. Every engine since that of Node.js 24 has these. What a newer one adds must not be
 * seen as long as replicas on an older one can join: an object could ask for it, and replicas would differ.
 * Properties that cannot be taken away come first where the order of engines differs, as in Math.
 */
const TABLE = `
globalThis
  Infinity NaN undefined Object Function Array Number parseFloat parseInt Boolean String Symbol
  Date Promise RegExp Error AggregateError EvalError RangeError ReferenceError SyntaxError
  TypeError URIError globalThis JSON Math Intl ArrayBuffer Atomics Uint8Array Int8Array
  Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array Uint8ClampedArray
  Float32Array Float64Array DataView Map BigInt Set Iterator WeakMap WeakSet Proxy Reflect
  FinalizationRegistry WeakRef decodeURI decodeURIComponent encodeURI encodeURIComponent escape
  unescape eval isFinite isNaN console SuppressedError DisposableStack AsyncDisposableStack
  Float16Array SharedArrayBuffer WebAssembly crypto performance TextEncoder TextDecoder
  ShadowRealm clearImmediate clearInterval clearTimeout fetch queueMicrotask setImmediate
  setInterval setTimeout structuredClone
Object.prototype
  constructor __defineGetter__ __defineSetter__ hasOwnProperty __lookupGetter__ __lookupSetter__
  isPrototypeOf propertyIsEnumerable toString valueOf __proto__ toLocaleString
Function.prototype
  length name constructor apply bind call toString @@hasInstance
%ArrayIteratorPrototype% %MapIteratorPrototype% %SetIteratorPrototype% %StringIteratorPrototype%
%RegExpStringIteratorPrototype%
  next @@toStringTag
%WrapForValidIteratorPrototype%
  next return
%TypedArray%
  length name prototype of from @@species
%GeneratorFunction.prototype% %AsyncGeneratorFunction.prototype%
  prototype constructor @@toStringTag
%AsyncFunction.prototype%
  constructor @@toStringTag
Object
  length name prototype assign getOwnPropertyDescriptor getOwnPropertyDescriptors
  getOwnPropertyNames getOwnPropertySymbols hasOwn is preventExtensions seal create
  defineProperties defineProperty freeze getPrototypeOf setPrototypeOf isExtensible isFrozen
  isSealed keys entries fromEntries values groupBy
Function Boolean AggregateError EvalError RangeError ReferenceError SyntaxError TypeError
URIError DataView SuppressedError DisposableStack %GeneratorFunction.prototype%.constructor
%AsyncFunction.prototype%.constructor %AsyncGeneratorFunction.prototype%.constructor
  length name prototype
Array
  length name prototype isArray from of @@species
Number
  length name prototype isFinite isInteger isNaN isSafeInteger parseFloat parseInt MAX_VALUE
  MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY MAX_SAFE_INTEGER MIN_SAFE_INTEGER EPSILON
String
  length name prototype fromCharCode fromCodePoint raw
Symbol
  length name prototype for keyFor asyncIterator hasInstance isConcatSpreadable iterator match
  matchAll replace search species split toPrimitive toStringTag unscopables dispose asyncDispose
Date
  length name prototype now parse UTC
RegExp
  length name prototype escape @@species
Error
  length name prototype captureStackTrace isError stackTraceLimit
JSON
  parse stringify rawJSON isRawJSON @@toStringTag
Math
  E LN10 LN2 LOG10E LOG2E PI SQRT1_2 SQRT2 abs acos acosh asin asinh atan atanh atan2 ceil cbrt
  expm1 clz32 cos cosh exp floor fround hypot imul log log1p log2 log10 max min pow random round
  sign sin sinh sqrt tan tanh trunc f16round @@toStringTag
ArrayBuffer
  length name prototype isView @@species
Uint8Array Int8Array Uint16Array Int16Array Uint32Array Int32Array BigUint64Array BigInt64Array
Uint8ClampedArray Float32Array Float64Array Float16Array
  length name prototype BYTES_PER_ELEMENT
Map
  length name prototype groupBy @@species
BigInt
  length name prototype asUintN asIntN
Set
  length name prototype @@species
Iterator
  length name prototype from
Reflect
  defineProperty deleteProperty apply construct get getOwnPropertyDescriptor getPrototypeOf has
  isExtensible ownKeys preventExtensions set setPrototypeOf @@toStringTag
__proto__
  constructor
%ArrayIteratorPrototype%.__proto__
  constructor reduce toArray forEach some every find map filter take drop flatMap @@iterator
  @@toStringTag @@dispose
%TypedArray%.prototype
  constructor buffer byteLength byteOffset length entries keys values at copyWithin every fill
  filter find findIndex findLast findLastIndex forEach includes indexOf join lastIndexOf map
  reverse reduce reduceRight set slice some sort subarray toReversed toSorted with
  toLocaleString toString @@toStringTag @@iterator
%GeneratorFunction.prototype%.prototype %AsyncGeneratorFunction.prototype%.prototype
  constructor next return throw @@toStringTag
Array.prototype
  length constructor at concat copyWithin fill find findIndex findLast findLastIndex lastIndexOf
  pop push reverse shift unshift slice sort splice includes indexOf join keys entries values
  forEach filter flat flatMap map every some reduce reduceRight toReversed toSorted toSpliced
  with toLocaleString toString @@iterator @@unscopables
Number.prototype
  constructor toExponential toFixed toPrecision toString valueOf toLocaleString
Boolean.prototype
  constructor toString valueOf
String.prototype
  length constructor anchor at big blink bold charAt charCodeAt codePointAt concat endsWith
  fontcolor fontsize fixed includes indexOf isWellFormed italics lastIndexOf link localeCompare
  match matchAll normalize padEnd padStart repeat replace replaceAll search slice small split
  strike sub substr substring sup startsWith toString toWellFormed trim trimStart trimLeft
  trimEnd trimRight toLocaleLowerCase toLocaleUpperCase toLowerCase toUpperCase valueOf
  @@iterator
Symbol.prototype
  constructor toString valueOf description @@toStringTag @@toPrimitive
Date.prototype
  constructor toString toDateString toTimeString toISOString toUTCString toGMTString getDate
  setDate getDay getFullYear setFullYear getHours setHours getMilliseconds setMilliseconds
  getMinutes setMinutes getMonth setMonth getSeconds setSeconds getTime setTime
  getTimezoneOffset getUTCDate setUTCDate getUTCDay getUTCFullYear setUTCFullYear getUTCHours
  setUTCHours getUTCMilliseconds setUTCMilliseconds getUTCMinutes setUTCMinutes getUTCMonth
  setUTCMonth getUTCSeconds setUTCSeconds valueOf getYear setYear toJSON toLocaleString
  toLocaleDateString toLocaleTimeString @@toPrimitive
RegExp.prototype
  constructor exec dotAll flags global hasIndices ignoreCase multiline source sticky unicode
  unicodeSets toString test @@match @@matchAll @@replace @@search @@split
Error.prototype
  constructor name message toString stack
AggregateError.prototype EvalError.prototype RangeError.prototype ReferenceError.prototype
SyntaxError.prototype TypeError.prototype URIError.prototype SuppressedError.prototype
  constructor name message
ArrayBuffer.prototype
  constructor byteLength slice maxByteLength resizable detached @@toStringTag
Uint8Array.prototype Int8Array.prototype Uint16Array.prototype Int16Array.prototype
Uint32Array.prototype Int32Array.prototype BigUint64Array.prototype BigInt64Array.prototype
Uint8ClampedArray.prototype Float32Array.prototype Float64Array.prototype Float16Array.prototype
  constructor BYTES_PER_ELEMENT
DataView.prototype
  constructor buffer byteLength byteOffset getInt8 setInt8 getUint8 setUint8 getInt16 setInt16
  getUint16 setUint16 getInt32 setInt32 getUint32 setUint32 getFloat32 setFloat32 getFloat64
  setFloat64 getBigInt64 setBigInt64 getBigUint64 setBigUint64 getFloat16 setFloat16
  @@toStringTag
Map.prototype
  constructor get set has delete clear entries forEach keys size values @@toStringTag @@iterator
BigInt.prototype
  constructor toLocaleString toString valueOf @@toStringTag
Set.prototype
  constructor has add delete difference clear entries forEach intersection isSubsetOf
  isSupersetOf isDisjointFrom size symmetricDifference union values keys @@toStringTag
  @@iterator
DisposableStack.prototype
  constructor use dispose adopt defer move disposed @@dispose @@toStringTag
%AsyncGeneratorFunction.prototype%.prototype.__proto__
  @@asyncIterator @@asyncDispose
Array.prototype.@@unscopables
  at copyWithin entries fill find findIndex findLast findLastIndex flat flatMap includes keys
  toReversed toSorted toSpliced values
`;

export const SURFACE: ReadonlyMap<string, readonly string[]> = read(TABLE);

/** Names stand at the beginning of lines, the properties of all of them follow. */
function read(table: string): ReadonlyMap<string, readonly string[]> {
  const surface = new Map<string, string[]>();
  let keys: string[] | undefined;
  let named = false;
  for (const line of table.split('\n')) {
    const words = line.split(' ').filter((word) => word !== '');
    if (words.length === 0) continue;
    if (line.startsWith(' ')) {
      keys?.push(...words);
      named = false;
      continue;
    }
    if (!named) keys = [];
    named = true;
    for (const name of words) surface.set(name, keys ?? []);
  }
  return surface;
}
