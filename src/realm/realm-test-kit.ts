import { equal } from 'node:assert/strict';
import { createRequire } from 'node:module';
import { decodeResults, encodeCalls, encodeReads } from './index.ts';
import type { BatchResults, Manifest, RealmFunctions } from './index.ts';
import { realmText } from '../loading/realm-text.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import type { CallResult } from '../wire/index.ts';
import { contextRealms } from '../worlds/index.ts';

/** A host's side of a world, as tests speak to it. */
export class World {
  readonly realm: RealmFunctions;
  #slot = 0;

  /** @param state To go on from, in place of a new object. */
  constructor(realm: RealmFunctions, state?: Uint8Array) {
    this.realm = realm;
    if (state === undefined) realm.begin();
    else equal(realm.restore(state), 'restored');
  }

  /** One command per slot, at one second after another. */
  batch(...commands: readonly (readonly [method: string, ...args: unknown[]])[]): BatchResults {
    const calls = commands.map(([method, ...args]) => {
      const slot = ++this.#slot;
      const log = { time: slot * 1000, seed: 7 * slot, session: 3, sequence: slot, slot, index: 0 };
      return { ...log, bytes: encodeCommand(method, args) };
    });
    return decodeResults(this.realm.apply(encodeCalls(calls)));
  }

  result(method: string, ...args: unknown[]): CallResult {
    return decodeResult(this.batch([method, ...args]).results[0] as Uint8Array);
  }

  /** What a call returns; another outcome is thrown. */
  call(method: string, ...args: unknown[]): unknown {
    const result = this.result(method, ...args);
    if (result.kind === 'returned') return result.value;
    throw new Error(`${result.kind}: ${'message' in result ? result.message : ''}`);
  }

  read(method: string, ...args: unknown[]): CallResult {
    const batch = encodeReads([encodeCommand(method, args)]);
    return decodeResult(decodeResults(this.realm.read(batch)).results[0] as Uint8Array);
  }
}

/** How a test makes a world: in a context of this process, or in an isolate. */
export type MakeWorld = (code: string, manifest: Manifest, state?: Uint8Array) => World;

export async function contextWorlds(): Promise<MakeWorld> {
  const start = contextRealms(await realmText());
  return (code, manifest, state) => new World(start(code, JSON.stringify(manifest)), state);
}

/** A manifest for a class without reads, named by what the code returns. */
export function manifestOf(exported: string, ...methods: readonly string[]): Manifest {
  return {
    name: `test.${exported}`,
    exported,
    methods: methods.map((name) => ({ name, read: false })),
  };
}

/**
 * A world whose object runs pieces of code, one method for each: `{ total: 'return 1 + 1' }`. They are ticked
 * by hand where they loop, as the loader would.
 */
export function pieces(
  make: MakeWorld,
  methods: Readonly<Record<string, string>>,
  state?: Uint8Array,
): World {
  const names = Object.keys(methods);
  const bodies = names.map((name) => `${name}(...args) { ${methods[name]} }`);
  const code = `class Pieces { ${bodies.join('\n')} }\nreturn { Pieces };`;
  return make(code, manifestOf('Pieces', ...names), state);
}

interface Reference {
  applySync(receiver: undefined, args: readonly unknown[], options: object): unknown;
  getSync(name: string, options: object): Reference;
}

interface IsolatedVm {
  readonly Isolate: new (options: { readonly memoryLimit: number }) => {
    createContextSync(): { evalSync(text: string, options: object): Reference };
  };
}

/** The same in isolates, where nothing but bytes and strings crosses the border. */
export async function isolateWorlds(): Promise<MakeWorld> {
  const text = await realmText();
  const { Isolate } = createRequire(import.meta.url)('isolated-vm') as IsolatedVm;
  return (code, manifest, state) => {
    const context = new Isolate({ memoryLimit: 512 }).createContextSync();
    const start = context.evalSync(text, { reference: true });
    const options = { result: { reference: true } };
    const realm = start.applySync(
      undefined,
      [code, JSON.stringify(manifest)],
      options,
    ) as Reference;
    const copied = { arguments: { copy: true }, result: { copy: true } };
    const call = (name: string) => {
      const reference = realm.getSync(name, { reference: true });
      return (...args: unknown[]) => reference.applySync(undefined, args, copied) as never;
    };
    return new World(
      {
        apply: call('apply'),
        read: call('read'),
        capture: call('capture'),
        begin: call('begin'),
        restore: call('restore'),
      },
      state,
    );
  };
}
