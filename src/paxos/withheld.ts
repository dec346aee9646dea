import { limits } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import type { RequestName } from './entry.ts';

type Reply = readonly [RequestName, Slot, Uint8Array];

/** What a reply takes beside its bytes, about. */
const REPLY_OVERHEAD = 128;

/** Replies that must not be told yet (docs/protocol.md, Safety 11): what is decided may have many. */
export class Withheld {
  readonly #replies: Reply[] = [];
  #bytes = 0;

  get replies(): readonly Reply[] {
    return this.#replies;
  }

  /** Full, it does not take the reply: the table has it. */
  add(...reply: Reply): 'taken' | 'full' {
    const bytes = REPLY_OVERHEAD + reply[2].length;
    if (this.#bytes + bytes > limits.QUEUE_BYTES) return 'full';
    this.#bytes += bytes;
    this.#replies.push(reply);
    return 'taken';
  }
}
