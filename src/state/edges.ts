import {
  dataView,
  descriptionOf,
  getOwnPropertyDescriptor,
  map,
  ownKeys,
  set,
  typedArray,
} from './builtins.ts';
import { indicesOf, namedKeys } from './keys.ts';
import type { Key } from './keys.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';
import { recordOf } from './private-fields.ts';

/** `by` is the private field that leads there. */
export type VisitEdge = (value: unknown, label: string, by?: object) => void;

/** Longer names are cut in messages. */
const MAX_NAME = 60;
const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

function showKey(key: Key): string {
  if (typeof key === 'symbol') return `[Symbol(${cut(descriptionOf(key) ?? '')})]`;
  return IDENTIFIER.test(key) && key.length <= MAX_NAME
    ? `.${key}`
    : `[${JSON.stringify(cut(key))}]`;
}

function cut(name: string): string {
  return name.length > MAX_NAME ? `${name.slice(0, MAX_NAME)}…` : name;
}

/**
 * Everything that is reached from `value` in one step, with what a person would write to get there.
 * The order is a function of the state alone: code is numbered by it.
 */
export function visitEdges(value: object, kind: Kind, visit: VisitEdge): void {
  if (kind === KIND.refused) return;
  visit(Object.getPrototypeOf(value), '.__proto__');
  if (kind === KIND.array) {
    for (const index of indicesOf(ownKeys(value)))
      visitProperty(value, String(index), `[${index}]`, visit);
  }
  for (const key of namedKeys(value, kind)) {
    if (typeof key === 'symbol') visit(key, `[a symbol that is a key]`);
    visitProperty(value, key, showKey(key), visit);
  }
  if (kind === KIND.map) visitMap(value, visit);
  if (kind === KIND.set) {
    let entry = 0;
    set.each(value, (item) => visit(item, `<item ${entry++}>`));
  }
  if (kind === KIND.typedArray) visit(typedArray.buffer(value), '.buffer');
  if (kind === KIND.dataView) visit(dataView.buffer(value), '.buffer');
  const record = recordOf(value) ?? [];
  for (let at = 0; at < record.length; at += 2) {
    const member = record[at] as object;
    visit(member, '.#private', member);
    visit(record[at + 1], '.#private', member);
  }
}

function visitProperty(value: object, key: Key, label: string, visit: VisitEdge): void {
  const descriptor = getOwnPropertyDescriptor(value, key);
  if (descriptor === undefined) return;
  if (descriptor.get === undefined && descriptor.set === undefined) {
    visit(descriptor.value, label);
    return;
  }
  visit(descriptor.get, `${label} (getter)`);
  visit(descriptor.set, `${label} (setter)`);
}

function visitMap(value: object, visit: VisitEdge): void {
  let entry = 0;
  map.each(value, (key, held) => {
    visit(key, `<key ${entry}>`);
    visit(held, `<value ${entry}>`);
    entry++;
  });
}
