import { visitEdges } from './edges.ts';
import { intrinsics } from './intrinsics.ts';
import { Kinds } from './kind.ts';
import type { Kind } from './kind.ts';

/** The variables of one scope, in the order in which the code names them. */
export type Scope = Readonly<Record<string, ScopeVariable>>;
export type ScopeVariable = readonly [get: () => unknown, set: (value: unknown) => void];

/** A variable whose declaration has not been reached: reading it throws. */
export const UNINITIALISED: unique symbol = Symbol('a variable before its declaration');

/** What a variable holds; a getter can only throw because the variable is not initialised. */
export function readVariable([get]: ScopeVariable): unknown {
  try {
    return get();
  } catch (error) {
    if (error instanceof ReferenceError) return UNINITIALISED;
    throw error;
  }
}

/**
 * Everything that exists when the module has been evaluated, numbered: functions, classes and their
 * prototypes, private fields, symbols, and also plain objects. All of these are there again, under
 * the same numbers, when the same code is evaluated in another world; so a state refers to them by
 * number, and what has changed in them since is put in place. It could not be otherwise: the
 * prototype of a class or a static field of a frozen class cannot be replaced.
 */
export class CodeRegistry {
  readonly objects: readonly object[];
  readonly kinds: readonly Kind[];
  /** Of these, and -1, -2, … of what the language brings along: the first, second, … of `names`. */
  readonly numbers: ReadonlyMap<object, number>;
  readonly names: readonly string[];
  readonly symbols: readonly symbol[];
  /** From where each object was first reached: the number of an object, or the name of a root. */
  readonly parents: readonly (number | string)[];
  /** Prototypes of generators: they inherit from what objects are refused for. */
  readonly generatorPrototypes: ReadonlySet<object>;
  /** Size of the last state that was captured or restored: the next one is not much larger. */
  lastBytes = 0;

  private constructor(walk: Walk) {
    this.objects = walk.objects;
    this.kinds = walk.kinds;
    const known = [...intrinsics().names];
    this.names = known.map(([, name]) => name);
    this.numbers = new Map([
      ...known.map(([value], at) => [value, -1 - at] as const),
      ...walk.objects.map((value, number) => [value, number] as const),
    ]);
    this.symbols = [...walk.symbols.keys()];
    this.parents = walk.parents;
    this.generatorPrototypes = walk.generatorPrototypes;
  }

  /** Call it when the module has been evaluated and before anything else runs. */
  static of({ exports, scopes }: { exports: object; scopes: readonly Scope[] }): CodeRegistry {
    const walk = new Walk();
    walk.meet(exports, 'exports');
    for (const scope of scopes) {
      for (const [name, variable] of Object.entries(scope)) {
        walk.meet(readVariable(variable), variableName(name));
      }
    }
    walk.run();
    return new CodeRegistry(walk);
  }
}

export function variableName(name: string): string {
  return `module variable ${name}`;
}

class Walk {
  readonly objects: object[] = [];
  readonly kinds: Kind[] = [];
  readonly parents: (number | string)[] = [];
  readonly symbols = new Map<symbol, number>();
  readonly generatorPrototypes = new Set<object>();
  readonly #numbers = new Map<object, number>();
  readonly #known = intrinsics().names;

  meet(value: unknown, from: number | string): void {
    if (typeof value === 'symbol') {
      if (!isGlobalSymbol(value)) this.symbols.set(value, this.symbols.size);
    } else if ((typeof value === 'object' && value !== null) || typeof value === 'function') {
      if (this.#numbers.has(value) || this.#known.has(value)) return;
      this.#numbers.set(value, this.objects.length);
      this.objects.push(value);
      this.parents.push(from);
    }
  }

  run(): void {
    const generators = intrinsics().byName.get('%GeneratorFunction.prototype%');
    const kinds = new Kinds(this.generatorPrototypes);
    // The list grows while it is walked.
    for (let number = 0; number < this.objects.length; number++) {
      const value = this.objects[number] as object;
      visitEdges(value, kinds.of(value), (held) => this.meet(held, number));
      if (typeof value === 'function' && Object.getPrototypeOf(value) === generators) {
        const made: unknown = Object.getOwnPropertyDescriptor(value, 'prototype')?.value;
        if (typeof made === 'object' && made !== null) this.generatorPrototypes.add(made);
      }
    }
    // Again, now that the prototypes of all generators are known.
    const settled = new Kinds(this.generatorPrototypes);
    for (const value of this.objects) this.kinds.push(settled.of(value));
  }
}

/** The same symbol in every world, without our doing. */
function isGlobalSymbol(symbol: symbol): boolean {
  return Symbol.keyFor(symbol) !== undefined || WELL_KNOWN.includes(symbol);
}

/** New ones are added at the end: their places are part of the format. */
export const WELL_KNOWN: readonly symbol[] = [
  'asyncIterator hasInstance isConcatSpreadable iterator match matchAll replace search species split',
  'toPrimitive toStringTag unscopables dispose asyncDispose',
]
  .join(' ')
  .split(' ')
  .map((name): unknown => Reflect.get(Symbol, name))
  .filter((symbol): symbol is symbol => typeof symbol === 'symbol');
