import type { Meter } from './meter.ts';
import { textFrom } from './wrap.ts';

/** One match, for the template that replaces it. */
export interface Match {
  readonly text: string;
  readonly at: number;
  readonly found: string;
  readonly captures: readonly (string | undefined)[];
  readonly named: Readonly<Record<string, unknown>> | undefined;
}

/** What `template` becomes for a match: the `$&`, `$1`, `$<name>` … of the language. */
export function substitute(meter: Meter, template: string, match: Match): string {
  let at = template.indexOf('$');
  if (at < 0) return template;
  let made = '';
  let from = 0;
  while (at >= 0 && at + 1 < template.length) {
    const { put, units } = reference(template, at, match);
    if (put === undefined) {
      at = template.indexOf('$', at + 1);
      continue;
    }
    made += template.slice(from, at) + put;
    meter.length(made.length);
    from = at + units;
    at = template.indexOf('$', from);
  }
  return made + template.slice(from);
}

interface Reference {
  /** Undefined when the dollar stands for itself. */
  readonly put: string | undefined;
  /** Of the template. */
  readonly units: number;
}

function reference(template: string, at: number, match: Match): Reference {
  const next = template.charAt(at + 1);
  switch (next) {
    case '$':
      return { put: '$', units: 2 };
    case '&':
      return { put: match.found, units: 2 };
    case '`':
      return { put: match.text.slice(0, match.at), units: 2 };
    case "'":
      return { put: match.text.slice(match.at + match.found.length), units: 2 };
    case '<': {
      const end = template.indexOf('>', at + 2);
      if (match.named === undefined || end < 0) return { put: undefined, units: 1 };
      const value = match.named[template.slice(at + 2, end)];
      return { put: value === undefined ? '' : textFrom(value), units: end + 1 - at };
    }
    default:
      return numbered(template, at, match);
  }
}

function numbered(template: string, at: number, { captures }: Match): Reference {
  for (const digits of [2, 1]) {
    const name = template.slice(at + 1, at + 1 + digits);
    if (name.length !== digits || !isDigits(name)) continue;
    const number = Number(name);
    if (number < 1 || number > captures.length) continue;
    return { put: captures[number - 1] ?? '', units: 1 + digits };
  }
  return { put: undefined, units: 1 };
}

function isDigits(text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit < 48 || unit > 57) return false;
  }
  return true;
}
