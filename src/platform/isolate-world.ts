import { setFlagsFromString } from 'node:v8';
import type * as isolatedVm from 'isolated-vm';
import type { Copy, Isolate, Reference } from 'isolated-vm';
import { ByteWriter, ConCoordError, MalformedBytes } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { decodeResults, encodeCalls, encodeReads } from '../realm/index.ts';
import type { SharingRealm } from '../realm/index.ts';
import { TooSlow, unmade, WORLD_PATIENCE_MS, WORLD_QUICK_MS } from '../worlds/index.ts';
import type { Applied, MakeWorld, Pace, World, WorldParts } from '../worlds/index.ts';
import { WORLD_MEGABYTES } from './limits.ts';

type IsolatedVm = typeof isolatedVm;
type FunctionName = 'apply' | 'read' | 'capture';
type SharedName = 'applyShared' | 'readShared';

interface Realm extends Readonly<
  Record<FunctionName, Reference<(bytes: Uint8Array) => Uint8Array>> &
    Record<SharedName, Reference<(bytes: number) => number>>
> {
  readonly unshared: Reference<() => Uint8Array>;
}

const NOTHING = new Uint8Array(0);
/** For a batch, and as much for its results; what needs more is copied, which takes longer. */
const SHARED_BYTES = 256 * 1024;
/** The words of the package. */
const TIMED_OUT = 'Script execution timed out.';

/**
 * Worlds in isolates of V8, each on a thread of its own: bytes go in and come out, and nothing else.
 *
 * @throws ConCoordError `UNSUPPORTED` when the package that makes isolates is not installed.
 */
export async function isolateWorlds(parts: WorldParts): Promise<MakeWorld> {
  const ivm = await loadIsolates();
  const manifest = JSON.stringify(parts.manifest);
  const limits = {
    patient: parts.patienceMs ?? WORLD_PATIENCE_MS,
    quick: parts.quickMs ?? WORLD_QUICK_MS,
  };
  const { name } = parts.manifest;
  return async (state) => {
    const isolate = new ivm.Isolate({ memoryLimit: WORLD_MEGABYTES });
    try {
      const context = await isolate.createContext();
      const script = await isolate.compileScript(parts.realm);
      const start = (await script.run(context, { reference: true })) as Reference<
        (code: string, manifest: string) => SharingRealm
      >;
      const realm = await evaluated(name, () =>
        start.apply(undefined, [parts.code, manifest], {
          result: { reference: true },
          timeout: WORLD_PATIENCE_MS,
        }),
      );
      const memory = new SharedArrayBuffer(2 * SHARED_BYTES);
      const share = await realm.get('share', { reference: true });
      await share.apply(undefined, [new ivm.ExternalCopy(memory).copyInto({ release: true })]);
      const world = new IsolateWorld(ivm, isolate, limits, memory, {
        apply: await realm.get('apply', { reference: true }),
        read: await realm.get('read', { reference: true }),
        capture: await realm.get('capture', { reference: true }),
        applyShared: await realm.get('applyShared', { reference: true }),
        readShared: await realm.get('readShared', { reference: true }),
        unshared: await realm.get('unshared', { reference: true }),
      });
      if (state === undefined) {
        const begin = await realm.get('begin', { reference: true });
        await evaluated(name, () => begin.apply(undefined, [], { timeout: WORLD_PATIENCE_MS }));
      } else await restore(realm, new ivm.ExternalCopy(state).copyInto({ release: true }));
      return world;
    } catch (error) {
      if (!isolate.isDisposed) isolate.dispose();
      throw error;
    }
  };
}

/** What the module of a class or its constructor throws is told to whoever starts the replica. */
async function evaluated<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw unmade(name, messageOf(error), error);
  }
}

async function restore(realm: Reference<SharingRealm>, state: Copy<Uint8Array>): Promise<void> {
  const function_ = await realm.get('restore', { reference: true });
  const outcome = await function_.apply(undefined, [state], { timeout: WORLD_PATIENCE_MS });
  if (outcome === 'malformed') throw new MalformedBytes('not a state of this class');
}

let loading: Promise<IsolatedVm> | undefined;

async function loadIsolates(): Promise<IsolatedVm> {
  loading ??= import('isolated-vm').then(
    (loaded) => {
      // Patterns that would go back and forth for ever are matched by the engine that cannot.
      setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks');
      return (loaded as IsolatedVm & { readonly default: IsolatedVm }).default;
    },
    (error: unknown) => {
      loading = undefined;
      throw new ConCoordError(
        'UNSUPPORTED',
        `classes of your own run in isolates, and isolated-vm cannot be loaded: ${String(error)}`,
        {
          remedy:
            'Run npm install isolated-vm@7.0.1; npm leaves it out under Node.js 20. Where it cannot be ' +
            'had, and you trust the class, --sandbox vm runs it without.',
        },
      );
    },
  );
  return loading;
}

class IsolateWorld implements World {
  readonly #ivm: IsolatedVm;
  readonly #isolate: Isolate;
  /** ms. */
  readonly #limits: Readonly<Record<Pace, number>>;
  readonly #realm: Realm;
  /** Batches go here; what the realm writes is in the other half. */
  readonly #batches: Uint8Array;
  readonly #results: Uint8Array;

  constructor(
    ivm: IsolatedVm,
    isolate: Isolate,
    limits: Readonly<Record<Pace, number>>,
    memory: SharedArrayBuffer,
    realm: Realm,
  ) {
    this.#ivm = ivm;
    this.#isolate = isolate;
    this.#limits = limits;
    this.#realm = realm;
    this.#batches = new Uint8Array(memory, 0, SHARED_BYTES);
    this.#results = new Uint8Array(memory, SHARED_BYTES);
  }

  apply(commands: readonly Command[], pace: Pace): Applied | Promise<Applied> {
    if (pace === 'patient') {
      return this.#call('apply', encodeCalls(commands)).then((bytes) => decodeResults(bytes));
    }
    const calls = encodeCalls(commands, new ByteWriter(this.#batches));
    return decodeResults(this.#callNow('apply', 'applyShared', calls));
  }

  read(
    commands: readonly Uint8Array[],
    pace: Pace,
  ): readonly Uint8Array[] | Promise<readonly Uint8Array[]> {
    if (pace === 'patient') {
      return this.#call('read', encodeReads(commands)).then(
        (bytes) => decodeResults(bytes).results,
      );
    }
    const reads = encodeReads(commands, new ByteWriter(this.#batches));
    return decodeResults(this.#callNow('read', 'readShared', reads)).results;
  }

  async capture(): Promise<Uint8Array> {
    try {
      return await this.#call('capture');
    } catch (error) {
      if (this.#isolate.isDisposed) throw error;
      throw new ConCoordError('INVALID_VALUE', messageOf(error));
    }
  }

  end(): void {
    if (!this.#isolate.isDisposed) this.#isolate.dispose();
  }

  /** In the turn of the event loop: a trip to another thread takes longer than most batches. */
  #callNow(name: 'apply' | 'read', shared: SharedName, bytes: Uint8Array): Uint8Array {
    const timeout = this.#limits.quick;
    try {
      if (bytes.buffer !== this.#batches.buffer) {
        const given = new this.#ivm.ExternalCopy(bytes).copyInto({ release: true });
        return this.#realm[name].applySync(undefined, [given], { result: { copy: true }, timeout });
      }
      const written = this.#realm[shared].applySync(undefined, [bytes.length], { timeout });
      if (written >= 0) return this.#results.slice(0, written);
      return this.#realm.unshared.applySync(undefined, [], { result: { copy: true } });
    } catch (error) {
      if (!this.#isolate.isDisposed && messageOf(error) === TIMED_OUT) throw new TooSlow();
      throw error;
    }
  }

  async #call(name: FunctionName, bytes: Uint8Array = NOTHING): Promise<Uint8Array> {
    const given = new this.#ivm.ExternalCopy(bytes).copyInto({ release: true });
    return this.#realm[name].apply(undefined, [given], {
      result: { copy: true },
      timeout: this.#limits.patient,
    });
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
