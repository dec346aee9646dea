import { ByteReader, MalformedBytes } from '../base/index.ts';
import { readTime } from './birth.ts';
import type { ReadShape } from './birth.ts';
import { map, ownKeys, set } from './builtins.ts';
import {
  defineOrRefuse,
  makeSparse,
  putBack,
  putLength,
  putProperties,
  setPrototype,
} from './in-place.ts';
import type { Change, Properties, Property } from './in-place.ts';
import { isAttributes, PLAIN, SPARSE } from './keys.ts';
import type { Key } from './keys.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';
import { PrivateSet, putRecord } from './private-fields.ts';
import type { PrivateRecord } from './private-fields.ts';
import { readVariable, UNINITIALISED } from './registry.ts';
import type { CodeRegistry, Scope } from './registry.ts';
import { isAccessor } from './shape.ts';
import { StateReader } from './state-reader.ts';
import { SHAPE_FLAG, STATE_VERSION } from './tag.ts';

/**
 * Puts a captured state into a world in which the same code has been evaluated and nothing else has
 * run; returns the object. Runs no code of the class.
 *
 * Throws `MalformedBytes`, whatever the bytes are; the world is then of no use any more.
 */
export function restoreState(
  bytes: Uint8Array,
  scopes: readonly Scope[],
  code: CodeRegistry,
): object {
  const object = new Restore(bytes, code).run(scopes);
  code.lastBytes = bytes.length;
  return object;
}

class Restore {
  readonly #reader: ByteReader;
  readonly #code: CodeRegistry;
  readonly #values: StateReader;
  /** Done at the end: until then nothing that is inherited changes, and nothing is closed. */
  readonly #prototypes: (readonly [object, object | null])[] = [];
  readonly #closed: object[] = [];

  constructor(bytes: Uint8Array, code: CodeRegistry) {
    this.#reader = new ByteReader(bytes);
    this.#code = code;
    this.#values = new StateReader(this.#reader, code);
  }

  run(scopes: readonly Scope[]): object {
    const reader = this.#reader;
    const { objects, symbols } = this.#code;
    const version = reader.u8();
    if (version !== STATE_VERSION) throw new MalformedBytes(`state of format ${version}`);
    const counts = [reader.varint(), reader.varint(), reader.varint()];
    if (counts.join() !== [objects.length, symbols.length, scopes.length].join()) {
      throw new MalformedBytes('state of other code');
    }
    const values = this.#values;
    const { objects: made, queueShapes } = values;
    const object = values.value();
    if (typeof object !== 'object' || object === null) throw new MalformedBytes('no object');
    const variables = this.#variables(scopes);
    const changes = objects.map((target, number) => this.#change(target, number));
    for (let at = 0; at < queueShapes.length; at++) {
      this.#fill(made[objects.length + at] as object, queueShapes[at] as ReadShape);
    }
    reader.end();
    for (const [target, prototype] of this.#prototypes) setPrototype(target, prototype);
    for (const target of this.#closed) Object.preventExtensions(target);
    for (const change of changes) putBack(change);
    for (const put of variables) put();
    return object;
  }

  /** Reads what variables hold; what comes back puts it into them. */
  #variables(scopes: readonly Scope[]): readonly (() => void)[] {
    const puts: (() => void)[] = [];
    for (const scope of scopes) {
      const variables = Object.values(scope);
      if (this.#reader.varint() !== variables.length) throw new MalformedBytes('other variables');
      for (const variable of variables) {
        const value = this.#values.value(true);
        const isNone = readVariable(variable) === UNINITIALISED;
        if (isNone !== (value === UNINITIALISED)) {
          throw new MalformedBytes('a variable that is initialised here and not there');
        }
        if (!isNone) puts.push(() => variable[1](value));
      }
    }
    return puts;
  }

  /** Reads what an object of code shall be like. */
  #change(target: object, number: number): Change {
    const reader = this.#reader;
    const shape = this.#values.shape();
    const { kind } = shape;
    if (kind !== this.#code.kinds[number]) throw new MalformedBytes('code of another kind');
    const prototype = this.#prototypeOf(shape);
    const properties = shape.keys.map((key, at) => this.#property(key, shape.attributes[at] ?? 0));
    const record = this.#record(shape);
    const isArray = kind === KIND.array;
    const length = isArray ? reader.varint() : 0;
    const elements = isArray ? this.#elements(length, readMode(reader)) : [];
    const entries = this.#entries(kind);
    const time = kind === KIND.date ? readTime(reader) : 0;
    const bytes = kind === KIND.buffer ? reader.bytes() : new Uint8Array(0);
    return {
      ...{ target, kind, flags: shape.flags, prototype, properties, record },
      ...{ length, elements, entries, time, bytes },
    };
  }

  #prototypeOf(shape: ReadShape): object | null {
    if ((shape.flags & SHAPE_FLAG.ownPrototype) === 0) return shape.prototype;
    const prototype = this.#values.value();
    if (prototype === null || isObject(prototype)) return prototype;
    throw new MalformedBytes('no prototype');
  }

  #property(key: Key, attributes: number): Property {
    const value = this.#values.value();
    return {
      key,
      attributes,
      value,
      setter: isAccessor(attributes) ? this.#values.value() : undefined,
    };
  }

  #record(shape: ReadShape): PrivateRecord {
    const record: PrivateRecord = [];
    for (const member of shape.members) {
      record.push(member, member instanceof PrivateSet ? member : this.#values.value());
    }
    return record;
  }

  #elements(length: number, mode: number): Properties {
    const reader = this.#reader;
    const elements: Property[] = [];
    if (mode !== SPARSE) {
      if (length > reader.remaining) throw new MalformedBytes(`claims ${length} elements`);
      for (let at = 0; at < length; at++) elements.push(this.#property(String(at), mode));
      return elements;
    }
    let next = 0;
    for (let left = reader.count(3); left > 0; left--) {
      const index = reader.varint();
      if (index < next || index >= length) throw new MalformedBytes('an element out of its order');
      next = index + 1;
      const attributes = reader.u8();
      if (!isAttributes(attributes)) throw new MalformedBytes('unknown attributes');
      elements.push(this.#property(String(index), attributes));
    }
    return elements;
  }

  #entries(kind: Kind): readonly unknown[] {
    if (kind !== KIND.map && kind !== KIND.set) return [];
    const each = kind === KIND.map ? 2 : 1;
    const entries: unknown[] = [];
    for (let left = this.#reader.count(each) * each; left > 0; left--)
      entries.push(this.#values.value());
    return entries;
  }

  /** Reads what a new object holds, and gives it that. */
  #fill(target: object, shape: ReadShape): void {
    const { kind, keys, attributes, flags } = shape;
    if ((flags & SHAPE_FLAG.ownPrototype) !== 0) {
      this.#prototypes.push([target, this.#prototypeOf(shape)]);
    }
    if (kind === KIND.arguments) {
      const properties = keys.map((key, at) => this.#property(key, attributes[at] ?? 0));
      putProperties(target, ownKeys(target), properties);
    } else if (shape.isPlain) {
      const own = target as Record<Key, unknown>;
      for (const key of keys) own[key] = this.#values.value();
    } else {
      for (let at = 0; at < keys.length; at++) {
        defineOrRefuse(target, this.#property(keys[at] as Key, attributes[at] as number));
      }
    }
    if (shape.members.length > 0) putRecord(target, this.#record(shape));
    if (kind === KIND.array) this.#fillArray(target as unknown[], shape);
    else if (kind === KIND.map) this.#fillMap(target);
    else if (kind === KIND.set) this.#fillSet(target);
    if ((flags & SHAPE_FLAG.extensible) === 0) this.#closed.push(target);
  }

  #fillArray(target: unknown[], { flags, prototype }: ReadShape): void {
    const reader = this.#reader;
    const length = reader.varint();
    const mode = readMode(reader);
    if (mode === PLAIN && prototype === Array.prototype) {
      if (length > reader.remaining) throw new MalformedBytes(`claims ${length} elements`);
      // Grown, never sized by what is claimed.
      for (let index = 0; index < length; index++) target.push(this.#values.value());
    } else {
      const elements = this.#elements(length, mode);
      makeSparse(target, length, elements.length);
      for (const element of elements) defineOrRefuse(target, element);
    }
    putLength(target, length, (flags & SHAPE_FLAG.fixedLength) !== 0);
  }

  #fillMap(target: object): void {
    const count = this.#reader.count(2);
    for (let left = count; left > 0; left--) {
      const key = this.#values.value();
      map.put(target, key, this.#values.value());
    }
    if (map.size(target) !== count) throw new MalformedBytes('a key occurs twice');
  }

  #fillSet(target: object): void {
    const count = this.#reader.count();
    for (let left = count; left > 0; left--) set.put(target, this.#values.value());
    if (set.size(target) !== count) throw new MalformedBytes('an item occurs twice');
  }
}

function readMode(reader: ByteReader): number {
  const mode = reader.u8();
  const isData = mode <= PLAIN;
  if (!isData && mode !== SPARSE) throw new MalformedBytes('unknown attributes');
  return mode;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}
