import { assert } from '../base/index.ts';
import { SPECIAL_METHOD } from './type.ts';
import type { ObjectType } from './type.ts';

/** Any object; what its class makes of these methods is its own business. */
interface Shown {
  toString(): unknown;
  [SPECIAL_METHOD.representation]?(): unknown;
}

type Callable = (this: object, ...args: readonly unknown[]) => unknown;

export interface Method {
  readonly run: Callable;
  readonly read: boolean;
  readonly commandAt?: number | undefined;
}

/**
 * The methods that a client can reach: exactly those of the manifest, looked up once, as the class
 * defines them. A name that a client sends is only ever a key of this map, never a property of the
 * object.
 */
export function methodsOf(type: ObjectType): ReadonlyMap<string, Method> {
  const reads = new Set(type.methods.filter(({ read }) => read).map(({ name }) => name));
  const methods = new Map<string, Method>([
    [SPECIAL_METHOD.text, { run: showText, read: reads.has(SPECIAL_METHOD.text) }],
    [
      SPECIAL_METHOD.representation,
      { run: showRepresentation, read: reads.has(SPECIAL_METHOD.representation) },
    ],
  ]);
  for (const { name, read, commandAt } of type.methods) {
    if (methods.has(name)) continue;
    assert(
      name !== 'constructor' && !name.startsWith('__'),
      'a manifest lists public methods only',
    );
    methods.set(name, { run: findMethod(type, name), read, commandAt });
  }
  return methods;
}

function findMethod(type: ObjectType, name: string): Callable {
  let prototype = type.construct.prototype as object | null;
  while (prototype !== null && prototype !== Object.prototype) {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (typeof method === 'function') return method as Callable;
    prototype = Object.getPrototypeOf(prototype) as object | null;
  }
  assert(false, `the manifest of ${type.name} lists only what its class has: ${name}`);
}

function showText(this: Shown): unknown {
  return this.toString();
}

function showRepresentation(this: Shown): unknown {
  const own = this[SPECIAL_METHOD.representation];
  return typeof own === 'function' ? Reflect.apply(own, this, []) : this.toString();
}
