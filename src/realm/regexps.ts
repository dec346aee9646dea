import { takePlace } from './arrays.ts';
import {
  BACKTRACK_SHIFT,
  MAX_PATTERN_DEPTH,
  PATTERN_FUEL,
  PATTERN_UNIT_FUEL,
  REGEXP_FUEL,
  REGEXP_SHIFT,
} from './costs.ts';
import type { Meter } from './meter.ts';
import { judgePattern } from './pattern.ts';
import type { Verdict } from './pattern.ts';
import { substitute } from './substitute.ts';
import {
  apply,
  charge,
  construct,
  disguise,
  enter,
  method,
  nativeOf,
  replace,
  textFrom,
} from './wrap.ts';
import type { Native } from './wrap.ts';

const nativeExec = nativeOf(RegExp.prototype, 'exec');
const NativeRegExp = RegExp;
const sourceOf = getterOf('source');
const flagsOf = getterOf('flags');

/** Verdicts are a function of the pattern alone, so that to forget them changes nothing. */
const verdicts = new Map<string, Verdict>();
const VERDICTS = 500;

function getterOf(name: string): Native {
  return Reflect.getOwnPropertyDescriptor(NativeRegExp.prototype, name)?.get as unknown as Native;
}

/**
 * Every search goes through `exec`: `test`, `match`, `split` … look it up. Methods of strings and of regular
 * expressions that make more than they take are ours.
 */
export function meterRegExps(meter: Meter): void {
  const prototype = RegExp.prototype;
  replace(prototype, ['exec'], () => method((self, [text]) => execute(meter, self, text)));
  const exec = nativeOf(prototype, 'exec');
  // These search until nothing is found: by another `exec`, or one of an object that a constructor of users
  // made, that may be never.
  replace(prototype, [Symbol.match], (native) =>
    method((self, args) => apply(native, checkedExec(self, exec), args)),
  );
  replace(prototype, [Symbol.split], (native) =>
    method((self, args) => {
      const { source, flags } = patternOf(checkedExec(self, exec));
      return apply(native, new NativeRegExp(source, flags), args);
    }),
  );
  for (const key of [Symbol.match, Symbol.matchAll, Symbol.search, Symbol.split]) {
    // Results are as many as units at worst.
    enter(meter, prototype, [key], (_self, [text]) => {
      if (typeof text === 'string') meter.allocate(text.length);
    });
  }
  enter(meter, prototype, ['test', 'toString'], () => undefined);
  replace(prototype, [Symbol.replace], () =>
    method((self, [text, replacement]) => {
      if (!isOurRegExp(self)) throw new TypeError('not a regular expression');
      return replaceAllMatches(meter, self, String(text), replacement);
    }),
  );
  // Compiles anew in place: a pattern that changes would need another verdict at every search.
  Reflect.deleteProperty(prototype, 'compile');
  forgetLastMatch();
  charge(meter, RegExp, ['escape'], (_self, [text]) => {
    if (typeof text === 'string') meter.length(text.length * 4);
  });
  replaceRegExpItself(meter);
}

function checkedExec(self: unknown, exec: Native): RegExp {
  if (!isOurRegExp(self)) throw new TypeError('not a regular expression');
  if (Reflect.get(self, 'exec') !== exec) {
    throw new TypeError('a regular expression with an exec of its own cannot match or split');
  }
  return self;
}

/** Compiling a pattern takes as long as thousands of searches. */
function replaceRegExpItself(meter: Meter): void {
  const Ours = disguise(function RegExp(...args: unknown[]): unknown {
    const [pattern, flags] = args;
    const isPattern = isOurRegExp(pattern);
    if (new.target === undefined && isPattern && flags === undefined) {
      if (Reflect.get(pattern, 'constructor') === Ours) return pattern;
    }
    const made = isPattern ? patternOf(pattern) : undefined;
    const source = made === undefined ? textFrom(pattern ?? '') : made.source;
    meter.charge(PATTERN_FUEL + source.length * PATTERN_UNIT_FUEL);
    checkGroups(source);
    const given = pattern === undefined ? undefined : source;
    return construct(NativeRegExp, [given, flags ?? made?.flags], new.target ?? Ours);
  }, NativeRegExp);
  takePlace(NativeRegExp, Ours, 'RegExp');
}

/** Counts brackets alike, in classes as well: a bound needs no grammar. */
function checkGroups(source: string): void {
  let depth = 0;
  for (let at = 0; at < source.length; at++) {
    const unit = source.charCodeAt(at);
    if (unit === 0x5c) at++;
    else if (unit === 0x29) depth--;
    else if (unit === 0x28 || unit === 0x5b) {
      if (++depth > MAX_PATTERN_DEPTH) {
        throw new SyntaxError(`groups are nested deeper than ${MAX_PATTERN_DEPTH} levels`);
      }
    } else if (unit === 0x5d && depth > 0) depth--;
  }
}

function patternOf(pattern: RegExp): { readonly source: string; readonly flags: string } {
  const source = String(apply(sourceOf, pattern, []));
  return { source, flags: String(apply(flagsOf, pattern, [])) };
}

/** `RegExp.$1` and the like remember the last match of anybody: state that nobody captures. */
function forgetLastMatch(): void {
  const kept = new Set<PropertyKey>(['length', 'name', 'prototype', 'escape', Symbol.species]);
  for (const key of Reflect.ownKeys(RegExp)) {
    if (!kept.has(key)) Reflect.deleteProperty(RegExp, key);
  }
}

export function isOurRegExp(value: unknown): value is RegExp {
  if (typeof value !== 'object' || value === null) return false;
  // All of them have one; to ask every object by what follows would take long.
  if (descriptorOf(value, 'lastIndex')?.configurable !== false) return false;
  try {
    // Throws for everything that is no regular expression, whatever its prototype.
    apply(nativeLastFlag, value, []);
    return value !== NativeRegExp.prototype;
  } catch {
    return false;
  }
}

const descriptorOf = Reflect.getOwnPropertyDescriptor;
const nativeLastFlag = getterOf('global');

function execute(meter: Meter, self: unknown, text: unknown): unknown {
  const input = String(text);
  if (!isOurRegExp(self)) throw new TypeError('not a regular expression');
  if (meter.metering) meter.charge(searchCost(meter, self, input.length));
  return apply(nativeExec, self, [input]);
}

function judgeNew(key: string, source: string, flags: string): Verdict {
  const verdict = judgePattern(source, flags);
  if (verdicts.size >= VERDICTS) verdicts.clear();
  verdicts.set(key, verdict);
  return verdict;
}

function searchCost(meter: Meter, pattern: RegExp, units: number): number {
  const { source, flags } = patternOf(pattern);
  const key = `${flags}/${source}`;
  // All of it is free: what a call spends must not depend on which patterns were judged before.
  const verdict = verdicts.get(key) ?? meter.free(() => judgeNew(key, source, flags));
  const linear = REGEXP_FUEL + source.length / 8 + units / (1 << REGEXP_SHIFT);
  if (verdict.kind === 'linear') return linear;
  if (verdict.kind === 'refused') {
    throw new SyntaxError(
      `/${source.slice(0, 60)}/${flags} may take time without bound: ${verdict.reason}`,
    );
  }
  // One that is bound to the start is tried at no other place.
  const anchored = source.startsWith('^') && !source.includes('|') && !flags.includes('m');
  const starts = anchored ? 1 : units;
  const steps = starts * waysOf(units, verdict.endless) * verdict.choices;
  return linear + steps / (1 << BACKTRACK_SHIFT);
}

/** In how many ways so many parts can share the input out among them:. */
function waysOf(units: number, parts: number): number {
  let ways = 1;
  for (let part = 1; part <= parts && ways < Number.MAX_SAFE_INTEGER; part++) {
    ways *= (units + parts) / part;
  }
  return ways;
}

/** `text.replace(pattern, replacement)`, where each step is charged. */
export function replaceAllMatches(
  meter: Meter,
  pattern: RegExp,
  text: string,
  replacement: unknown,
): string {
  const template =
    typeof replacement === 'function' ? (replacement as Native) : String(replacement);
  const every = String(apply(flagsOf, pattern, [])).includes('g');
  const unicode = pattern.unicode || pattern.flags.includes('v');
  if (every) pattern.lastIndex = 0;
  let made = '';
  let rest = 0;
  for (;;) {
    const match = execute(meter, pattern, text) as RegExpExecArray | null;
    if (match === null) break;
    meter.charge(match.length);
    const found = match[0];
    const at = match.index;
    if (every && found === '') pattern.lastIndex = stepOver(text, pattern.lastIndex, unicode);
    const captures = match.slice(1);
    const named = match.groups;
    const put =
      typeof template === 'string'
        ? substitute(meter, template, { text, at, found, captures, named })
        : String(apply(template, undefined, told(match, text)));
    made += text.slice(rest, at) + put;
    meter.length(made.length >>> 3);
    rest = at + found.length;
    if (!every) break;
  }
  return meter.text(made + text.slice(rest));
}

function told(match: RegExpExecArray, text: string): unknown[] {
  const args: unknown[] = [...match, match.index, text];
  if (match.groups !== undefined) args.push(match.groups);
  return args;
}

function stepOver(text: string, at: number, unicode: boolean): number {
  const point = unicode ? text.codePointAt(at) : undefined;
  return point !== undefined && point > 0xffff ? at + 2 : at + 1;
}
