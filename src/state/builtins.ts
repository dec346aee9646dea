/**
 * The language's own functions as they were when this module was evaluated, before anything of the user
 * ran, and called so that no method of a subclass gets in between: a walk over a state must never run
 * code of the user.
 */

type Getter = (this: unknown) => unknown;

function getterOf(prototype: object, key: PropertyKey): Getter {
  const descriptor = Object.getOwnPropertyDescriptor(prototype, key);
  const getter: unknown = Reflect.get(descriptor ?? {}, 'get');
  return typeof getter === 'function' ? (getter as Getter) : (): unknown => undefined;
}

function methodOf(prototype: object, key: PropertyKey): Getter {
  return Object.getOwnPropertyDescriptor(prototype, key)?.value as Getter;
}

const { apply, construct, getOwnPropertyDescriptor, ownKeys } = Reflect;

export const typedArrayPrototype = Object.getPrototypeOf(Uint8Array.prototype) as object;

const mapSize = getterOf(Map.prototype, 'size');
const mapForEach = methodOf(Map.prototype, 'forEach');
const mapClear = methodOf(Map.prototype, 'clear');
const mapPut = methodOf(Map.prototype, 'set');
const setSize = getterOf(Set.prototype, 'size');
const setForEach = methodOf(Set.prototype, 'forEach');
const setClear = methodOf(Set.prototype, 'clear');
const setPut = methodOf(Set.prototype, 'add');
const dateTime = methodOf(Date.prototype, 'getTime');
const dateSet = methodOf(Date.prototype, 'setTime');
const regexpSource = getterOf(RegExp.prototype, 'source');
const regexpFlags = [
  ['d', getterOf(RegExp.prototype, 'hasIndices')],
  ['g', getterOf(RegExp.prototype, 'global')],
  ['i', getterOf(RegExp.prototype, 'ignoreCase')],
  ['m', getterOf(RegExp.prototype, 'multiline')],
  ['s', getterOf(RegExp.prototype, 'dotAll')],
  ['u', getterOf(RegExp.prototype, 'unicode')],
  ['v', getterOf(RegExp.prototype, 'unicodeSets')],
  ['y', getterOf(RegExp.prototype, 'sticky')],
] as const;
const bufferLength = getterOf(ArrayBuffer.prototype, 'byteLength');
const bufferResizable = getterOf(ArrayBuffer.prototype, 'resizable');
const bufferDetached = getterOf(ArrayBuffer.prototype, 'detached');
const viewBuffer = getterOf(typedArrayPrototype, 'buffer');
const viewOffset = getterOf(typedArrayPrototype, 'byteOffset');
const viewLength = getterOf(typedArrayPrototype, 'length');
const viewName = getterOf(typedArrayPrototype, Symbol.toStringTag);
const dataBuffer = getterOf(DataView.prototype, 'buffer');
const dataOffset = getterOf(DataView.prototype, 'byteOffset');
const dataLength = getterOf(DataView.prototype, 'byteLength');
const objectToString = methodOf(Object.prototype, 'toString');
const functionToString = methodOf(Function.prototype, 'toString');
const symbolDescription = getterOf(Symbol.prototype, 'description');
const isErrorOfEngine: unknown = Reflect.get(Error, 'isError');

const primitiveOf = [
  methodOf(Number.prototype, 'valueOf'),
  methodOf(String.prototype, 'valueOf'),
  methodOf(Boolean.prototype, 'valueOf'),
  methodOf(Symbol.prototype, 'valueOf'),
  methodOf(BigInt.prototype, 'valueOf'),
] as const;

export { construct, getOwnPropertyDescriptor, ownKeys };

export const map = {
  size: (value: object): number => apply(mapSize, value, []) as number,
  each(value: object, visit: (key: unknown, value: unknown) => void): void {
    apply(mapForEach, value, [(held: unknown, key: unknown): void => visit(key, held)]);
  },
  clear(value: object): void {
    apply(mapClear, value, []);
  },
  put(value: object, key: unknown, held: unknown): void {
    apply(mapPut, value, [key, held]);
  },
} as const;

export const set = {
  size: (value: object): number => apply(setSize, value, []) as number,
  each(value: object, visit: (item: unknown) => void): void {
    apply(setForEach, value, [(item: unknown): void => visit(item)]);
  },
  clear(value: object): void {
    apply(setClear, value, []);
  },
  put(value: object, item: unknown): void {
    apply(setPut, value, [item]);
  },
} as const;

export const date = {
  time: (value: object): number => apply(dateTime, value, []) as number,
  put(value: object, time: number): void {
    apply(dateSet, value, [time]);
  },
} as const;

export const regexp = {
  // One by one: the getter of `flags` would ask properties that the expression may have of its own.
  flags: (value: object): string =>
    regexpFlags.map(([flag, getter]) => (apply(getter, value, []) === true ? flag : '')).join(''),
  source: (value: object): string => apply(regexpSource, value, []) as string,
} as const;

export const buffer = {
  length: (value: object): number => apply(bufferLength, value, []) as number,
  resizable: (value: object): boolean => apply(bufferResizable, value, []) === true,
  detached: (value: object): boolean => apply(bufferDetached, value, []) === true,
} as const;

export const typedArray = {
  buffer: (value: object): object => apply(viewBuffer, value, []) as object,
  offset: (value: object): number => apply(viewOffset, value, []) as number,
  length: (value: object): number => apply(viewLength, value, []) as number,
  /** Of a typed array the name of its class; undefined for everything else. */
  name: (value: object): string | undefined => apply(viewName, value, []) as string | undefined,
} as const;

export const dataView = {
  buffer: (value: object): object => apply(dataBuffer, value, []) as object,
  offset: (value: object): number => apply(dataOffset, value, []) as number,
  length: (value: object): number => apply(dataLength, value, []) as number,
} as const;

/** `[object Date]` and the like. Asked only where no `Symbol.toStringTag` can run code or lie. */
export function builtinTag(value: object): string {
  return apply(objectToString, value, []) as string;
}

export function sourceText(value: object): string {
  return apply(functionToString, value, []) as string;
}

export function descriptionOf(value: symbol): string | undefined {
  return apply(symbolDescription, value, []) as string | undefined;
}

/** A real error, whatever its prototype is now. */
export function isError(value: object): boolean {
  if (typeof isErrorOfEngine === 'function') {
    return apply(isErrorOfEngine as Getter, Error, [value]) === true;
  }
  return builtinTag(value) === '[object Error]';
}

/** The primitive within a boxed one; undefined for everything else. */
export function unbox(value: object): unknown {
  for (const question of primitiveOf) {
    const primitive = answer(() => apply(question, value, []));
    if (primitive !== undefined) return primitive;
  }
  return undefined;
}

/** Whether `question` can be asked at all: methods of built-ins throw unless their receiver is one. */
export function answers(question: () => unknown): boolean {
  try {
    question();
    return true;
  } catch {
    return false;
  }
}

function answer(question: () => unknown): unknown {
  try {
    return question();
  } catch {
    return undefined;
  }
}
