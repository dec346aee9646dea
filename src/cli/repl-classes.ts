import { inspect } from 'node:util';
import { close, invoke, ObjectProxy } from '../client/index.ts';
import type { ProxyOptions } from '../client/index.ts';
import { SPECIAL_METHOD } from '../object/index.ts';

/** What every object has, whatever its class; not what `concoord locks` asks for. */
const OF_ALL: readonly string[] = [
  SPECIAL_METHOD.init,
  SPECIAL_METHOD.text,
  SPECIAL_METHOD.representation,
];
/** What a class cannot do without. */
const NOT_FOR_METHODS: ReadonlySet<string> = new Set(['constructor', '__proto__']);
const NAME = /^[A-Za-z_$][\w$]*$/;

export type ProxyClass = new (bootstrap: string, options?: ProxyOptions) => ObjectProxy;

/** Makes classes of proxies while the program runs, and closes everything that was made of them. */
export class ProxyClasses {
  readonly #defaults: ProxyOptions;
  readonly #opened = new Set<object>();

  /** @param defaults For every proxy that is not told something else. */
  constructor(defaults: ProxyOptions) {
    this.#defaults = defaults;
  }

  /**
   * The class for the object of that name, `module.Class`. Methods have names that a line can contain; an own
   * method hides one of the proxy.
   */
  make(objectName: string, methods: readonly string[]): ProxyClass {
    const opened = this.#opened;
    const defaults = this.#defaults;
    const Made = class extends ObjectProxy {
      constructor(bootstrap: string, options?: ProxyOptions) {
        super(bootstrap, { ...defaults, ...options });
        opened.add(this);
      }
    };
    Object.defineProperty(Made, 'name', { value: classNameOf(objectName) });
    for (const method of new Set([...methods, ...OF_ALL])) {
      if (!NAME.test(method) || NOT_FOR_METHODS.has(method)) continue;
      const value = function (this: object, ...args: readonly unknown[]): Promise<unknown> {
        return invoke(this, method, args);
      };
      Object.defineProperty(value, 'name', { value: method });
      // Replicas do not say which of their methods are accessors; and who forgets the brackets is told.
      Object.defineProperty(value, inspect.custom, { value: () => `[call it: ${method}()]` });
      Object.defineProperty(Made.prototype, method, { value, configurable: true, writable: true });
    }
    // The original's transcripts make objects without `new`.
    return new Proxy(Made, { apply: (made, _self, args) => Reflect.construct(made, args) });
  }

  async closeAll(): Promise<void> {
    await Promise.all([...this.#opened].map(close));
  }
}

/** As it can be typed. The name comes from a replica, which may say anything. */
export function classNameOf(objectName: string): string {
  const last = objectName.slice(objectName.lastIndexOf('.') + 1);
  return NAME.test(last) ? last : 'RemoteObject';
}
