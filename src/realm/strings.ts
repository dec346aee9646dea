import { BYTES_SHIFT, NORMAL_GROWTH, REGISTRY_FUEL, SEARCH_SHIFT, TEXT_SHIFT } from './costs.ts';
import type { Meter } from './meter.ts';
import { isOurRegExp, replaceAllMatches } from './regexps.ts';
import { substitute } from './substitute.ts';
import { apply, charge, enter, lengthOf, method, nativeOf, replace, textFrom } from './wrap.ts';
import type { Native } from './wrap.ts';

const LINEAR = [
  'trim',
  'trimEnd',
  'trimStart',
  'trimLeft',
  'trimRight',
  'isWellFormed',
  'toWellFormed',
];
/** What they make can be longer than what they take. */
const CASES = ['toLowerCase', 'toUpperCase'];
const MARKUP = ['anchor', 'fontcolor', 'fontsize', 'link'];
const URIS = ['encodeURI', 'encodeURIComponent', 'decodeURI', 'decodeURIComponent'];
const SEARCHING = ['indexOf', 'lastIndexOf', 'includes', 'startsWith', 'endsWith'];
const nativeSplit = nativeOf(String.prototype, 'split');

/** Methods of strings cost what they look through and make. */
export function meterStrings(meter: Meter): void {
  const prototype = String.prototype;
  charge(meter, prototype, LINEAR, (self) => meter.length(textLength(self)));
  growing(meter, prototype, CASES, (self) => textLength(self) * 3);
  growing(meter, prototype, ['normalize'], (self) => {
    meter.charge(textLength(self));
    return textLength(self) * NORMAL_GROWTH;
  });
  // A quote in an attribute becomes six units.
  growing(meter, prototype, MARKUP, (self, [value]) => {
    meter.charge(textLength(value));
    return textLength(self) + textLength(value) * 6;
  });
  growing(meter, globalThis, [...URIS, 'escape', 'unescape'], (_self, [text]) => {
    meter.charge(textLength(text));
    return textLength(text) * 9;
  });
  replace(prototype, SEARCHING, (native) => searching(meter, native));
  enter(meter, prototype, ['concat'], (self, args) => {
    let units = textLength(self);
    for (const arg of args) units += textLength(arg);
    meter.length(units);
  });
  replace(prototype, ['repeat'], (native) =>
    method((self, [count]) => {
      const text = textOf(self);
      const times = Math.trunc(Number(count)) || 0;
      // What is out of range stays the error that it is.
      if (times > 0 && times < Infinity) meter.length(text.length * times);
      return apply(native, text, [times]);
    }),
  );
  for (const key of ['padStart', 'padEnd'] as const) {
    replace(prototype, [key], (native) =>
      method((self, [wanted, filler]) => {
        const length = Math.trunc(Number(wanted)) || 0;
        const text = textOf(self);
        if (length > text.length) meter.length(length);
        return apply(native, text, [length, filler]);
      }),
    );
  }
  replace(prototype, ['split'], () => splitting(meter));
  replace(prototype, ['replace', 'replaceAll'], (native) => replacing(meter, native));
  charge(meter, String, ['fromCharCode', 'fromCodePoint'], (_self, args) => {
    meter.length(args.length);
  });
  enter(meter, String, ['raw'], (_self, [parts]) => {
    const raw: unknown = Reflect.get(Object(parts) as object, 'raw');
    meter.charge(lengthOf(raw));
  });
  enter(meter, Symbol, ['for'], (_self, [key]) => {
    meter.charge(REGISTRY_FUEL + textLength(key) / (1 << (TEXT_SHIFT - 4)));
  });
}

/** Charged for the most that can come out, since few texts grow so much; what comes out is bounded. */
function growing(
  meter: Meter,
  holder: object,
  keys: readonly string[],
  most: (self: unknown, args: readonly unknown[]) => number,
): void {
  replace(holder, keys, (native) =>
    method((self, args) => {
      meter.enter();
      try {
        meter.charge(most(self, args) / (1 << TEXT_SHIFT));
        const made = apply(native, self, args);
        meter.bound(textLength(made));
        return made;
      } finally {
        meter.leave();
      }
    }),
  );
}

/** Of a string alone: what an object would be as a string, only its own code knows, which ticks. */
function textLength(value: unknown): number {
  return typeof value === 'string' ? value.length : 0;
}

function textOf(self: unknown): string {
  if (self === undefined || self === null) throw new TypeError('called on nothing');
  return textFrom(self);
}

/** At worst every unit of what is searched for is compared at every place. */
function searching(meter: Meter, native: Native): Native {
  return method((self, [what, from]) => {
    meter.enter();
    try {
      const text = textOf(self);
      // Regular expressions are refused by the built-in itself.
      const wanted = isOurRegExp(what) ? what : textFrom(what);
      const units = textLength(wanted);
      meter.charge(((text.length + units) >>> (TEXT_SHIFT - 2)) + searchSteps(text, units));
      return apply(native, text, [wanted, from]);
    } finally {
      meter.leave();
    }
  });
}

function searchSteps(text: string, units: number): number {
  return (text.length * units) / (1 << SEARCH_SHIFT);
}

function splitting(meter: Meter): Native {
  return method((self, [separator, limit]) => {
    if (typeof separator === 'object' && separator !== null && Symbol.split in separator) {
      const text = textOf(self);
      meter.allocate(text.length);
      return apply(separator[Symbol.split] as Native, separator, [text, limit]);
    }
    const text = textOf(self);
    // At worst every unit is a piece of its own.
    const pieces = separator === '' ? 16 : 1;
    const between = separator === undefined ? undefined : textFrom(separator);
    meter.charge((text.length * pieces) >>> (BYTES_SHIFT - 3));
    meter.charge(searchSteps(text, textLength(between)));
    const made = apply(nativeSplit, text, [between, limit]) as unknown[];
    meter.allocate(made.length * 16);
    return made;
  });
}

/** Ours, since what comes out can be the square of what goes in. */
function replacing(meter: Meter, native: Native): Native {
  const all = native.name === 'replaceAll';
  return method((self, [pattern, replacement]) => {
    const text = textOf(self);
    if (isOurRegExp(pattern)) {
      if (all && !pattern.flags.includes('g')) {
        throw new TypeError('replaceAll takes a regular expression with the flag g');
      }
      return replaceAllMatches(meter, pattern, text, replacement);
    }
    const what = String(pattern);
    const template =
      typeof replacement === 'function' ? (replacement as Native) : String(replacement);
    meter.length(text.length);
    meter.charge(searchSteps(text, what.length));
    let made = '';
    let rest = 0;
    let at = text.indexOf(what);
    while (at >= 0) {
      meter.charge(1);
      const put =
        typeof template === 'string'
          ? substitute(meter, template, { text, at, found: what, captures: [], named: undefined })
          : String(apply(template, undefined, [what, at, text]));
      made += text.slice(rest, at) + put;
      meter.length(made.length >>> 3);
      rest = at + what.length;
      if (!all || (what === '' && at >= text.length)) break;
      at = text.indexOf(what, what === '' ? at + 1 : rest);
    }
    return meter.text(made + text.slice(rest));
  });
}
