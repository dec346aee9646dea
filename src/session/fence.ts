import { assert } from '../base/index.ts';
import type { Grant } from '../paxos/index.ts';

/** Bits of a slot and of a place in it. With the generation there are 63: a signed column holds them. */
const SLOT_BITS = 40n;
const INDEX_BITS = 12n;

/** What grows with every grant, for ever: also after a recovery, which may lose the latest of them. */
export function fenceOf(generation: number, { index, slot }: Grant): bigint {
  assert(slot < 2 ** Number(SLOT_BITS) && index < 2 ** Number(INDEX_BITS), 'a fence has 63 bits');
  return (((BigInt(generation) << SLOT_BITS) | BigInt(slot)) << INDEX_BITS) | BigInt(index);
}
