import { ByteReader, ByteWriter, limits } from '../base/index.ts';
import { reviveByName } from '../object/index.ts';
import { ValueReader, ValueWriter } from '../wire/index.ts';

/** The variables of a scope that functions inside it use, each as how to read and write it. */
export type Scope = Readonly<
  Record<string, readonly [get: () => unknown, set: (value: unknown) => unknown]>
>;

/** What there is when the module has been evaluated. */
export interface Evaluated {
  readonly exports: object;
  readonly scopes: readonly Scope[];
}

export interface Roots {
  readonly object: object;
  readonly scopes: readonly Scope[];
}

/**
 * How the realm's object becomes bytes and comes back. This first form knows plain data in the fields of one
 * object and nothing of scopes; a walker of the whole graph takes its place behind the same interface.
 */
export class CodeRegistry {
  readonly prototype: object;

  private constructor(prototype: object) {
    this.prototype = prototype;
  }

  /** Right after the evaluation of the module: what exists then is code. */
  static of({ exports }: Evaluated): CodeRegistry {
    const [only] = Object.values(exports) as unknown[];
    if (typeof only !== 'function') throw new TypeError('the module exports no class');
    return new CodeRegistry(Reflect.get(only, 'prototype') as object);
  }
}

const STATE_LIMITS = { maxBytes: limits.MAX_STATE_BYTES, sharing: 'refused' } as const;

export function captureState({ object }: Roots, _code: CodeRegistry): Uint8Array {
  const writer = new ByteWriter(1024);
  const values = new ValueWriter(writer, 'state', STATE_LIMITS);
  values.properties(object);
  values.checkSize();
  return writer.finish();
}

export function restoreState(
  bytes: Uint8Array,
  _scopes: readonly Scope[],
  code: CodeRegistry,
): object {
  const reader = new ByteReader(bytes);
  const blank = Object.create(code.prototype) as object;
  const restored = new ValueReader(reader, reviveByName).properties(blank);
  reader.end();
  return restored;
}

export function installPrivateFields(_world: object): void {
  // Native private fields are not captured by this form.
}
