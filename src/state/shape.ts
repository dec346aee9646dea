import { getOwnPropertyDescriptor } from './builtins.ts';
import { ATTRIBUTE, attributesOf, namedKeys, PLAIN } from './keys.ts';
import type { Key } from './keys.ts';
import { KIND } from './kind.ts';
import type { Kind } from './kind.ts';
import { recordOf } from './private-fields.ts';
import { SHAPE_FLAG } from './tag.ts';

/** What objects of one class have in common; tag.ts says how it is written. */
export interface Shape {
  readonly number: number;
  readonly kind: Kind;
  readonly flags: number;
  /** When it is code or of the language; null also when each object brings its own. */
  readonly prototype: object | null;
  readonly keys: readonly Key[];
  readonly attributes: readonly number[];
  /** The objects behind private fields; every second place of a record. */
  readonly members: readonly unknown[];
  /** All properties were made by assignment, and there are no private fields. */
  readonly isPlain: boolean;
}

/** One step on the way to a shape: a key with its attributes, or a member. */
class Step {
  readonly plain = new Map<unknown, Step>();
  readonly special = new Map<unknown, Step>();
  shape: Shape | undefined;
}

/** Of objects with one prototype. */
interface Family {
  readonly roots: Map<number, Step>;
  /** Most often the next object of this family has the same shape. */
  last: Shape | undefined;
}

/** Objects with more properties are dictionaries: they have a shape of their own each. */
const MAX_SHARED_KEYS = 64;

/** Finds the shapes of objects and numbers them in the order in which they are met. */
export class Shapes {
  readonly #isFixed: (prototype: object) => boolean;
  readonly #families = new Map<object | null, Family>();
  readonly #ownPrototype: Family = { roots: new Map(), last: undefined };
  #count = 0;

  /** @param isFixed Whether an object is code or of the language. */
  constructor(isFixed: (prototype: object) => boolean) {
    this.#isFixed = isFixed;
  }

  get count(): number {
    return this.#count;
  }

  /** @param keys Those that `namedKeys` says. */
  of(value: object, kind: Kind, keys = namedKeys(value, kind)): Shape {
    const prototype = Object.getPrototypeOf(value) as object | null;
    const family = this.#familyOf(prototype);
    const isOwn = family === this.#ownPrototype;
    const flags =
      (Object.isExtensible(value) ? SHAPE_FLAG.extensible : 0) |
      (kind === KIND.array && hasFixedLength(value) ? SHAPE_FLAG.fixedLength : 0) |
      (isOwn ? SHAPE_FLAG.ownPrototype : 0);
    const record = recordOf(value);
    const { last } = family;
    if (last !== undefined && last.kind === kind && last.flags === flags) {
      if (hasShape(value, keys, record, last)) return last;
    }
    const attributes = keys.map((key) =>
      attributesOf(getOwnPropertyDescriptor(value, key) as PropertyDescriptor),
    );
    const members = (record ?? []).filter((_, at) => at % 2 === 0);
    const make = (): Shape => ({
      number: this.#count++,
      kind,
      flags,
      prototype: isOwn ? null : prototype,
      keys,
      attributes,
      members,
      isPlain: members.length === 0 && attributes.every((each) => each === PLAIN),
    });
    family.last =
      keys.length > MAX_SHARED_KEYS
        ? make()
        : shared(family, { kind, flags, keys, attributes, members }, make);
    return family.last;
  }

  #familyOf(prototype: object | null): Family {
    const known = this.#families.get(prototype);
    if (known !== undefined) return known;
    if (prototype !== null && !this.#isFixed(prototype)) return this.#ownPrototype;
    const family: Family = { roots: new Map(), last: undefined };
    this.#families.set(prototype, family);
    return family;
  }
}

type Parts = Pick<Shape, 'kind' | 'flags' | 'keys' | 'attributes' | 'members'>;

/** The shape with these parts, made now if it is the first one. */
function shared(family: Family, parts: Parts, make: () => Shape): Shape {
  let step = stepTo(family.roots, parts.kind * 8 + parts.flags);
  for (const [index, key] of parts.keys.entries()) {
    const attributes = parts.attributes[index] as number;
    step =
      attributes === PLAIN
        ? stepTo(step.plain, key)
        : stepTo(stepTo(step.special, attributes).plain, key);
  }
  for (const member of parts.members) step = stepTo(stepTo(step.special, 'member').plain, member);
  step.shape ??= make();
  return step.shape;
}

function stepTo<K>(steps: Map<K, Step>, key: K): Step {
  let step = steps.get(key);
  if (step === undefined) {
    step = new Step();
    steps.set(key, step);
  }
  return step;
}

function hasShape(
  value: object,
  keys: readonly Key[],
  record: readonly unknown[] | undefined,
  shape: Shape,
): boolean {
  const { keys: known, attributes, members } = shape;
  if (keys.length !== known.length || keys.length > MAX_SHARED_KEYS) return false;
  for (let at = 0; at < keys.length; at++) {
    if (keys[at] !== known[at]) return false;
    const descriptor = getOwnPropertyDescriptor(value, keys[at] as Key) as PropertyDescriptor;
    if (attributesOf(descriptor) !== attributes[at]) return false;
  }
  if (record === undefined) return members.length === 0;
  if (record.length !== 2 * members.length) return false;
  for (let at = 0; at < members.length; at++) if (record[2 * at] !== members[at]) return false;
  return true;
}

function hasFixedLength(value: object): boolean {
  return getOwnPropertyDescriptor(value, 'length')?.writable !== true;
}

/** An accessor has two values. */
export function isAccessor(attributes: number): boolean {
  return (attributes & ATTRIBUTE.accessor) !== 0;
}
