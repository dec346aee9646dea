import { limits } from '../base/index.ts';
import type { ClientRequest, ClientResponse } from '../paxos/index.ts';

/** All fields of a request or response but its bulk; a view is the largest of them. */
export const SMALL_BYTES = 256;
const VIEW_BYTES = 32 + limits.MAX_MEMBERS * (limits.MAX_ADDRESS_BYTES + 16);

/** An upper bound of the bytes of `request` in a frame: whoever packs frames adds them up. */
export function requestBytes(request: ClientRequest): number {
  switch (request.kind) {
    case 'item':
      return SMALL_BYTES + request.bytes.length;
    case 'attach':
    case 'renew':
      return SMALL_BYTES;
    case 'read':
      return SMALL_BYTES + request.command.length;
  }
}

/** An upper bound of the bytes of `response` in a frame. */
export function responseBytes(response: ClientResponse): number {
  switch (response.kind) {
    case 'reply':
      return SMALL_BYTES + response.reply.length;
    case 'readReply':
      return SMALL_BYTES + response.result.length;
    case 'renewed':
      return SMALL_BYTES + 8 * (response.owned.length + response.resting.length);
    case 'redirect':
    case 'view':
      return SMALL_BYTES + VIEW_BYTES;
    default:
      return SMALL_BYTES;
  }
}
