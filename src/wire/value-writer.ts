import { ConCoordError, limits } from '../base/index.ts';
import type { ByteWriter } from '../base/index.ts';
import { errorText } from './error-value.ts';
import { isShortAscii, isWellFormed, writeAscii, writeText } from './text.ts';
import { showPath } from './value-path.ts';
import type { Place } from './value-path.ts';
import { MAX_BIGINT_BYTES, MAX_ERRORS, MAX_INTEGER, MIN_INTEGER, TAG } from './value-tag.ts';

export interface ValueLimits {
  /** All values of one writer together; more is `TOO_LARGE`. */
  readonly maxBytes: number;
  /**
   * What becomes of an object that is reached on two ways: written twice, so that the reader gets
   * two; or refused, where two instead of one would be another state.
   */
  readonly sharing: 'copied' | 'refused';
}

/** Writes values; what is not plain data is refused with `INVALID_VALUE` and the path to it. */
export class ValueWriter {
  readonly #writer: ByteWriter;
  readonly #root: string;
  readonly #maxBytes: number;
  /** Length of the writer that must not be passed. */
  readonly #end: number;
  /** Every object met so far, when sharing is refused. */
  readonly #met: Set<object> | undefined;
  /** From the outermost container to the value that is being written. */
  readonly #places: Place[] = [];
  #errors = 0;

  /** @param root What paths begin with, such as `arguments`. */
  constructor(writer: ByteWriter, root: string, { maxBytes, sharing }: ValueLimits) {
    this.#writer = writer;
    this.#root = root;
    this.#maxBytes = maxBytes;
    this.#end = writer.length + maxBytes;
    this.#met = sharing === 'refused' ? new Set() : undefined;
  }

  write(value: unknown): void {
    switch (typeof value) {
      case 'number':
        return this.#number(value);
      case 'string':
        return this.#string(value);
      case 'object':
        return value === null ? void this.#writer.u8(TAG.null) : this.#object(value);
      case 'boolean':
        return void this.#writer.u8(value ? TAG.true : TAG.false);
      case 'undefined':
        return void this.#writer.u8(TAG.undefined);
      case 'bigint':
        return this.#bigint(value);
      case 'function':
        return this.#refuse('is a function');
      case 'symbol':
        return this.#refuse('is a symbol');
    }
  }

  /** Number of elements, then the elements, without a tag. */
  list(values: readonly unknown[]): void {
    const place = this.#enter(values);
    const count = values.length;
    this.#writer.varint(count);
    for (let index = 0; index < count; index++) {
      place.step = index;
      // Also inside: what is too large may be a list of very many short values.
      if (this.#writer.length > this.#end) this.#tooLarge();
      const value = values[index];
      if (value === undefined && !Object.hasOwn(values, index))
        this.#refuse('is a hole in an array');
      this.write(value);
    }
    this.#places.pop();
  }

  /** Number of the own enumerable properties, then key and value of each, without a tag. */
  properties(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse('has a symbol for a key');
    const place = this.#enter(value);
    const keys = Object.keys(value);
    this.#writer.varint(keys.length);
    for (const key of keys) {
      place.step = key;
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (
        descriptor === undefined ||
        descriptor.get !== undefined ||
        descriptor.set !== undefined
      ) {
        this.#refuse('is an accessor');
      }
      if (this.#writer.length > this.#end) this.#tooLarge();
      this.#string(key);
      this.write(descriptor.value);
    }
    this.#places.pop();
  }

  /** Call it at the end: up to here only what can be long was measured. */
  checkSize(): void {
    if (this.#writer.length > this.#end) this.#tooLarge();
  }

  #number(value: number): void {
    if (Number.isInteger(value) && value <= MAX_INTEGER && value >= MIN_INTEGER) {
      // Division tells -0 from 0 where comparison does not.
      if (value > 0 || (value === 0 && 1 / value > 0)) {
        this.#writer.u8(TAG.integer).varint(value * 2);
        return;
      }
      if (value < 0) {
        this.#writer.u8(TAG.integer).varint(value * -2 - 1);
        return;
      }
    }
    // The bits of NaN are the engine's choice, so NaN has a tag of its own.
    if (Number.isNaN(value)) this.#writer.u8(TAG.nan);
    else this.#writer.u8(TAG.float).f64(value);
  }

  #string(text: string): void {
    const writer = this.#writer;
    if (isShortAscii(text)) {
      writeAscii(writer.u8(TAG.string), text);
      return;
    }
    this.#checkRoom(text.length);
    if (isWellFormed(text)) {
      writeText(writer.u8(TAG.string), text);
      return;
    }
    writer.u8(TAG.utf16).varint(text.length);
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at);
      writer.u8(unit & 0xff).u8(unit >>> 8);
    }
  }

  #bigint(value: bigint): void {
    const digits = value === 0n ? '' : (value < 0n ? -value : value).toString(16);
    const count = (digits.length + 1) >>> 1;
    if (count > MAX_BIGINT_BYTES)
      this.#refuse(`is a bigint of more than ${MAX_BIGINT_BYTES} bytes`);
    this.#checkRoom(count);
    const writer = this.#writer.u8(value < 0n ? TAG.negativeBigint : TAG.bigint).varint(count);
    for (let end = digits.length; end > 0; end -= 2) {
      writer.u8(Number.parseInt(digits.slice(Math.max(end - 2, 0), end), 16));
    }
  }

  #object(value: object): void {
    if (this.#met !== undefined) {
      if (this.#met.has(value)) this.#refuse('is reached on two ways: keep it in one place');
      this.#met.add(value);
    }
    const prototype: unknown = Object.getPrototypeOf(value);
    if (prototype === Object.prototype) {
      this.#writer.u8(TAG.object);
      this.properties(value);
    } else if (prototype === Array.prototype && Array.isArray(value)) {
      this.#writer.u8(TAG.array);
      this.list(value);
    } else if (prototype === null) {
      this.#writer.u8(TAG.bareObject);
      this.properties(value);
    } else if (ArrayBuffer.isView(value) && value instanceof Uint8Array) {
      // An own `length` may say anything.
      if (Object.hasOwn(value, 'length')) this.#refuse('has a length of its own');
      this.#checkRoom(value.length);
      this.#writer.u8(TAG.bytes).bytes(value);
    } else if (value instanceof Error) {
      this.#error(value);
    } else if (prototype === Map.prototype && isMap(value)) {
      this.#map(value);
    } else if (prototype === Set.prototype && isSet(value)) {
      this.#set(value);
    } else if (prototype === Date.prototype && isDate(value)) {
      this.#date(value);
    } else {
      this.#refuse(`is an instance of ${className(prototype)}`);
    }
  }

  #map(map: Map<unknown, unknown>): void {
    const place = this.#enter(map);
    this.#writer.u8(TAG.map).varint(sizeOf(Map.prototype, map));
    let entry = 0;
    for (const [key, value] of Map.prototype.entries.call(map)) {
      if (this.#writer.length > this.#end) this.#tooLarge();
      place.step = entry++;
      place.part = 'key';
      this.write(key);
      place.part = 'value';
      this.write(value);
    }
    this.#places.pop();
  }

  #set(set: Set<unknown>): void {
    const place = this.#enter(set);
    this.#writer.u8(TAG.set).varint(sizeOf(Set.prototype, set));
    let entry = 0;
    for (const value of Set.prototype.values.call(set)) {
      if (this.#writer.length > this.#end) this.#tooLarge();
      place.step = entry++;
      this.write(value);
    }
    this.#places.pop();
  }

  #date(date: Date): void {
    const time = Date.prototype.getTime.call(date);
    if (Number.isNaN(time)) this.#writer.u8(TAG.invalidDate);
    else this.#writer.u8(TAG.date).f64(time);
  }

  #error(error: Error): void {
    if (++this.#errors > MAX_ERRORS) this.#refuse(`is one of more than ${MAX_ERRORS} errors`);
    const name = errorText(error, 'name');
    const message = errorText(error, 'message');
    if (name === undefined || message === undefined) this.#refuse('is an unreadable error');
    const hasCause = Object.hasOwn(error, 'cause');
    this.#writer.u8(hasCause ? TAG.errorWithCause : TAG.error);
    this.#string(name);
    this.#string(message);
    if (!hasCause) return;
    this.#enter(error);
    this.write(error.cause);
    this.#places.pop();
  }

  /** Leave it by `#places.pop()`. */
  #enter(container: object): Place {
    const places = this.#places;
    for (const place of places) {
      if (place.container === container) this.#refuse('is part of itself: a cycle');
    }
    if (places.length >= limits.MAX_VALUE_DEPTH) {
      this.#refuse(`is nested deeper than ${limits.MAX_VALUE_DEPTH} levels`);
    }
    // Checked at every container, because shared ones can make a few objects endlessly many bytes.
    if (this.#writer.length > this.#end) this.#tooLarge();
    const place: Place = { container, step: 0, part: 'key' };
    places.push(place);
    return place;
  }

  #checkRoom(bytes: number): void {
    if (this.#writer.length + bytes > this.#end) this.#tooLarge();
  }

  #tooLarge(): never {
    throw new ConCoordError('TOO_LARGE', `${this.#root}: more than ${this.#maxBytes} bytes`);
  }

  #refuse(what: string): never {
    throw new ConCoordError('INVALID_VALUE', `${showPath(this.#root, this.#places)} ${what}`);
  }
}

/** As the collection has it, and not a property of its own of that name. */
function sizeOf(prototype: object, collection: object): number {
  return Reflect.get(prototype, 'size', collection) as number;
}

/** A prototype can be borrowed; only a real `Map` has the slot behind `size`. */
function isMap(value: object): value is Map<unknown, unknown> {
  return answers(() => Reflect.get(Map.prototype, 'size', value));
}

function isSet(value: object): value is Set<unknown> {
  return answers(() => Reflect.get(Set.prototype, 'size', value));
}

function isDate(value: object): value is Date {
  return answers(() => Date.prototype.getTime.call(value as Date));
}

function answers(question: () => unknown): boolean {
  try {
    question();
    return true;
  } catch {
    return false;
  }
}

function className(prototype: unknown): string {
  const own = Object.getOwnPropertyDescriptor(Object(prototype), 'constructor');
  const maker: unknown = own?.value;
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'a nameless class';
}
