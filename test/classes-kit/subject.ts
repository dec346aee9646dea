/** A class as a user writes it, and what is called of it; `a` and `b` are small integers. */
export interface Subject {
  /** TypeScript of a module that exports the class as `Main`. */
  readonly source: string;
  /** Methods, with what is passed to them. */
  readonly calls?: Readonly<Record<string, (a: number, b: number) => readonly unknown[]>>;
  /** Expressions of `object`, `a` and `b`; each becomes a method that gives its value as a text. */
  readonly programs?: readonly string[];
}

/** Shows all that can be seen of an object and of what it holds: cycles by number, functions by name. */
export const SHOW_SOURCE = `
export function show(root: unknown): string {
  const numbers = new Map<object, number>();
  const lines: string[] = [];
  const name = (value: unknown): string => {
    if (typeof value === 'function') return 'function ' + value.name;
    if (typeof value !== 'object' || value === null) {
      return Object.is(value, -0) ? '-0' : typeof value === 'string' ? JSON.stringify(value) : String(value);
    }
    if (!numbers.has(value)) numbers.set(value, numbers.size);
    return '#' + numbers.get(value);
  };
  name(root);
  // Grows while it is walked.
  for (const [value, number] of numbers) {
    const parts: string[] = [];
    const prototype = Object.getPrototypeOf(value);
    const maker = prototype === null ? 'bare' : prototype.constructor;
    parts.push(typeof maker === 'function' ? maker.name : String(maker));
    if (value instanceof Map) for (const [k, v] of value) parts.push(name(k) + '=>' + name(v));
    if (value instanceof Set) for (const v of value) parts.push(name(v));
    if (value instanceof Date) parts.push(String(value.getTime()));
    for (const key of Reflect.ownKeys(value)) {
      if (key === 'stack' || (typeof key === 'symbol' && key.description === undefined)) continue;
      const own = Object.getOwnPropertyDescriptor(value, key)!;
      parts.push(String(key) + ':' + ('value' in own ? name(own.value) : 'accessor'));
    }
    lines.push(number + ' ' + parts.join(' ') + (Object.isFrozen(value) ? ' frozen' : ''));
  }
  return lines.join('\\n');
}`;

/** The class that runs: the user's, with what a test needs to see it and to make its log long. */
export function driverOf({ programs = [] }: Subject): string {
  const methods = programs.map(
    (program, at) => `program${at}(a: number, b: number) {
    const object: any = this;
    return String(${program}) + (a + b);
  }`,
  );
  return `
import { Main } from './main.ts';
import { show } from './show.ts';

let filled = 0;

export class Subject extends Main {
  ${methods.join('\n  ')}

  /** Takes long arguments, of which only the length is kept. */
  fill(bytes: Uint8Array): number {
    return (filled += bytes.length);
  }

  reveal(): string {
    return show(this);
  }
}
`;
}
