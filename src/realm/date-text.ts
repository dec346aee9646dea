import { apply } from './wrap.ts';
import type { Native } from './wrap.ts';

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

const ISO = /^(?<year>\d{4}|[+-]\d{6})(?:-(?<month>\d\d)(?:-(?<day>\d\d))?)?(?:T(?<rest>.*))?$/;
const ISO_REST = /^(?<time>[\d:.]+)(?<zone>Z|[+-]\d\d:\d\d)?$/;
/** `Thu, 01 Jan 1970 00:00:00 GMT`, as in HTTP and mail. */
const DAY_FIRST =
  /^(?:[A-Z][a-z]{2},? )?(?<day>\d\d?) (?<month>[A-Z][a-z]{2}) (?<year>\d{4})(?<rest>.*)$/;
/** `Thu Jan 01 1970 00:00:00 GMT+0000 (…)`, as dates show themselves. */
const MONTH_FIRST =
  /^(?:[A-Z][a-z]{2} )?(?<month>[A-Z][a-z]{2}) (?<day>\d\d?),? (?<year>\d{4})(?<rest>.*)$/;
const SLASHES = /^(?<year>\d{4})\/(?<month>\d\d?)\/(?<day>\d\d?)(?<rest>.*)$/;
const REST = /^(?: (?<time>[\d:.]+))?(?: ?(?:GMT|UTC|Z)?(?<zone>[+-]\d\d:?\d\d)?)?(?: \([^)]*\))?$/;
const TIME = /^(?<hours>\d\d):(?<minutes>\d\d)(?::(?<seconds>\d\d)(?:\.(?<fraction>\d+))?)?$/;

/** A longer text is no date. */
const MAX_UNITS = 100;

/**
 * Milliseconds since 1970, or NaN. Only forms without doubt, and those without a zone are UTC: what else an
 * engine accepts is its own choice.
 */
export function parseDate(text: string, utc: Native): number {
  const trimmed = text.length > MAX_UNITS ? '' : text.trim();
  const iso = groups(ISO, trimmed);
  if (iso !== undefined) {
    const clock = iso['rest'] === undefined ? {} : groups(ISO_REST, iso['rest']);
    if (clock === undefined || iso['year'] === '-000000') return Number.NaN;
    return at(utc, iso, Number(iso['month'] ?? 1), clock['time'], clock['zone']);
  }
  const parts =
    groups(DAY_FIRST, trimmed) ?? groups(MONTH_FIRST, trimmed) ?? groups(SLASHES, trimmed);
  if (parts === undefined) return Number.NaN;
  const rest = groups(REST, parts['rest'] ?? '');
  if (rest === undefined) return Number.NaN;
  const name = parts['month'] ?? '';
  const named = MONTHS.indexOf(name.toLowerCase()) + 1;
  return at(utc, parts, named > 0 ? named : Number(name), rest['time'], rest['zone']);
}

type Groups = Readonly<Record<string, string | undefined>>;

function groups(pattern: RegExp, text: string): Groups | undefined {
  return pattern.exec(text)?.groups;
}

function at(
  utc: Native,
  { year, day }: Groups,
  month: number,
  time: string | undefined,
  zone: string | undefined,
): number {
  const clock = groups(TIME, time ?? '00:00');
  if (clock === undefined) return Number.NaN;
  const days = Number(day ?? 1);
  const hours = Number(clock['hours']);
  const minutes = Number(clock['minutes']);
  const seconds = Number(clock['seconds'] ?? 0);
  const milliseconds = Math.trunc(Number(`0.${clock['fraction'] ?? '0'}`) * 1000);
  const midnight = hours === 24 && minutes === 0 && seconds === 0 && milliseconds === 0;
  const fits = month >= 1 && month <= 12 && days >= 1 && days <= 31;
  if (!fits || (hours > 23 && !midnight) || minutes > 59 || seconds > 59) return Number.NaN;
  // Not by the year in the arguments: there, 0 to 99 mean 1900 to 1999.
  const leap = Number(apply(utc, undefined, [2000, month - 1, days, hours, minutes, seconds]));
  const whole = new Date(leap + milliseconds).setUTCFullYear(Number(year), month - 1, days);
  return whole - offset(zone);
}

/** Milliseconds that a zone is ahead of UTC. */
function offset(zone: string | undefined): number {
  if (zone === undefined || zone === 'Z') return 0;
  const sign = zone.startsWith('-') ? -1 : 1;
  const digits = zone.slice(1).replace(':', '');
  return sign * (Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2))) * 60_000;
}
