/**
 * Errors without a stack of their own. An engine remembers what an error looked like when it was made, or
 * when its stack was first asked for: state that nobody captures. Here `stack` is inherited, and is the name
 * and message of the moment. What the engine throws itself loses its own one in the `catch` (`Meter.alive`).
 *
 * Imports nothing, and is evaluated before everything else: classes of errors, also our own, extend these.
 */

type Maker = new (...args: unknown[]) => Error;

/** Set when there is a meter: to make an error takes the engine as long as a thousand turns. */
export const errorCost: { charge: () => void } = { charge: () => undefined };

const NAMES = [
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
  'AggregateError',
  'SuppressedError',
];

const textFrom: (value: unknown) => string = String;
/** The metered one would charge for errors that say that the fuel is gone. */
const { construct } = Reflect;
const hidden = { writable: true, enumerable: false, configurable: true };

/** Whether this world has our errors: whoever prepares it asserts so. */
export const errorsInstalled: boolean = install();

function install(): boolean {
  const world = globalThis as unknown as Record<string, unknown>;
  const base = world['Error'];
  let ours: unknown;
  for (const name of NAMES) {
    const native = world[name];
    if (typeof native !== 'function') continue;
    const made = replacementOf(native as unknown as Maker);
    if (native === base) ours = made;
    else if (Reflect.getPrototypeOf(native) === base) {
      Reflect.setPrototypeOf(made, ours as object);
    }
    Reflect.defineProperty(globalThis, name, { value: made, ...hidden });
  }
  const stack = {
    get(this: unknown): unknown {
      const { name, message } = this as { name: unknown; message: unknown };
      const title = name === undefined ? 'Error' : textFrom(name);
      return message === undefined || message === '' ? title : `${title}: ${textFrom(message)}`;
    },
    set(this: object, value: unknown): void {
      Reflect.defineProperty(this, 'stack', { value, ...hidden });
    },
  };
  const prototype = (base as { prototype: object }).prototype;
  return Reflect.defineProperty(prototype, 'stack', {
    get: Reflect.get(stack, 'get'),
    set: Reflect.get(stack, 'set'),
    enumerable: false,
    configurable: true,
  });
}

function replacementOf(native: Maker): Maker {
  const made = function replaced(...args: unknown[]): Error {
    errorCost.charge();
    const error = construct(native, args, new.target ?? made) as Error;
    Reflect.deleteProperty(error, 'stack');
    return error;
  } as unknown as Maker;
  for (const key of Reflect.ownKeys(native)) {
    const own = Reflect.getOwnPropertyDescriptor(native, key);
    if (own !== undefined) Reflect.defineProperty(made, key, own);
  }
  const { prototype } = native as unknown as { prototype: object };
  Reflect.defineProperty(prototype, 'constructor', { value: made, ...hidden });
  return made;
}

const { deleteProperty, getOwnPropertyDescriptor } = Reflect;
const held = (error: object, key: string): unknown => getOwnPropertyDescriptor(error, key)?.value;

/** Takes away the stack that the engine gave to an error that it threw, and to those that it holds. */
export function forgetStack(error: unknown): void {
  if (!(error instanceof Error)) return;
  const own = getOwnPropertyDescriptor(error, 'stack');
  if (own?.get === undefined || !deleteProperty(error, 'stack')) return;
  // What a DisposableStack throws that met several: one of the engine's own again holds the others.
  forgetStack(held(error, 'suppressed'));
  forgetStack(held(error, 'error'));
}
