/** What those who write objects can give by mistake, in words. It is bundled into their classes. */
import type { CallerCommand } from './type.ts';

/** What it is, as messages say it. Never by a method of the value: it may be anything. */
export function describe(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'a list' : typeof value;
}

/** @throws TypeError for what is no plain object, or has other fields: a mistyped one would wait for ever. */
export function checkOptions(
  options: unknown,
  known: readonly string[],
  what = 'options are',
): object {
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new TypeError(`${what} { ${known.join(', ')} }, not ${describe(options)}`);
  }
  for (const key of Object.keys(options)) {
    if (known.includes(key)) continue;
    const name = key.length > 40 ? `${key.slice(0, 40)}…` : key;
    throw new TypeError(`there is no option ${name}: ${what} { ${known.join(', ')} }`);
  }
  return options;
}

/** As far as it takes to find its call. */
export function isCommand(value: unknown): value is CallerCommand {
  if (typeof value !== 'object' || value === null) return false;
  const { session, sequence } = value as Partial<CallerCommand>;
  return Number.isSafeInteger(session) && Number.isSafeInteger(sequence);
}
