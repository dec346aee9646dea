import { takePlace } from './arrays.ts';
import { BUFFER_FUEL } from './costs.ts';
import { parseDate } from './date-text.ts';
import type { Meter } from './meter.ts';
import type { Moment } from './moment.ts';
import { apply, construct, disguise, method, replace } from './wrap.ts';
import type { Native } from './wrap.ts';

const PARTS = ['FullYear', 'Month', 'Date', 'Day', 'Hours', 'Minutes', 'Seconds', 'Milliseconds'];
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** The time is that of the entry, and local time is UTC whatever zone the machine is in. */
export function installDates(moment: Moment, meter: Meter): void {
  const native = Date;
  const utc = Reflect.get(native, 'UTC') as Native;
  const Ours = disguise(function Time(...args: unknown[]): unknown {
    meter.charge(BUFFER_FUEL);
    if (new.target === undefined) return showDate(new native(moment.time()));
    return construct(native, [instant(args, moment, native, utc)], new.target);
  }, native);
  takePlace(native, Ours, 'Date');
  replace(Ours, ['now'], () => method(() => moment.time()));
  replace(Ours, ['parse'], () => method((_self, [text]) => parseDate(String(text), utc)));
  makeUtc(native.prototype, utc);
  const performance = { now: () => moment.time(), timeOrigin: 0 };
  const hidden = { writable: true, enumerable: false, configurable: true };
  Reflect.defineProperty(globalThis, 'performance', { value: performance, ...hidden });
}

function instant(
  args: readonly unknown[],
  moment: Moment,
  native: DateConstructor,
  utc: Native,
): unknown {
  if (args.length === 0) return moment.time();
  if (args.length > 1) return apply(utc, undefined, args);
  const [value] = args;
  if (value instanceof native) return value.getTime();
  const primitive = typeof value === 'object' && value !== null ? primitiveOf(value) : value;
  return typeof primitive === 'string' ? parseDate(primitive, utc) : primitive;
}

/** What `Date` asks an object for: its primitive, without a hint. */
function primitiveOf(value: object): unknown {
  const convert: unknown = Reflect.get(value, Symbol.toPrimitive);
  if (typeof convert === 'function') return apply(convert as Native, value, ['default']);
  for (const key of ['valueOf', 'toString']) {
    const own: unknown = Reflect.get(value, key);
    if (typeof own !== 'function') continue;
    const made = apply(own as Native, value, []);
    if (typeof made !== 'object' || made === null) return made;
  }
  throw new TypeError('cannot be converted to a date');
}

function makeUtc(prototype: object, utc: Native): void {
  const get = (name: string): Native => Reflect.get(prototype, name) as Native;
  for (const part of PARTS) {
    for (const verb of ['get', 'set']) {
      const same = get(`${verb}UTC${part}`);
      if (typeof same !== 'function') continue;
      replace(prototype, [`${verb}${part}`], () => method((self, args) => apply(same, self, args)));
    }
  }
  const year = get('getUTCFullYear');
  const time = get('getTime');
  const setYear = get('setUTCFullYear');
  replace(prototype, ['getTimezoneOffset'], () =>
    method((self) => (Number.isNaN(apply(time, self, [])) ? Number.NaN : 0)),
  );
  replace(prototype, ['getYear'], () => method((self) => Number(apply(year, self, [])) - 1900));
  replace(prototype, ['setYear'], () =>
    method((self, [value]) => {
      const given = Math.trunc(Number(value));
      const full = given >= 0 && given <= 99 ? given + 1900 : given;
      if (!Number.isNaN(apply(time, self, []))) return apply(setYear, self, [full]);
      return apply(get('setTime'), self, [apply(utc, undefined, [full, 0])]);
    }),
  );
  replace(prototype, ['toString'], () => method((self) => showDate(checked(self, time))));
  replace(prototype, ['toDateString'], () => method((self) => showDay(checked(self, time))));
  replace(prototype, ['toTimeString'], () => method((self) => showTime(checked(self, time))));
}

function checked(self: unknown, time: Native): Date {
  apply(time, self, []);
  return self as Date;
}

function showDate(date: Date): string {
  return Number.isNaN(date.getTime()) ? 'Invalid Date' : `${showDay(date)} ${showTime(date)}`;
}

function showDay(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'Invalid Date';
  const year = date.getUTCFullYear();
  const digits = String(Math.abs(year)).padStart(year < 0 ? 6 : 4, '0');
  const day = String(date.getUTCDate()).padStart(2, '0');
  const month = MONTHS[date.getUTCMonth()];
  return `${DAYS[date.getUTCDay()]} ${month} ${day} ${year < 0 ? '-' : ''}${digits}`;
}

function showTime(date: Date): string {
  if (Number.isNaN(date.getTime())) return 'Invalid Date';
  const parts = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const shown = parts.map((part) => String(part).padStart(2, '0')).join(':');
  return `${shown} GMT+0000 (Coordinated Universal Time)`;
}
