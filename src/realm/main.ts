// First: what comes after has classes of errors.
import { errorsInstalled } from './error-world.ts';
import { assert } from '../base/index.ts';
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
export function startRealm(code: string, manifest: string): RealmFunctions {
  const evaluate = compile('$', `'use strict';\n${code}`) as Evaluate;
  const world = new Dispatcher(evaluate, JSON.parse(manifest) as Manifest, meter, moment);
  // A host's array is an object of the host's world: what users could reach is made here.
  const inside = (bytes: Uint8Array): Uint8Array => {
    const copy = new Bytes(bytes.length);
    for (let at = 0; at < copy.length; at++) copy[at] = bytes[at] as number;
    return copy;
  };
  return Object.freeze({
    begin: () => world.begin(),
    restore: (state: Uint8Array) => world.restore(inside(state)),
    apply: (batch: Uint8Array) => encodeResults(world.apply(decodeCalls(inside(batch)))),
    read: (batch: Uint8Array) => encodeResults(world.read(decodeReads(inside(batch)))),
    capture: () => world.capture(),
  });
}
