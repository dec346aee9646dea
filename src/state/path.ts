import { visitEdges } from './edges.ts';
import type { Kinds } from './kind.ts';

/** A step on the way to a value: the object that holds it, or the name of a root. */
export type Holder = object | string;

/** Longer paths are cut in the middle. */
const MAX_STEPS = 24;

/**
 * Where `value` is, in words: `object.listeners[3]`, `module variable cache<key 0>`.
 *
 * @param holderOf From where an object was reached first.
 * @param nameOf How the sources call a private field; undefined when nobody knows.
 */
export function showPath(
  value: unknown,
  holder: Holder,
  holderOf: (object: object) => Holder,
  kinds: Kinds,
  nameOf: (member: object) => string | undefined,
): string {
  const steps: string[] = [];
  let child = value;
  let at = holder;
  while (typeof at !== 'string') {
    steps.push(labelOf(at, child, kinds, nameOf));
    child = at;
    at = holderOf(at);
  }
  steps.push(at);
  steps.reverse();
  if (steps.length <= MAX_STEPS) return steps.join('');
  const half = MAX_STEPS / 2;
  return `${steps.slice(0, half).join('')} … ${steps.slice(-half).join('')}`;
}

/**
 * How `child` is called in `parent`; nothing that happened since is in the way, since no code of a
 * user has run.
 */
function labelOf(
  parent: object,
  child: unknown,
  kinds: Kinds,
  nameOf: (member: object) => string | undefined,
): string {
  let found: string | undefined;
  visitEdges(parent, kinds.of(parent), (value, label, by) => {
    if (found !== undefined || !Object.is(value, child)) return;
    found = (by === undefined ? undefined : nameOf(by)) ?? label;
  });
  return found ?? '.?';
}
