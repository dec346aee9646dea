import { AssertionError, ConCoordError, MalformedBytes, present } from '../base/index.ts';
import {
  BrokenBarrierError,
  IndexError,
  KeyError,
  RuntimeError,
  ValueError,
} from '../object/index.ts';
import { addIntrinsics } from '../state/index.ts';
import { removeAbsent, removeFunctionConstructors } from './absent.ts';
import { meterArrays } from './arrays.ts';
import { meterBytes } from './bytes.ts';
import { ERROR_FUEL } from './costs.ts';
import { meterChains } from './chains.ts';
import { installChance } from './chance.ts';
import { meterCollections } from './collections.ts';
import { installDates } from './dates.ts';
import { errorCost } from './error-world.ts';
import { unifyFloats } from './floats.ts';
import { freezeWorld, hiddenObjects } from './freeze.ts';
import { installRest, meterIterators } from './iterators.ts';
import { meterJson } from './json.ts';
import type { Meter } from './meter.ts';
import type { Moment } from './moment.ts';
import { meterNumbers } from './numbers.ts';
import { power } from './power.ts';
import { meterRegExps } from './regexps.ts';
import { meterStrings } from './strings.ts';
import { fixSurface } from './surface.ts';
import { TextDecoder, TextEncoder } from './text-codec.ts';
import { enter, method, replace } from './wrap.ts';

const CONSOLE = ['assert', 'debug', 'dir', 'error', 'group', 'groupEnd', 'info', 'log', 'table'];

/**
 * Makes the world in which objects live: the same on every replica, metered, and frozen. Once, before the
 * code of users is evaluated; our own code runs in it as well.
 *
 * @param privateFields Puts a WeakMap in place that lowered private fields live in.
 */
export function prepareWorld(meter: Meter, moment: Moment, privateFields: () => void): void {
  const native = Function;
  installErrors();
  installPower(meter);
  installChance(moment, meter);
  installDates(moment, meter);
  installQuiet();
  privateFields();
  meterArrays(meter);
  meterStrings(meter);
  meterRegExps(meter);
  meterJson(meter);
  meterCollections(meter);
  meterChains(meter);
  meterIterators(meter);
  meterErrors(meter);
  meterBytes(meter);
  meterNumbers(meter);
  unifyFloats(meter);
  const kinds = removeFunctionConstructors(native);
  removeAbsent();
  // What our own code throws at users, they can hold.
  const thrown = [BrokenBarrierError, IndexError, KeyError, RuntimeError, ValueError];
  const ours = [...thrown, AssertionError, ConCoordError, MalformedBytes];
  addIntrinsics(ours);
  const hidden = hiddenObjects(kinds);
  fixSurface(hidden);
  // Behind the list of what an engine may have: it is ours.
  installRest(meter);
  freezeWorld([...ours, ...Object.values(hidden)]);
}

/** An error's stack is its name and message: where code lies is not the same everywhere. */
function installErrors(): void {
  const hidden = { writable: true, enumerable: false, configurable: true };
  Reflect.defineProperty(Error, 'stackTraceLimit', { value: 0, ...hidden });
  Reflect.deleteProperty(Error, 'prepareStackTrace');
  replace(Error, ['captureStackTrace'], () =>
    method((_self, [object]) => {
      if (typeof object !== 'object' || object === null) throw new TypeError('not an object');
      const { name = 'Error', message = '' } = object as Partial<Error>;
      const value = message === '' ? name : `${name}: ${message}`;
      Reflect.defineProperty(object, 'stack', { value, ...hidden });
    }),
  );
}

/** Both make a text of the name and message, which may be objects whose text is made in the same way. */
function meterErrors(meter: Meter): void {
  errorCost.charge = () => meter.charge(ERROR_FUEL);
  enter(meter, Error.prototype, ['toString'], () => undefined);
  const stack = Reflect.getOwnPropertyDescriptor(Error.prototype, 'stack');
  const holder = { get: present(stack?.get, 'the stack of errors is an accessor of ours') };
  enter(meter, holder, ['get'], () => undefined);
  Reflect.defineProperty(Error.prototype, 'stack', { ...stack, get: holder.get });
}

/** `**` comes here as well: the loader lowers it, also for bigints. */
function installPower(meter: Meter): void {
  replace(Math, ['pow'], () =>
    method((_self, [base, exponent]) => {
      const x = numeric(base);
      const y = numeric(exponent);
      if (typeof x === 'number' && typeof y === 'number') return power(x, y);
      if (typeof x !== 'bigint' || typeof y !== 'bigint') {
        throw new TypeError('a power of a bigint is that by a bigint');
      }
      // In words of our own: those of engines differ.
      if (y < 0n) throw new RangeError('the exponent of a bigint is not negative');
      if (y > 1n && x !== 0n && x !== 1n && x !== -1n) {
        // At least a bit for each, before anything is computed.
        const size = (x < 0n ? -x : x).toString(16).length * 4 - 3;
        meter.charge(Number(y) / 64);
        meter.big(1n << BigInt(Math.min(Number(y) * Math.max(1, size - 1), 1e6)));
      }
      return meter.big(x ** y);
    }),
  );
}

function numeric(value: unknown): number | bigint {
  if (typeof value === 'number' || typeof value === 'bigint') return value;
  // As the operator does: what an object gives, and then a number of it.
  const primitive = typeof value === 'object' && value !== null ? Object(value).valueOf() : value;
  return typeof primitive === 'bigint' ? primitive : Number(primitive);
}

/** There is nobody to read what an object prints; code that prints should run all the same. */
function installQuiet(): void {
  const console: Record<string, unknown> = {};
  for (const name of [...CONSOLE, 'trace', 'warn']) console[name] = method(() => undefined);
  const hidden = { writable: true, enumerable: false, configurable: true };
  Reflect.defineProperty(globalThis, 'console', { value: console, ...hidden });
  Reflect.defineProperty(globalThis, 'TextEncoder', { value: TextEncoder, ...hidden });
  Reflect.defineProperty(globalThis, 'TextDecoder', { value: TextDecoder, ...hidden });
}
