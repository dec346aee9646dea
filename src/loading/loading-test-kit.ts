import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { bundleModule } from './bundler.ts';
import { DepthGuard } from './depth-guard.ts';
import { normalise } from './normalise.ts';

/** Writes files into a folder that goes away with the test. */
export function makeFolder(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-loading-'));
  t.after(() => rmSync(folder, { recursive: true }));
  writeFiles(folder, files);
  return folder;
}

export function writeFiles(folder: string, files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

/** The module that the loader makes of a TypeScript source which exports `run`. */
export async function bundleText(t: TestContext, source: string): Promise<string> {
  const folder = makeFolder(t, { 'program.ts': source });
  const file = join(folder, 'program.ts');
  const guard = new DepthGuard();
  const { text } = await bundleModule({ name: 'program.run', exported: 'run', file }, guard);
  guard.end();
  return normalise(text, 'program.ts');
}

export class Exhausted extends Error {}

export type RegisteredScope = Readonly<
  Record<string, readonly [get: () => unknown, set: (value: unknown) => void]>
>;

const REST = Symbol('Symbol.iterator');
let latest: Meter | undefined;
/** As the realm installs it, for all tests of this process. */
Reflect.defineProperty(Object.prototype, REST, {
  get(this: unknown): unknown {
    return latest?.items(this as Iterable<unknown>);
  },
});

/** The `$` of docs/world.md, as far as instrumented code knows it. */
export class Meter {
  depth = 0;
  o: unknown;
  readonly rest = REST;
  fuel: number;
  maxDepth: number;
  dead = false;
  scopes: Set<RegisteredScope> | undefined = new Set();
  /** How often what can be long was told to the meter. */
  readonly bounded = { inherit: 0, parent: 0, resize: 0 };
  /** The longest text that was charged. */
  longest = 0;

  constructor({ fuel = Infinity, maxDepth = 5000 } = {}) {
    this.fuel = fuel;
    this.maxDepth = maxDepth;
    // oxlint-disable-next-line typescript/no-this-alias -- whoever takes apart is charged
    latest = this;
  }

  exhausted(): never {
    this.dead = true;
    throw new Exhausted();
  }

  alive(_error: unknown): void {
    if (this.dead) this.exhausted();
  }

  text(value: unknown): unknown {
    if (typeof value !== 'string') return value;
    this.longest = Math.max(this.longest, value.length);
    if (value.length > 1_000_000) this.exhausted();
    return value;
  }

  big(value: unknown): unknown {
    if (typeof value === 'bigint' && BigInt.asIntN(100_000, value) !== value) this.exhausted();
    return value;
  }

  items(values: Iterable<unknown>): readonly unknown[] {
    const items: unknown[] = [];
    for (const value of values) {
      if (--this.fuel < 0 || items.length > 100_000) this.exhausted();
      items.push(value);
    }
    return items;
  }

  fields(value: unknown): unknown {
    return value;
  }

  inherit(prototype: unknown): unknown {
    this.bounded.inherit += 1;
    return prototype;
  }

  parent(parent: unknown): unknown {
    this.bounded.parent += 1;
    return parent;
  }

  resize(list: { length: unknown }, length: unknown): unknown {
    this.bounded.resize += 1;
    list.length = length;
    return length;
  }

  key(key: unknown): unknown {
    return key;
  }

  put(key: unknown): unknown {
    return key;
  }

  far(_target: unknown, key: unknown): unknown {
    return key;
  }

  grow(target: unknown): unknown {
    return target;
  }

  nan(value: unknown): unknown {
    return value;
  }

  slot(target: unknown, key: unknown): { v: unknown } {
    const object = target as Record<PropertyKey, unknown>;
    const [name = ''] = Reflect.ownKeys({ [key as PropertyKey]: 0 });
    return {
      get v(): unknown {
        return object[name];
      },
      set v(value: unknown) {
        object[name] = value;
      },
    };
  }

  num(value: unknown): unknown {
    return value;
  }

  absent(name: string): boolean {
    return name === 'Promise';
  }

  own(value: unknown): unknown {
    if (typeof value === 'object' && value !== null) this.fuel -= Reflect.ownKeys(value).length;
    return value;
  }

  spread(values: Iterable<unknown>): readonly unknown[] {
    const list = this.items(values);
    if (this.depth + list.length / 32 > this.maxDepth) this.exhausted();
    return list;
  }
}

export type Exports = Readonly<Record<string, () => unknown>>;

/** Evaluates instrumented code, as the realm does. */
export function evaluate(code: string, meter: Meter): Exports {
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- code to be tried is the point
  return new Function('$', code)(meter) as Exports;
}

/** Evaluates a module as it was before the instrumentation. */
export function evaluateOriginal(text: string): Exports {
  const body = text.replace(/export \{\s*(\w+)(?: as (\w+))?\s*\};\s*$/, (_, local, name) => {
    return `return { ${name ?? local}: ${local} };`;
  });
  // eslint-disable-next-line no-new-func, typescript/no-implied-eval -- code to be tried is the point
  return new Function(`"use strict"; ${body}`)() as Exports;
}
