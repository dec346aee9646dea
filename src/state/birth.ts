import { MalformedBytes } from '../base/index.ts';
import type { ByteReader } from '../base/index.ts';
import { answers, buffer, construct } from './builtins.ts';
import type { Key } from './keys.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';
import { readText } from './primitives.ts';
import type { PrivateMember } from './private-fields.ts';
import { SHAPE_FLAG, VIEW_NAMES } from './tag.ts';

/** A shape as it is read. */
export interface ReadShape {
  readonly kind: Kind;
  readonly flags: number;
  readonly prototype: object | null;
  readonly keys: readonly Key[];
  readonly attributes: readonly number[];
  readonly members: readonly PrivateMember[];
  /** Properties can be made by assignment: nothing that objects inherit is in the way. */
  readonly isPlain: boolean;
  /** Makes ordinary objects with this prototype, quicker than any function of the language. */
  readonly make: new () => object;
}

type Constructor = new (...args: never[]) => object;

/**
 * A constructor of its own for each shape, so that the engine learns how many properties its
 * objects get. As
 * `newTarget` it gives any built-in that prototype without running code of a subclass.
 */
export function maker(prototype: object | null): new () => object {
  if (prototype === null) {
    return function (): object {
      return Object.create(null) as object;
    } as unknown as new () => object;
  }
  const make = function (): void {} as unknown as new () => object;
  make.prototype = prototype;
  return make;
}

const VIEWS: readonly unknown[] = VIEW_NAMES.map((name): unknown => Reflect.get(globalThis, name));
const DATA_VIEW = VIEW_NAMES.indexOf('DataView');
/** The range of `Date`: a hundred million days around 1970. */
const MAX_DATE = 8_640_000_000_000_000;

// As they were before anybody could replace them.
const NativeArray = Array;
const NativeMap = Map;
const NativeSet = Set;
const NativeDate = Date;
const NativeRegExp = RegExp;
const NativeError = Error;
const NativeBuffer = ArrayBuffer;
const NativeNumber = Number;
const NativeString = String;
const NativeBoolean = Boolean;

/** Makes empty objects of the kinds that hold something. */
export class Births {
  readonly #reader: ByteReader;
  readonly #value: () => unknown;

  constructor(reader: ByteReader, value: () => unknown) {
    this.#reader = reader;
    this.#value = value;
  }

  make(shape: ReadShape): object {
    const made = this.#made(shape);
    // A constructor gives the prototype of the built-in where it is told of none.
    const isBare = shape.prototype === null && (shape.flags & SHAPE_FLAG.ownPrototype) === 0;
    if (isBare) Object.setPrototypeOf(made, null);
    return made;
  }

  #made(shape: ReadShape): object {
    const build = (type: Constructor, ...args: readonly unknown[]): object =>
      construct(type, args, shape.make) as object;
    switch (shape.kind) {
      case KIND.array:
        return build(NativeArray);
      case KIND.map:
        return build(NativeMap);
      case KIND.set:
        return build(NativeSet);
      case KIND.date:
        return build(NativeDate, readTime(this.#reader));
      case KIND.regexp:
        return this.#regexp(build);
      case KIND.error:
        return build(NativeError);
      case KIND.buffer:
        return this.#buffer(build);
      case KIND.typedArray:
      case KIND.dataView:
        return this.#view(shape.kind === KIND.dataView, build);
      case KIND.boxed:
        return this.#boxed(shape, build);
      case KIND.arguments:
        return emptyArguments(shape.prototype);
      default:
        throw new MalformedBytes('an object that nobody can make');
    }
  }

  #regexp(build: (type: Constructor, ...args: readonly unknown[]) => object): object {
    const source = readText(this.#reader);
    const flags = readText(this.#reader);
    try {
      return build(NativeRegExp, source, flags);
    } catch {
      throw new MalformedBytes('no regular expression');
    }
  }

  #buffer(build: (type: Constructor, ...args: readonly unknown[]) => object): object {
    const bytes = this.#reader.bytes();
    const made = build(NativeBuffer, bytes.length) as ArrayBuffer;
    new Uint8Array(made).set(bytes);
    return made;
  }

  #view(
    isDataView: boolean,
    build: (type: Constructor, ...args: readonly unknown[]) => object,
  ): object {
    const number = this.#reader.u8();
    const type = VIEWS[number];
    if (typeof type !== 'function' || (number === DATA_VIEW) !== isDataView) {
      throw new MalformedBytes('an unknown view');
    }
    const held = this.#value();
    const offset = this.#reader.varint();
    const length = this.#reader.varint();
    if (!isFixedBuffer(held)) throw new MalformedBytes('a view of something else than a buffer');
    try {
      return build(type as Constructor, held, offset, length);
    } catch {
      throw new MalformedBytes('a view beyond its buffer');
    }
  }

  #boxed(
    shape: ReadShape,
    build: (type: Constructor, ...args: readonly unknown[]) => object,
  ): object {
    const primitive = this.#value();
    if (typeof primitive === 'number') return build(NativeNumber, primitive);
    if (typeof primitive === 'string') return build(NativeString, primitive);
    if (typeof primitive === 'boolean') return build(NativeBoolean, primitive);
    if (typeof primitive !== 'symbol' && typeof primitive !== 'bigint') {
      throw new MalformedBytes('a box that holds no primitive');
    }
    const made = Object(primitive) as object;
    if (shape.prototype !== null) Object.setPrototypeOf(made, shape.prototype);
    return made;
  }
}

export function readTime(reader: ByteReader): number {
  const time = reader.f64();
  const isTime = Number.isInteger(time) && Math.abs(time) <= MAX_DATE && !Object.is(time, -0);
  if (!isTime && !Number.isNaN(time)) throw new MalformedBytes('a time outside the range of dates');
  return time;
}

export function isFixedBuffer(value: unknown): value is ArrayBuffer {
  if (typeof value !== 'object' || value === null) return false;
  if (!answers(() => buffer.length(value))) return false;
  return !buffer.resizable(value) && !buffer.detached(value);
}

function emptyArguments(prototype: object | null): object {
  const made = (function (): object {
    // eslint-disable-next-line prefer-rest-params -- the object itself is wanted
    return arguments;
  })();
  if (prototype !== null) Object.setPrototypeOf(made, prototype);
  return made;
}
