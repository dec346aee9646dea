import { assert, ByteWriter, ConCoordError, limits, present } from '../base/index.ts';
import {
  buffer,
  dataView,
  date,
  descriptionOf,
  getOwnPropertyDescriptor,
  map,
  regexp,
  set,
  typedArray,
  unbox,
} from './builtins.ts';
import { afterElements, allKeys, attributesOf, elementMode, indicesOf, SPARSE } from './keys.ts';
import { KIND, Kinds } from './kind.ts';
import { holdsFloats, unifyNaNs } from './nans.ts';
import { showPath } from './path.ts';
import type { Holder } from './path.ts';
import { writeBigint, writeNumber, writeText } from './primitives.ts';
import { privateNames } from './private-names.ts';
import { PrivateSet, recordOf } from './private-fields.ts';
import { readVariable, UNINITIALISED, variableName, WELL_KNOWN } from './registry.ts';
import type { CodeRegistry, Scope } from './registry.ts';
import { isAccessor, Shapes } from './shape.ts';
import type { Shape } from './shape.ts';
import { SHAPE_FLAG, STATE_VERSION, TAG, VIEW_NAMES } from './tag.ts';

const REMEDY =
  'Keep data in the fields of the object, and functions in methods or at the top of the module: ' +
  'a state cannot hold what only a running program has.';

/**
 * The state as bytes: the object, the variables of the module, and all that is reached from them.
 * Equal states have equal bytes. Runs no code of the class.
 *
 * Throws `ConCoordError`: `INVALID_VALUE` with the path to what cannot be captured, `TOO_LARGE`.
 */
export function captureState(roots: Roots, code: CodeRegistry): Uint8Array {
  // Room from the start: a large state would be copied again and again while its bytes grow.
  const room = code.lastBytes + Math.max(1024, code.lastBytes >>> 4);
  const bytes = new Capture(code, limits.MAX_STATE_BYTES, room).run(roots);
  code.lastBytes = bytes.length;
  return bytes;
}

/**
 * Why the state cannot be captured, with the path, as far as that shows in its first `maxBytes`; undefined
 * when nothing speaks against it there. The same for equal states.
 */
export function findUnkeepable(
  roots: Roots,
  code: CodeRegistry,
  maxBytes: number,
): string | undefined {
  try {
    new Capture(code, maxBytes, 1024).run(roots);
  } catch (error) {
    if (!(error instanceof ConCoordError)) throw error;
    return error.code === 'TOO_LARGE' ? undefined : error.message;
  }
  return undefined;
}

interface Roots {
  readonly object: object;
  readonly scopes: readonly Scope[];
}

class Capture {
  readonly #code: CodeRegistry;
  readonly #maxBytes: number;
  readonly #writer: ByteWriter;
  readonly #kinds: Kinds;
  readonly #shapes: Shapes;
  /** Of new objects met so far. */
  readonly #numbers = new Map<object, number>();
  readonly #symbols = new Map<symbol, number>();
  readonly #names = new Map<string, number>();
  /** New objects in the order of their numbers, with their shapes and from where they were reached. */
  readonly #queue: object[] = [];
  readonly #queueShapes: Shape[] = [];
  readonly #parents: (object | string)[] = [];
  /** Of the arrays among them. */
  readonly #modes = new Map<object, number>();
  /** Where the contents of buffers begin, and what sees floats in them. */
  readonly #buffers = new Map<object, number>();
  readonly #floats: object[] = [];
  #definedShapes = 0;
  #holder: Holder = 'object';
  #scopes: readonly Scope[] = [];

  constructor(code: CodeRegistry, maxBytes: number, room: number) {
    this.#code = code;
    this.#maxBytes = maxBytes;
    this.#writer = new ByteWriter(room);
    this.#kinds = new Kinds(code.generatorPrototypes);
    for (const [number, symbol] of code.symbols.entries()) this.#symbols.set(symbol, number);
    this.#shapes = new Shapes((prototype) => code.numbers.has(prototype));
  }

  run({ object, scopes }: Roots): Uint8Array {
    this.#scopes = scopes;
    const { objects, kinds, symbols } = this.#code;
    const writer = this.#writer.u8(STATE_VERSION);
    writer.varint(objects.length).varint(symbols.length).varint(scopes.length);
    this.#value(object);
    for (const scope of scopes) {
      const variables = Object.entries(scope);
      writer.varint(variables.length);
      for (const [name, variable] of variables) {
        this.#holder = variableName(name);
        const value = readVariable(variable);
        if (value === UNINITIALISED) writer.u8(TAG.uninitialised);
        else this.#value(value);
      }
    }
    for (const [number, value] of objects.entries()) {
      this.#holder = value;
      const kind = present(kinds[number], 'kind of an object of code');
      if (kind === KIND.refused) this.#refuseCode(value);
      const shape = this.#shapes.of(value, kind);
      this.#shape(shape);
      this.#content(value, shape);
      if (kind === KIND.date) writer.f64(date.time(value));
      if (kind === KIND.buffer) this.#bytes(value);
      if (kind === KIND.typedArray) this.#noteFloats(value);
    }
    // The queue grows while it is worked off.
    for (let at = 0; at < this.#queue.length; at++) {
      const value = this.#queue[at] as object;
      this.#holder = value;
      this.#content(value, this.#queueShapes[at] as Shape);
    }
    this.#checkRoom(0);
    const bytes = writer.finish();
    for (const floats of this.#floats) this.#unify(floats, bytes);
    return bytes;
  }

  #noteFloats(value: object): void {
    if (holdsFloats(typedArray.name(value) ?? '')) this.#floats.push(value);
  }

  #unify(floats: object, bytes: Uint8Array): void {
    const held = typedArray.buffer(floats);
    const start =
      present(this.#buffers.get(held), 'the buffer of a view') + typedArray.offset(floats);
    unifyNaNs(typedArray.name(floats) ?? '', bytes, start, typedArray.length(floats));
  }

  #value(value: unknown): void {
    switch (typeof value) {
      case 'number':
        return writeNumber(this.#writer, value);
      case 'string':
        if (value.length > 1024) this.#checkRoom(value.length);
        return writeText(this.#writer, value);
      case 'object':
        return value === null ? void this.#writer.u8(TAG.null) : this.#reference(value);
      case 'boolean':
        return void this.#writer.u8(value ? TAG.true : TAG.false);
      case 'undefined':
        return void this.#writer.u8(TAG.undefined);
      case 'bigint':
        if (!writeBigint(this.#writer, value)) this.#refuse(value, 'is too large a bigint');
        return;
      case 'function':
        return this.#reference(value);
      case 'symbol':
        return this.#symbol(value);
    }
  }

  #symbol(symbol: symbol): void {
    const wellKnown = WELL_KNOWN.indexOf(symbol);
    const key = Symbol.keyFor(symbol);
    const number = this.#symbols.get(symbol);
    if (wellKnown >= 0) {
      this.#writer.u8(TAG.wellKnownSymbol).varint(wellKnown);
    } else if (key !== undefined) {
      writeText(this.#writer.u8(TAG.registeredSymbol), key);
    } else if (number !== undefined) {
      this.#writer.u8(TAG.symbol).varint(number);
    } else {
      this.#symbols.set(symbol, this.#symbols.size);
      this.#writer.u8(TAG.newSymbol);
      this.#value(descriptionOf(symbol));
    }
  }

  #reference(value: object): void {
    const number = this.#numbers.get(value) ?? this.#code.numbers.get(value);
    if (number === undefined) this.#meet(value);
    else if (number >= 0) this.#writer.u8(TAG.reference).varint(number);
    else this.#intrinsic(present(this.#code.names[-1 - number], 'name of an intrinsic'));
  }

  #intrinsic(name: string): void {
    const number = this.#names.get(name);
    this.#writer.u8(TAG.intrinsic).varint(number ?? this.#names.size);
    if (number !== undefined) return;
    this.#names.set(name, this.#names.size);
    writeText(this.#writer, name);
  }

  /** The first reference to a new object. */
  #meet(value: object): void {
    const kind = this.#kinds.of(value);
    if (kind === KIND.refused) this.#refuse(value, this.#kinds.refusal(value));
    if (kind === KIND.code) this.#refuse(value, 'is a function that was made while the object ran');
    if (kind === KIND.member) this.#refuse(value, 'is a WeakMap or WeakSet');
    this.#numbers.set(value, this.#code.objects.length + this.#queue.length);
    const shape = kind === KIND.array ? this.#meetArray(value) : this.#shapes.of(value, kind);
    this.#queue.push(value);
    this.#queueShapes.push(shape);
    this.#parents.push(this.#holder);
    this.#writer.u8(TAG.object);
    const holder = this.#holder;
    this.#holder = value;
    this.#shape(shape);
    if (kind !== KIND.ordinary && kind !== KIND.array) this.#birth(value, shape);
    this.#holder = holder;
    this.#checkRoom(0);
  }

  /** Keys of a long array are listed once: it takes longer than anything else. */
  #meetArray(value: object): Shape {
    const keys = allKeys(value);
    this.#modes.set(value, elementMode(value, keys));
    return this.#shapes.of(value, KIND.array, afterElements(value, keys));
  }

  #shape(shape: Shape): void {
    const writer = this.#writer.varint(shape.number);
    if (shape.number < this.#definedShapes) return;
    assert(
      shape.number === this.#definedShapes,
      'shapes are defined in the order of their numbers',
    );
    this.#definedShapes++;
    writer.u8(shape.kind).u8(shape.flags);
    if ((shape.flags & SHAPE_FLAG.ownPrototype) === 0) this.#value(shape.prototype);
    writer.varint(shape.keys.length);
    for (const [index, key] of shape.keys.entries()) {
      writer.u8(shape.attributes[index] as number);
      this.#value(key);
    }
    writer.varint(shape.members.length);
    for (const member of shape.members) this.#value(member);
  }

  /** What has to be known to make an empty object of this kind. */
  #birth(value: object, { kind }: Shape): void {
    const writer = this.#writer;
    if (kind === KIND.date) writer.f64(date.time(value));
    else if (kind === KIND.buffer) this.#bytes(value);
    else if (kind === KIND.boxed) this.#value(unbox(value));
    else if (kind === KIND.regexp) {
      writeText(writer, regexp.source(value));
      writeText(writer, regexp.flags(value));
    } else if (kind === KIND.typedArray || kind === KIND.dataView) {
      const view = kind === KIND.typedArray ? typedArray : dataView;
      this.#noteFloats(value);
      writer.u8(VIEW_NAMES.indexOf(typedArray.name(value) ?? 'DataView'));
      this.#value(view.buffer(value));
      writer.varint(view.offset(value)).varint(view.length(value));
    }
  }

  #bytes(value: object): void {
    const length = buffer.length(value);
    this.#checkRoom(length);
    this.#writer.bytes(new Uint8Array(value as ArrayBuffer, 0, length));
    this.#buffers.set(value, this.#writer.length - length);
  }

  #content(value: object, shape: Shape): void {
    const { keys, attributes, members, kind } = shape;
    if ((shape.flags & SHAPE_FLAG.ownPrototype) !== 0) this.#value(Object.getPrototypeOf(value));
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as string;
      if (isAccessor(attributes[at] as number)) this.#accessor(value, key);
      // An own property that holds a value: nothing runs.
      else this.#value((value as Record<string, unknown>)[key]);
    }
    if (members.length > 0) {
      const record = recordOf(value) ?? [];
      for (let at = 0; at < record.length; at += 2) {
        if (!(record[at] instanceof PrivateSet)) this.#value(record[at + 1]);
      }
    }
    if (kind === KIND.array) this.#elements(value as unknown[]);
    else if (kind === KIND.map) {
      this.#writer.varint(map.size(value));
      map.each(value, (key, held) => {
        this.#value(key);
        this.#value(held);
      });
    } else if (kind === KIND.set) {
      this.#writer.varint(set.size(value));
      set.each(value, (item) => this.#value(item));
    }
  }

  #accessor(value: object, key: PropertyKey): void {
    const descriptor = getOwnPropertyDescriptor(value, key);
    this.#value(descriptor?.get);
    this.#value(descriptor?.set);
  }

  #elements(values: unknown[]): void {
    const writer = this.#writer.varint(values.length);
    const mode = this.#modes.get(values) ?? elementMode(values, allKeys(values));
    writer.u8(mode);
    if (mode !== SPARSE) {
      for (let index = 0; index < values.length; index++) {
        this.#value(values[index]);
        if ((index & 0x3ff) === 0) this.#checkRoom(0);
      }
      return;
    }
    const indices = indicesOf(allKeys(values));
    writer.varint(indices.length);
    for (const index of indices) {
      const descriptor = getOwnPropertyDescriptor(values, index) as PropertyDescriptor;
      const attributes = attributesOf(descriptor);
      writer.varint(index).u8(attributes);
      if (isAccessor(attributes)) this.#accessor(values, index);
      else this.#value(descriptor.value);
    }
  }

  #checkRoom(bytes: number): void {
    if (this.#writer.length + bytes <= this.#maxBytes) return;
    throw new ConCoordError('TOO_LARGE', `state: more than ${this.#maxBytes} bytes`);
  }

  /** What the module itself has made: it is held by whatever held it first. */
  #refuseCode(value: object): never {
    this.#holder = this.#holderOf(value);
    this.#refuse(value, this.#kinds.refusal(value));
  }

  #refuse(value: unknown, why: string): never {
    const names = privateNames(this.#scopes);
    const path = showPath(
      value,
      this.#holder,
      (object) => this.#holderOf(object),
      this.#kinds,
      (member) => names.get(member),
    );
    throw new ConCoordError('INVALID_VALUE', `${path} ${why}`, { remedy: REMEDY });
  }

  #holderOf(object: object): Holder {
    const { objects, parents } = this.#code;
    const number = present(
      this.#numbers.get(object) ?? this.#code.numbers.get(object),
      'number of an object on the path',
    );
    if (number >= objects.length) return this.#parents[number - objects.length] ?? 'object';
    const parent = present(parents[number], 'from where an object of code was reached');
    return typeof parent === 'string' ? parent : present(objects[parent], 'an object of code');
  }
}
