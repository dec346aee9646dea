import { ConCoordError } from '../base/index.ts';
import { Engine } from './engine.ts';
import { readCallMode, readCallOptions, readProxyOptions } from './options.ts';
import type { CallMode, CallOptions, CallSettings, HoldOptions, ProxyOptions } from './options.ts';
import { holdWith } from './held.ts';
import type { Held, HoldMethods } from './held.ts';
import type { CallOutcome } from './outcome.ts';

/** What is behind a proxy, or behind a view of it. */
interface Binding {
  readonly engine: Engine;
  readonly settings: CallSettings;
  /** `Counter(127.0.0.1:14000)` */
  readonly shown: string;
}

const INSPECT: unique symbol = Symbol.for('nodejs.util.inspect.custom') as never;

/** Constructs nothing: a subclass gives its private fields to the object that it was handed. */
const Given = function (target: object): object {
  return target;
} as unknown as new (target: object) => object;

/**
 * Ties a binding to an object by a private field. A view made by `withOptions` has the proxy itself for
 * its prototype: it is an instance of the same class, without running a constructor that is not ours.
 */
class Bound extends Given {
  readonly #binding: Binding;

  constructor(target: object, binding: Binding) {
    super(target);
    this.#binding = binding;
  }

  static of(proxy: unknown): Binding {
    if (typeof proxy === 'object' && proxy !== null && #binding in proxy) return proxy.#binding;
    throw new ConCoordError('INVALID_ARGUMENT', 'not a proxy of a replicated object');
  }
}

/**
 * What every proxy has, whatever the methods of its object are called: nothing but what the language
 * itself may ask of an object.
 */
export class BareProxy {
  /**
   * @param bootstrap `host:port` or domain names, separated by commas.
   * @param mode How calls follow one another; generated proxies give it by their type.
   * @throws ConnectionError when it is malformed, ConCoordError `INVALID_ARGUMENT` for wrong options.
   */
  constructor(bootstrap: string, options?: ProxyOptions, mode: CallMode = 'at-once') {
    const settings = readProxyOptions(options);
    const engine = new Engine(bootstrap, settings, readCallMode(mode));
    const shown = `${new.target.name}(${engine.address})`;
    Reflect.construct(Bound, [this, { engine, settings: settings.call, shown }]);
  }

  /** Of the proxy itself; the object's is `__str__()`. */
  toString(): string {
    return Bound.of(this).shown;
  }

  [INSPECT](): string {
    return Bound.of(this).shown;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return close(this);
  }
}

/** The base of proxies whose object has no methods of these names. */
export class ObjectProxy extends BareProxy {
  /** The same proxy, on the same connection, with options for the calls that are made through it. */
  with(options: CallOptions): this {
    return withOptions(this, options);
  }

  /** Sends the calls that were gathered; resolves when every call made so far has ended. */
  flush(): Promise<void> {
    return flush(this);
  }

  /** Lets calls under way finish for up to 5 s, then ends the session and the connection. */
  close(): Promise<void> {
    return close(this);
  }
}

/** For methods of proxies: calls a method of the object. */
export function invoke<T>(proxy: object, method: string, args: readonly unknown[]): Promise<T> {
  const { engine, settings } = Bound.of(proxy);
  return engine.call(method, args, settings) as Promise<T>;
}

/** As `proxy.with(options)`, also when the object has a method of that name. */
export function withOptions<P extends object>(proxy: P, options: CallOptions): P {
  const binding = Bound.of(proxy);
  const settings = readCallOptions(options, binding.settings);
  const view = Object.create(proxy) as P;
  Reflect.construct(Bound, [view, { ...binding, settings }]);
  return view;
}

/**
 * Acquires what the methods `acquire` and `release` of the object are about, or others that are named, and
 * says when it is lost.
 *
 *     await using held = await hold(mutex, { timeoutMs: 5000 });
 *
 * @throws ConCoordError `TIMEOUT` when it was not to be had in time, AbortError when the signal was aborted.
 */
export function hold(proxy: object, options?: HoldOptions, methods?: HoldMethods): Promise<Held> {
  const { engine, settings } = Bound.of(proxy);
  return holdWith(engine, settings, options, methods);
}

/** As `proxy.flush()`, also when the object has a method of that name. */
export function flush(proxy: object): Promise<void> {
  return Bound.of(proxy).engine.flush();
}

/** As `proxy.close()`, also when the object has a method of that name. */
export function close(proxy: object): Promise<void> {
  return Bound.of(proxy).engine.close();
}

/**
 * What became of a call that ended with `outcome: 'unknown'`. This is itself decided in the log: either
 * the call happened, and its result is told, or it never will.
 *
 * @param proxy Of the same instance. Options of a view hold here, too:
 *   `outcome(counter.with({ timeoutMs: 500 }), requestId)`.
 * @param requestId Of the error, also one of another proxy or process.
 */
export function outcome<T = unknown>(proxy: object, requestId: string): Promise<CallOutcome<T>> {
  const { engine, settings } = Bound.of(proxy);
  return engine.outcome(requestId, settings) as Promise<CallOutcome<T>>;
}
