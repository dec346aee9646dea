import { JSON_FUEL, JSON_SHIFT, MAX_JSON_DEPTH, TEXT_SHIFT } from './costs.ts';
import type { Meter } from './meter.ts';
import { apply, define, lengthOf, method, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

const nativeQuote = JSON.stringify;

/**
 * JSON, charged and with a bound of its nesting: the engine's own would end its stack, at a depth that
 * differs between machines. Ours writes the same text.
 */
export function meterJson(meter: Meter): void {
  replace(JSON, ['parse'], (native) =>
    method((_self, [source, reviver]) => {
      const text = String(source);
      meter.allocate(text.length * 2);
      meter.charge(JSON_FUEL + text.length / (1 << JSON_SHIFT));
      checkNesting(text);
      const value = apply(native, undefined, [text]);
      if (typeof reviver !== 'function') return value;
      return revive(meter, reviver as Native, { '': value }, '', 0);
    }),
  );
  replace(JSON, ['stringify'], () =>
    method((_self, [value, replacer, space]) => {
      const writer = new JsonWriter(meter, replacer, space);
      return writer.text({ '': value }, '');
    }),
  );
}

function checkNesting(text: string): void {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (quoted) {
      if (unit === 0x5c) at++;
      else if (unit === 0x22) quoted = false;
    } else if (unit === 0x22) quoted = true;
    else if (unit === 0x5b || unit === 0x7b) {
      if (++depth > MAX_JSON_DEPTH) tooDeep();
    } else if (unit === 0x5d || unit === 0x7d) depth--;
  }
}

function tooDeep(): never {
  throw new RangeError(`JSON is nested deeper than ${MAX_JSON_DEPTH} levels`);
}

function revive(
  meter: Meter,
  reviver: Native,
  holder: object,
  key: string,
  depth: number,
): unknown {
  if (depth > MAX_JSON_DEPTH) tooDeep();
  meter.charge(1);
  const value: unknown = Reflect.get(holder, key);
  if (typeof value === 'object' && value !== null) {
    const keys = Array.isArray(value) ? undefined : Object.keys(value);
    const count = keys?.length ?? lengthOf(value);
    for (let at = 0; at < count; at++) {
      const inner = keys?.[at] ?? String(at);
      const made = revive(meter, reviver, value, inner, depth + 1);
      if (made === undefined) Reflect.deleteProperty(value, inner);
      else {
        const own = { value: made, writable: true, enumerable: true, configurable: true };
        define(value, inner, own);
      }
    }
  }
  meter.enter();
  try {
    return apply(reviver, holder, [key, value]);
  } finally {
    meter.leave();
  }
}

/** `JSON.stringify` as the language defines it. */
class JsonWriter {
  readonly #meter: Meter;
  readonly #replace: Native | undefined;
  readonly #keys: readonly string[] | undefined;
  readonly #gap: string;
  readonly #under: object[] = [];
  #indent = '';

  constructor(meter: Meter, replacer: unknown, space: unknown) {
    this.#meter = meter;
    this.#replace = typeof replacer === 'function' ? (replacer as Native) : undefined;
    this.#keys = Array.isArray(replacer) ? listedKeys(meter, replacer) : undefined;
    this.#gap = gapOf(space);
  }

  /** Undefined for what JSON has no text for. */
  text(holder: object, key: string): string | undefined {
    this.#meter.charge(1);
    const value = this.#prepared(holder, key);
    switch (typeof value) {
      case 'string':
        this.#meter.length(value.length);
        return nativeQuote(value);
      case 'number':
        return Number.isFinite(value) ? String(value) : 'null';
      case 'boolean':
        return value ? 'true' : 'false';
      case 'bigint':
        throw new TypeError('JSON has no bigint: make it a string');
      case 'object':
        if (value === null) return 'null';
        return this.#container(value);
      default:
        return undefined;
    }
  }

  #prepared(holder: object, key: string): unknown {
    let value: unknown = Reflect.get(holder, key);
    this.#meter.enter();
    try {
      if ((typeof value === 'object' && value !== null) || typeof value === 'bigint') {
        const own: unknown = Reflect.get(Object(value) as object, 'toJSON', value);
        if (typeof own === 'function') value = apply(own as Native, value, [key]);
      }
      if (this.#replace !== undefined) value = apply(this.#replace, holder, [key, value]);
    } finally {
      this.#meter.leave();
    }
    return unboxed(value);
  }

  #container(value: object): string {
    if (this.#under.indexOf(value) >= 0) throw new TypeError('JSON has no cycles');
    if (this.#under.length >= MAX_JSON_DEPTH) tooDeep();
    this.#under.push(value);
    this.#meter.charge(this.#under.length >>> 4);
    const outer = this.#indent;
    this.#indent += this.#gap;
    const text = Array.isArray(value) ? this.#array(value) : this.#object(value, outer);
    this.#indent = outer;
    this.#under.pop();
    return text;
  }

  #array(value: object): string {
    const length = lengthOf(value);
    const parts: string[] = [];
    for (let at = 0; at < length; at++) parts[at] = this.text(value, String(at)) ?? 'null';
    return this.#wrapped('[', parts, ']', this.#indent.slice(this.#gap.length));
  }

  #object(value: object, outer: string): string {
    const keys = this.#keys ?? Object.keys(value);
    const parts: string[] = [];
    const colon = this.#gap === '' ? ':' : ': ';
    for (let at = 0; at < keys.length; at++) {
      const key = keys[at] as string;
      const text = this.text(value, key);
      if (text === undefined) continue;
      this.#meter.length(key.length);
      parts[parts.length] = nativeQuote(key) + colon + text;
    }
    return this.#wrapped('{', parts, '}', outer);
  }

  #wrapped(open: string, parts: readonly string[], close: string, outer: string): string {
    if (parts.length === 0) return open + close;
    const pretty = this.#gap !== '';
    const between = pretty ? `,\n${this.#indent}` : ',';
    let units = 2;
    for (let at = 0; at < parts.length; at++) {
      units += (parts[at] as string).length + between.length;
    }
    this.#meter.charge(units / (1 << TEXT_SHIFT));
    this.#meter.length(units);
    const inner = parts.join(between);
    return pretty ? `${open}\n${this.#indent}${inner}\n${outer}${close}` : open + inner + close;
  }
}

function listedKeys(meter: Meter, list: readonly unknown[]): readonly string[] {
  const keys = new Set<string>();
  const length = lengthOf(list);
  for (let at = 0; at < length; at++) {
    meter.charge(1);
    const item = list[at];
    const name = unboxed(item);
    if (typeof name === 'string' || typeof name === 'number') keys.add(String(name));
  }
  return [...keys];
}

const BOXES = [Number.prototype, String.prototype, Boolean.prototype].map(
  (prototype) => [prototype, Reflect.get(prototype, 'valueOf') as Native] as const,
);
const isAbove = Reflect.get(Object.prototype, 'isPrototypeOf') as Native;

/** What `new Number(1)` and the like hold. */
function unboxed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  for (const [prototype, valueOf] of BOXES) {
    // To ask every object would take long: the engine is slow with errors.
    if (apply(isAbove, prototype, [value]) !== true) continue;
    try {
      return apply(valueOf, value, []);
    } catch {
      // It is no such box.
    }
  }
  return value;
}

function gapOf(space: unknown): string {
  const value = unboxed(space);
  if (typeof value === 'number') return ' '.repeat(Math.min(10, Math.max(0, Math.trunc(value))));
  return typeof value === 'string' ? value.slice(0, 10) : '';
}
