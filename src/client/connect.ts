import { ConCoordError } from '../base/index.ts';
import type { CallMode, CallOptions, ProxyOptions } from './options.ts';
import { BareProxy, invoke, ObjectProxy } from './proxy.ts';

/** What every proxy has, unless the object has methods of these names. */
interface With {
  with(options: CallOptions): this;
}
interface Flush {
  flush(): Promise<void>;
}
interface Close {
  close(): Promise<void>;
}
type OwnMethods<Names> = ('with' extends Names ? unknown : With) &
  ('flush' extends Names ? unknown : Flush) &
  ('close' extends Names ? unknown : Close);

type Method = (...args: never[]) => unknown;

/** Public methods that callers can reach. */
type MethodNames<T> = {
  [K in keyof T]: K extends 'toString' | 'then' | `__${string}`
    ? never
    : K extends string
      ? T[K] extends Method
        ? K
        : never
      : never;
}[keyof T];

type Promised<M> = M extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Result>
  : never;

/**
 * A class as its callers see it: each public method with its parameters, and its result as a promise.
 *
 * Mapped types see a method as a whole. Of one with overloads, only the last can be called; the type
 * parameters of a generic one become what they are bound by; names of parameters and comments stay. What is
 * `private` or `protected` is left out, as are fields, accessors and setters: a type does not tell an
 * accessor from a field. The proxy that `concoord object` writes has none of these limits.
 */
export type Remote<T, Init extends readonly unknown[] = readonly unknown[]> = {
  [K in MethodNames<T>]: Promised<T[K]>;
} & OwnMethods<MethodNames<T>> &
  AsyncDisposable & {
    /** Of the proxy itself; the object's is `__str__()`. */
    toString(): string;
    /** Replaces the object by a fresh one on every replica. */
    __concoordinit__(...args: Init): Promise<void>;
    __str__(): Promise<string>;
    __repr__(): Promise<string>;
  };

/** Names that are ours when there is no class to ask. */
type Kept = 'with' | 'flush' | 'close';

type Class<T extends object, Init extends readonly unknown[]> = abstract new (...args: Init) => T;

const SPECIAL = ['__concoordinit__', '__str__', '__repr__'];
const OWN = ['with', 'flush', 'close'] as const satisfies readonly Kept[];
/** What the language and tools ask of any object, to find out what it is. */
const PROBED: ReadonlySet<string> = new Set(['then', 'toJSON', 'inspect']);

/**
 * A proxy of a class without a generated file. No object of the class is made here: it only lends its type
 * and the names of its methods, so that a name that it does not have is an error at once.
 *
 *     const c = connect(TenCounter, '127.0.0.1:14000');
 *
 * @throws ConnectionError and ConCoordError as proxies do.
 */
export function connect<T extends object, Init extends readonly unknown[]>(
  type: Class<T, Init>,
  bootstrap: string,
  options?: ProxyOptions,
  mode?: CallMode,
): Remote<T, Init>;
/**
 * The same for a class of which only the type is here; every name is taken for a method of the object.
 *
 *     const c = connect<TenCounter>('127.0.0.1:14000');
 */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller names it
export function connect<T extends object>(
  bootstrap: string,
  options?: ProxyOptions,
  mode?: CallMode,
): Remote<Omit<T, Kept>>;
export function connect(...args: readonly unknown[]): object {
  if (typeof args[0] !== 'function') {
    const [bootstrap, options, mode] = args as [string, ProxyOptions?, CallMode?];
    return new Untyped(bootstrap, options, mode);
  }
  const [type, ...rest] = args as [Class<object, never[]>, string, ProxyOptions?, CallMode?];
  return new (proxyClass(type))(...rest);
}

/** A class of proxies with the methods of `type`. */
function proxyClass(type: Class<object, never[]>): typeof BareProxy {
  // A class expression takes the name of what it is assigned to, and this one is the user's.
  const made = { [type.name]: class extends BareProxy {} }[type.name] as typeof BareProxy;
  const members = membersOf(type);
  for (const name of OWN) {
    const own = Object.getOwnPropertyDescriptor(ObjectProxy.prototype, name);
    if (own !== undefined && !members.has(name)) Object.defineProperty(made.prototype, name, own);
  }
  for (const [name, kind] of members) {
    const call = function (this: object, ...args: readonly unknown[]): Promise<unknown> {
      return invoke(this, name, args);
    };
    const how = kind === 'getter' ? { get: call } : { value: call, writable: true };
    Object.defineProperty(made.prototype, name, { ...how, configurable: true });
  }
  return made;
}

/**
 * Every name is a method of the object, but those that a proxy has. A prototype looks the names up, so that
 * the proxies themselves are objects like all others.
 */
class Untyped extends BareProxy {}
Object.setPrototypeOf(
  Untyped.prototype,
  new Proxy(ObjectProxy.prototype, {
    get(target, name, receiver: object): unknown {
      if (typeof name === 'symbol' || PROBED.has(name) || name in target) {
        return Reflect.get(target, name, receiver) as unknown;
      }
      return (...args: readonly unknown[]) => invoke(receiver, name, args);
    },
  }),
);

/** What can be called of a class, as the manifest of a replica lists it, and what every object has. */
function membersOf(type: Class<object, never[]>): ReadonlyMap<string, 'method' | 'getter'> {
  const members = new Map<string, 'method' | 'getter'>();
  let level = type.prototype as object | null;
  for (; level !== null && level !== Object.prototype; level = Object.getPrototypeOf(level)) {
    for (const [name, own] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      const isSpecial = name === 'constructor' || name === 'toString' || name.startsWith('__');
      if (isSpecial || members.has(name)) continue;
      if (name === 'then') {
        const what = `${type.name} has a method then(), which makes every proxy of it a promise`;
        throw new ConCoordError('INVALID_ARGUMENT', what, {
          remedy: 'Give the method another name.',
        });
      }
      if (typeof own.value === 'function') members.set(name, 'method');
      else if (own.get !== undefined) members.set(name, 'getter');
    }
  }
  for (const name of SPECIAL) members.set(name, 'method');
  return members;
}
