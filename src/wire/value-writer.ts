import { ConCoordError, limits } from '../base/index.ts';
import type { ByteWriter } from '../base/index.ts';
import { errorText } from './error-value.ts';
import { isShortAscii, isWellFormed, writeAscii, writeText } from './text.ts';
import { showPath } from './value-path.ts';
import { MAX_BIGINT_BYTES, MAX_INTEGER, MIN_INTEGER, TAG } from './value-tag.ts';

export interface ValueLimits {
  /** All values of one writer together; more is `TOO_LARGE`. */
  readonly maxBytes: number;
  /**
   * What becomes of an object that is reached on two ways: written twice, so that the reader gets two; or
   * refused, where two instead of one would be another state.
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
  /** Every container met so far, when sharing is refused. */
  readonly #met: Set<object> | undefined;
  /** The containers around the value that is being written, outermost first. */
  readonly #containers: object[] = [];
  /** For each container: the property, index, or number of the entry that is being written. */
  readonly #steps: (string | number)[] = [];
  /** For each container that is a `Map`: which half of the entry. */
  readonly #parts: ('key' | 'value')[] = [];

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
    this.#enter(values);
    const depth = this.#steps.length - 1;
    const count = values.length;
    this.#writer.varint(count);
    for (let index = 0; index < count; index++) {
      this.#steps[depth] = index;
      const value = values[index];
      if (value === undefined && !Object.hasOwn(values, index))
        this.#refuse('is a hole in an array');
      this.write(value);
    }
    this.#leave();
  }

  /** Number of the own enumerable properties, then key and value of each, without a tag. */
  properties(value: object): void {
    if (Object.getOwnPropertySymbols(value).length > 0) this.#refuse('has a symbol for a key');
    this.#enter(value);
    const depth = this.#steps.length - 1;
    const keys = Object.keys(value);
    this.#writer.varint(keys.length);
    for (const key of keys) {
      this.#steps[depth] = key;
      const descriptor = Object.getOwnPropertyDescriptor(value, key);
      if (
        descriptor === undefined ||
        descriptor.get !== undefined ||
        descriptor.set !== undefined
      ) {
        this.#refuse('is an accessor');
      }
      this.#string(key);
      this.write(descriptor.value);
    }
    this.#leave();
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
    } else if (value instanceof Uint8Array) {
      this.#checkRoom(value.length);
      this.#writer.u8(TAG.bytes).bytes(value);
    } else if (value instanceof Error) {
      this.#error(value);
    } else if (prototype === Map.prototype && isMap(value)) {
      this.#map(value);
    } else if (prototype === Set.prototype && isSet(value)) {
      this.#set(value);
    } else if (prototype === Date.prototype && value instanceof Date) {
      this.#date(value);
    } else {
      this.#refuse(`is an instance of ${className(prototype)}`);
    }
  }

  #map(map: Map<unknown, unknown>): void {
    this.#enter(map);
    const depth = this.#steps.length - 1;
    this.#writer.u8(TAG.map).varint(map.size);
    let entry = 0;
    for (const [key, value] of map) {
      this.#steps[depth] = entry++;
      this.#parts[depth] = 'key';
      this.write(key);
      this.#parts[depth] = 'value';
      this.write(value);
    }
    this.#leave();
  }

  #set(set: Set<unknown>): void {
    this.#enter(set);
    const depth = this.#steps.length - 1;
    this.#writer.u8(TAG.set).varint(set.size);
    let entry = 0;
    for (const value of set) {
      this.#steps[depth] = entry++;
      this.write(value);
    }
    this.#leave();
  }

  #date(date: Date): void {
    let time: number;
    try {
      time = date.getTime();
    } catch {
      return this.#refuse('is not a real Date');
    }
    if (Number.isNaN(time)) this.#writer.u8(TAG.invalidDate);
    else this.#writer.u8(TAG.date).f64(time);
  }

  #error(error: Error): void {
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
    this.#leave();
  }

  #enter(container: object): void {
    const depth = this.#containers.length;
    if (this.#containers.includes(container)) this.#refuse('is part of itself: a cycle');
    if (depth >= limits.MAX_VALUE_DEPTH) {
      this.#refuse(`is nested deeper than ${limits.MAX_VALUE_DEPTH} levels`);
    }
    if (this.#met?.has(container)) this.#refuse('is reached on two ways: keep it in one place');
    this.#met?.add(container);
    // Checked at every container, because shared ones can make a few objects endlessly many bytes.
    if (this.#writer.length > this.#end) this.#tooLarge();
    this.#containers.push(container);
    this.#steps.push(0);
    this.#parts.push('key');
  }

  #leave(): void {
    this.#containers.pop();
    this.#steps.pop();
    this.#parts.pop();
  }

  #checkRoom(bytes: number): void {
    if (this.#writer.length + bytes > this.#end) this.#tooLarge();
  }

  #tooLarge(): never {
    throw new ConCoordError('TOO_LARGE', `${this.#root}: more than ${this.#maxBytes} bytes`);
  }

  #refuse(what: string): never {
    const places = this.#containers.map((container, depth) => ({
      container,
      step: this.#steps[depth] as string | number,
      part: this.#parts[depth] as 'key' | 'value',
    }));
    throw new ConCoordError('INVALID_VALUE', `${showPath(this.#root, places)} ${what}`);
  }
}

/** A prototype can be borrowed; only the real thing has the internal slot. */
function isMap(value: object): value is Map<unknown, unknown> {
  return Object.prototype.toString.call(value) === '[object Map]' && hasSize(value, Map.prototype);
}

function isSet(value: object): value is Set<unknown> {
  return Object.prototype.toString.call(value) === '[object Set]' && hasSize(value, Set.prototype);
}

function hasSize(value: object, prototype: object): boolean {
  try {
    return typeof Reflect.get(prototype, 'size', value) === 'number';
  } catch {
    return false;
  }
}

function className(prototype: unknown): string {
  const own = Object.getOwnPropertyDescriptor(Object(prototype), 'constructor');
  const maker: unknown = own?.value;
  return typeof maker === 'function' && maker.name !== '' ? maker.name : 'a nameless class';
}
