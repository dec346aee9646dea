import { captureState, CodeRegistry, nameIntrinsics, restoreState } from '../state/index.ts';
import type { KeptState, StateKeeper } from '../object/index.ts';

let registry: CodeRegistry | undefined;

function code(): CodeRegistry {
  registry ??= CodeRegistry.of({ exports: Object.freeze({}), scopes: [] });
  return registry;
}

/**
 * Captures states with instances of our own classes in them, wherever the fields of an object lead. They are
 * referred to by name, so that a later version, which has more of them, reads them as well.
 *
 * @param classes Every class of which a state may hold an instance, by the name that it has in states.
 */
export function keeperOf(classes: ReadonlyMap<string, object>): StateKeeper {
  nameIntrinsics(classes);
  return {
    capture: (state: KeptState): Uint8Array => captureState({ object: state, scopes: [] }, code()),
    restore: (bytes: Uint8Array): KeptState => restoreState(bytes, [], code()) as KeptState,
  };
}
