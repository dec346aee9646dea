import {
  answers,
  buffer,
  builtinTag,
  dataView,
  date,
  getOwnPropertyDescriptor,
  isError,
  map,
  regexp,
  set,
  sourceText,
  typedArray,
  typedArrayPrototype,
  unbox,
} from './builtins.ts';
import { intrinsics } from './intrinsics.ts';
import { isProxy, PrivateMember } from './private-fields.ts';

/** What an object holds beside its properties. The numbers are part of the format. */
export const KIND = {
  ordinary: 0,
  array: 1,
  map: 2,
  set: 3,
  date: 4,
  regexp: 5,
  error: 6,
  buffer: 7,
  typedArray: 8,
  dataView: 9,
  boxed: 10,
  arguments: 11,
  /** Only among code: a function or class. */
  code: 12,
  /** Only among code: what a private field was lowered to. */
  member: 13,
  /** Cannot be captured. */
  refused: 14,
} as const;

export type Kind = (typeof KIND)[keyof typeof KIND];

/** What a chain of prototypes says of the objects that have it. */
interface Chain {
  /** Something in it has a `Symbol.toStringTag`, so that the engine's own tag cannot be asked. */
  readonly tagged: boolean;
  /** The built-in that an object with this chain was probably made by. */
  readonly maker: Kind | undefined;
  /** The name of a built-in prototype whose objects hold what nobody can see. */
  readonly closed: string | undefined;
}

const EMPTY: Chain = { tagged: false, maker: undefined, closed: undefined };

const MAKERS = new Map<object, Kind>([
  [Map.prototype, KIND.map],
  [Set.prototype, KIND.set],
  [Date.prototype, KIND.date],
  [RegExp.prototype, KIND.regexp],
  [ArrayBuffer.prototype, KIND.buffer],
  [Number.prototype, KIND.boxed],
  [String.prototype, KIND.boxed],
  [Boolean.prototype, KIND.boxed],
  [Symbol.prototype, KIND.boxed],
  [BigInt.prototype, KIND.boxed],
]);

/** Their objects hold nothing, or are recognised by another question. */
const OPEN = new Set<object>([
  Object.prototype,
  Array.prototype,
  Function.prototype,
  DataView.prototype,
  typedArrayPrototype,
]);
const OPEN_NAME =
  /(?:Error|Iterator|(?:Int|Uint|Float)\w*Array)\.prototype$|^%IteratorPrototype%$|^concoord\./;

const BUILTIN_TAGS = new Map<string, Kind>([
  ['[object Object]', KIND.ordinary],
  ['[object Arguments]', KIND.arguments],
  ['[object Date]', KIND.date],
  ['[object RegExp]', KIND.regexp],
  ['[object Number]', KIND.boxed],
  ['[object String]', KIND.boxed],
  ['[object Boolean]', KIND.boxed],
]);

/**
 * Finds out what objects are without running code of theirs. For built-ins that only throwing
 * methods tell apart the chain of prototypes is asked first: a throw costs microseconds, and most
 * objects are ordinary.
 */
export class Kinds {
  readonly #chains = new Map<object, Chain>();
  readonly #ordinary: ReadonlySet<object>;

  /**
   * @param ordinary Objects that inherit from a closed built-in but are none: prototypes of
   * generators.
   */
  constructor(ordinary: ReadonlySet<object>) {
    this.#ordinary = ordinary;
  }

  of(value: object): Kind {
    if (isProxy(value)) return KIND.refused;
    if (typeof value === 'function') return isRefusedFunction(value) ? KIND.refused : KIND.code;
    if (Array.isArray(value)) return KIND.array;
    const chain = this.#chainOf(Object.getPrototypeOf(value) as object | null);
    if (chain.closed !== undefined) return this.#closed(value);
    if (ArrayBuffer.isView(value)) return viewKind(value);
    if (isError(value)) return KIND.error;
    if (chain.maker !== undefined && isOf(value, chain.maker)) return heldKind(value, chain.maker);
    if (chain.tagged || Object.hasOwn(value, Symbol.toStringTag)) return KIND.ordinary;
    return BUILTIN_TAGS.get(builtinTag(value)) ?? KIND.ordinary;
  }

  /** Why `of` says `refused`, for people. */
  refusal(value: object): string {
    if (isProxy(value)) return 'is a Proxy';
    if (typeof value === 'function') {
      return isAsync(value) ? 'is an async function' : 'is a bound function';
    }
    if (isDetached(value)) return 'is a detached ArrayBuffer or looks into one';
    if (isResizable(value)) return 'is a resizable ArrayBuffer or looks into one';
    const { closed } = this.#chainOf(Object.getPrototypeOf(value) as object | null);
    if (closed === undefined) return 'is nothing that can be captured';
    if (closed === '%GeneratorPrototype%') return 'is a generator';
    const name = closed.replace(/^%|(?:\.prototype|Prototype%)$/g, '');
    return `is an instance of ${name}`;
  }

  #closed(value: object): Kind {
    if (PrivateMember.is(value)) return KIND.member;
    return this.#ordinary.has(value) ? KIND.ordinary : KIND.refused;
  }

  #chainOf(prototype: object | null): Chain {
    const links: object[] = [];
    let chain: Chain | undefined;
    for (let at = prototype; ; at = Object.getPrototypeOf(at) as object | null) {
      chain = at === null ? EMPTY : this.#chains.get(at);
      if (chain !== undefined || at === null) break;
      // Nothing may be asked of a proxy; nothing behind it is known.
      if (isProxy(at)) {
        chain = { ...EMPTY, tagged: true };
        break;
      }
      links.push(at);
    }
    let known = chain ?? EMPTY;
    for (const link of links.toReversed()) {
      known = extend(known, link, this.#ordinary.has(link));
      this.#chains.set(link, known);
    }
    return known;
  }
}

function extend(base: Chain, prototype: object, ordinary: boolean): Chain {
  const maker = MAKERS.get(prototype) ?? base.maker;
  const tagged = base.tagged || Object.hasOwn(prototype, Symbol.toStringTag);
  const name = intrinsics().names.get(prototype);
  const isOpen = name === undefined || OPEN.has(prototype) || MAKERS.has(prototype);
  const closed =
    isOpen || ordinary || OPEN_NAME.test(name) || !/prototype/i.test(name) ? base.closed : name;
  if (maker === base.maker && tagged === base.tagged && closed === base.closed) return base;
  return { maker, tagged, closed: base.closed ?? closed };
}

function viewKind(value: object): Kind {
  const isTyped = typedArray.name(value) !== undefined;
  if (!isTyped && !answers(() => dataView.length(value))) return KIND.refused;
  const held = isTyped ? typedArray.buffer(value) : dataView.buffer(value);
  if (!isFixed(held)) return KIND.refused;
  return isTyped ? KIND.typedArray : KIND.dataView;
}

/** The array buffer can neither go nor grow. */
function isFixed(held: object): boolean {
  if (!answers(() => buffer.length(held))) return false;
  return !buffer.resizable(held) && !buffer.detached(held);
}

function heldKind(value: object, kind: Kind): Kind {
  return kind === KIND.buffer && !isFixed(value) ? KIND.refused : kind;
}

function isOf(value: object, kind: Kind): boolean {
  if (kind === KIND.map) return answers(() => map.size(value));
  if (kind === KIND.set) return answers(() => set.size(value));
  if (kind === KIND.date) return answers(() => date.time(value));
  if (kind === KIND.buffer) return answers(() => buffer.length(value));
  if (kind === KIND.boxed) return unbox(value) !== undefined;
  // The getters of the source answer for the prototype, too, and ask nothing of the value.
  return answers(() => regexp.source(value));
}

function bufferOf(value: object): object {
  if (!ArrayBuffer.isView(value)) return value;
  return typedArray.name(value) === undefined
    ? answers(() => dataView.buffer(value))
      ? dataView.buffer(value)
      : value
    : typedArray.buffer(value);
}

function isDetached(value: object): boolean {
  const held = bufferOf(value);
  return answers(() => buffer.detached(held)) && buffer.detached(held);
}

function isResizable(value: object): boolean {
  const held = bufferOf(value);
  return answers(() => buffer.resizable(held)) && buffer.resizable(held);
}

/** The language says how functions without a source end; nothing that can be written in it ends so. */
const NATIVE_END = 40;
const NATIVE = /\{\s*\[native code\]\s*\}$/;

/**
 * What cannot be made again: what is bound cannot be seen, and what is async lives on outside the
 * log.
 */
function isRefusedFunction(value: object): boolean {
  return isAsync(value) || NATIVE.test(sourceText(value).slice(-NATIVE_END));
}

function isAsync(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as object | null;
  if (prototype === null || isProxy(prototype)) return false;
  const tag: unknown = getOwnPropertyDescriptor(prototype, Symbol.toStringTag)?.value;
  return typeof tag === 'string' && tag.startsWith('Async');
}
