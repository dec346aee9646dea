import { MalformedBytes } from '../base/index.ts';
import type { ByteReader } from '../base/index.ts';
import { Births, maker } from './birth.ts';
import type { ReadShape } from './birth.ts';
import { intrinsics } from './intrinsics.ts';
import { isAttributes, isHeld, PLAIN } from './keys.ts';
import type { Key } from './keys.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';
import {
  readBigint,
  readFloat,
  readInteger,
  readLatin,
  readLongLatin,
  readText,
  readUtf16,
} from './primitives.ts';
import { PrivateMember } from './private-fields.ts';
import { UNINITIALISED, WELL_KNOWN } from './registry.ts';
import type { CodeRegistry } from './registry.ts';
import { SHAPE_FLAG, TAG } from './tag.ts';

/**
 * Values within values: the description of a symbol that is a key of a buffer of a view. Anything
 * deeper is hostile.
 */
const MAX_NESTING = 4;

/** Reads values; new objects are made at once and empty. Throws `MalformedBytes`. */
export class StateReader {
  /** Code first, then the new objects in the order of their numbers. */
  readonly objects: object[];
  /** Of the new objects. */
  readonly queueShapes: ReadShape[] = [];
  readonly #reader: ByteReader;
  readonly #symbols: symbol[];
  readonly #births: Births;
  readonly #intrinsics: object[] = [];
  readonly #shapes: ReadShape[] = [];
  readonly #codeObjects: ReadonlySet<object>;
  #nesting = 0;

  constructor(reader: ByteReader, code: CodeRegistry) {
    this.#reader = reader;
    this.objects = [...code.objects];
    this.#codeObjects = new Set(code.objects);
    this.#symbols = [...code.symbols];
    this.#births = new Births(reader, () => this.#nested());
  }

  /** @param orNone Also `UNINITIALISED`, which only a variable can be. */
  value(orNone = false): unknown {
    const reader = this.#reader;
    const tag = reader.u8();
    if (tag >= TAG.smallInteger) return tag - TAG.smallInteger;
    if (tag >= TAG.shortText) return readLatin(reader, tag - TAG.shortText);
    switch (tag) {
      case TAG.undefined:
        return undefined;
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.integer:
        return readInteger(reader);
      case TAG.float:
        return readFloat(reader);
      case TAG.nan:
        return Number.NaN;
      case TAG.bigint:
      case TAG.negativeBigint:
        return readBigint(reader, tag === TAG.negativeBigint);
      case TAG.latin:
        return readLongLatin(reader);
      case TAG.utf16:
        return readUtf16(reader);
      case TAG.reference:
        return at(this.objects, reader.varint(), 'object');
      case TAG.intrinsic:
        return this.#intrinsic();
      case TAG.object:
        return this.#object();
      case TAG.uninitialised:
        if (orNone) return UNINITIALISED;
        throw new MalformedBytes('a value that only a variable can have');
      default:
        return this.#symbol(tag);
    }
  }

  #symbol(tag: number): symbol {
    const reader = this.#reader;
    if (tag === TAG.wellKnownSymbol) return at(WELL_KNOWN, reader.varint(), 'well-known symbol');
    if (tag === TAG.symbol) return at(this.#symbols, reader.varint(), 'symbol');
    if (tag === TAG.registeredSymbol) return Symbol.for(readText(reader));
    if (tag !== TAG.newSymbol) throw new MalformedBytes(`unknown tag ${tag}`);
    const description = this.#nested();
    if (typeof description !== 'string' && description !== undefined) {
      throw new MalformedBytes('a description that is no text');
    }
    const symbol = Symbol(description);
    this.#symbols.push(symbol);
    return symbol;
  }

  #intrinsic(): object {
    const number = this.#reader.varint();
    if (number !== this.#intrinsics.length) return at(this.#intrinsics, number, 'intrinsic');
    const name = readText(this.#reader);
    const value = intrinsics().byName.get(name);
    if (value === undefined) throw new MalformedBytes(`there is no ${name.slice(0, 100)} here`);
    this.#intrinsics.push(value);
    return value;
  }

  #object(): object {
    const shape = this.shape();
    const number = this.objects.length;
    // Its place is taken before its buffer, if it has one, takes the next.
    this.objects.push(shape);
    this.queueShapes.push(shape);
    const made = shape.kind === KIND.ordinary ? new shape.make() : this.#births.make(shape);
    this.objects[number] = made;
    return made;
  }

  shape(): ReadShape {
    const reader = this.#reader;
    const number = reader.varint();
    if (number !== this.#shapes.length) return at(this.#shapes, number, 'shape');
    const kind = reader.u8();
    const flags = reader.u8();
    if (kind > KIND.member || flags > 7) throw new MalformedBytes('an unknown shape');
    const isOwn = (flags & SHAPE_FLAG.ownPrototype) !== 0;
    const prototype = isOwn ? null : this.#fixed();
    const count = reader.count(2);
    const keys = new Set<Key>();
    const attributes: number[] = [];
    for (let left = count; left > 0; left--) {
      const attribute = reader.u8();
      if (!isAttributes(attribute)) throw new MalformedBytes('unknown attributes');
      attributes.push(attribute);
      const key = this.#nested();
      if (typeof key !== 'string' && typeof key !== 'symbol') throw new MalformedBytes('no key');
      if (isHeld(key, kind as Kind)) throw new MalformedBytes('a key of what the kind holds');
      keys.add(key);
    }
    if (keys.size !== count) throw new MalformedBytes('a key occurs twice');
    const members = this.#members();
    const inherited = isOwn ? Object.prototype : prototype;
    // The characters of a text in a box cannot be assigned to.
    const isPlain =
      kind !== KIND.boxed &&
      attributes.every((each) => each === PLAIN) &&
      (inherited === null || [...keys].every((key) => !(key in inherited)));
    const shape: ReadShape = {
      kind: kind as Kind,
      flags,
      prototype,
      keys: [...keys],
      attributes,
      members,
      isPlain,
      make: maker(inherited),
    };
    // A value of its own definition cannot have had this number.
    if (number !== this.#shapes.length) throw new MalformedBytes('shapes within a shape');
    this.#shapes.push(shape);
    return shape;
  }

  /** A prototype that is code or of the language, or none. */
  #fixed(): object | null {
    const before = this.objects.length;
    const value = this.#nested();
    if (value !== null && !isObject(value)) throw new MalformedBytes('no prototype');
    const isKnown = value === null || intrinsics().names.has(value) || this.#codeObjects.has(value);
    if (!isKnown || before !== this.objects.length) throw new MalformedBytes('no prototype');
    return value;
  }

  #members(): readonly PrivateMember[] {
    const count = this.#reader.count();
    const members = new Set<PrivateMember>();
    for (let left = count; left > 0; left--) {
      const member = this.#nested();
      if (!isObject(member) || !PrivateMember.is(member)) throw new MalformedBytes('no field');
      members.add(member);
    }
    if (members.size !== count) throw new MalformedBytes('a private field occurs twice');
    return [...members];
  }

  /** A value in the midst of something else. */
  #nested(): unknown {
    if (++this.#nesting > MAX_NESTING) throw new MalformedBytes('nested too deeply');
    const value = this.value();
    this.#nesting--;
    return value;
  }
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function at<T>(list: readonly T[], number: number, what: string): T {
  const found = list[number];
  if (found === undefined) throw new MalformedBytes(`${what} ${number} of ${list.length}`);
  return found;
}
