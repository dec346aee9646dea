// First: what comes after has classes of errors.
import { errorsInstalled } from './error-world.ts';
import { assert, ByteWriter, present } from '../base/index.ts';
import type { BatchResults } from './batch.ts';
import { decodeCalls, decodeReads, encodeResults } from './batch.ts';
import { Dispatcher } from './dispatcher.ts';
import type { Evaluate, Manifest } from './dispatcher.ts';
import { installPrivateFields } from '../state/index.ts';
import { Meter } from './meter.ts';
import { Moment } from './moment.ts';
import { prepareWorld } from './prelude.ts';

/** What the host gets: functions over bytes, and nothing else. */
export interface RealmFunctions {
  /** First, either this: makes the first object of an instance. */
  begin(): void;
  /** Or this: goes on from a captured state. One that is malformed leaves nothing of use. */
  restore(state: Uint8Array): 'restored' | 'malformed';
  /** `encodeCalls` in, `encodeResults` out. */
  apply(batch: Uint8Array): Uint8Array;
  /** `encodeReads` in, `encodeResults` out. */
  read(batch: Uint8Array): Uint8Array;
  capture(): Uint8Array;
}

/** Where host and realm have memory in common, a batch crosses the border without being copied. */
export interface SharingRealm extends RealmFunctions {
  /** Before the functions below: the host's batches lie in the first half, our results in the second. */
  share(memory: SharedArrayBuffer): void;
  /** As `apply` and `read`; takes and gives numbers of bytes. Below 0: take `unshared` instead. */
  applyShared(bytes: number): number;
  readShared(bytes: number): number;
  /** Results for which there was no room. */
  unshared(): Uint8Array;
}

/** Before anything is wrapped or frozen. */
const compile = Function;
const Bytes = Uint8Array;
assert(errorsInstalled, 'errors are replaced before anything else');
const meter = new Meter();
const moment = new Moment();
prepareWorld(meter, moment, () => installPrivateFields(globalThis));

/**
 * Called once by the host, with strings: they are values in every world.
 *
 * @param code Instrumented code: the body of a strict function with the parameter `$`.
 * @param manifest A `Manifest` as JSON.
 */
export function startRealm(code: string, manifest: string): SharingRealm {
  const evaluate = compile('$', `'use strict';\n${code}`) as Evaluate;
  const world = new Dispatcher(evaluate, JSON.parse(manifest) as Manifest, meter, moment);
  let memory: SharedArrayBuffer | undefined;
  let unshared: Uint8Array = new Bytes(0);
  // Where commands lie is seen by nobody: what users get of them is made here, when they are read.
  const shared = (length: number): Uint8Array => {
    return new Bytes(present(memory, 'memory is shared before it is used'), 0, length);
  };
  const given = (results: BatchResults): number => {
    const common = present(memory, 'memory is shared before it is used');
    const room = new Bytes(common, common.byteLength >>> 1);
    const written = encodeResults(results, new ByteWriter(room));
    if (written.buffer === common) return written.length;
    unshared = written;
    return -1;
  };
  return Object.freeze({
    begin: () => world.begin(),
    restore: (state: Uint8Array) => world.restore(inside(state)),
    apply: (batch: Uint8Array) => encodeResults(world.apply(decodeCalls(inside(batch)))),
    read: (batch: Uint8Array) => encodeResults(world.read(decodeReads(inside(batch)))),
    capture: () => world.capture(),
    share: (common: SharedArrayBuffer) => void (memory = common),
    applyShared: (length: number) => given(world.apply(decodeCalls(shared(length)))),
    readShared: (length: number) => given(world.read(decodeReads(shared(length)))),
    unshared: () => unshared,
  });
}

/** A host's array is an object of the host's world: what users could reach is made here. */
function inside(bytes: Uint8Array): Uint8Array {
  const copy = new Bytes(bytes.length);
  for (let at = 0; at < copy.length; at++) copy[at] = bytes[at] as number;
  return copy;
}
