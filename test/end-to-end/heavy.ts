import { createHash } from 'node:crypto';
import { Counter } from '../../src/library/index.ts';
import type { ObjectType } from '../../src/object/index.ts';

const BLOCK_BYTES = 1024 * 1024;
const BLOCKS = 200;

/** A counter with 200 MiB of ballast that no compression and no page sharing makes smaller. */
class Heavy extends Counter {
  ballast: Uint8Array[] = Array.from({ length: BLOCKS }, (_, index) => {
    const block = new Uint8Array(BLOCK_BYTES);
    let digest = createHash('sha512').update(String(index)).digest();
    for (let at = 0; at < block.length; at += digest.length) {
      block.set(digest, at);
      if (at % 4096 === 0) digest = createHash('sha512').update(digest).digest();
    }
    return block;
  });
}

export const HEAVY: ObjectType = {
  name: 'test.Heavy',
  construct: Heavy,
  methods: [
    { name: 'increment', read: false },
    { name: 'decrement', read: false },
    { name: 'getvalue', read: true },
  ],
  version: 1,
};
