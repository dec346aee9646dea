/**
 * The client's half of the protocol, as a value: a `ClientSession` decides everything (sequence numbers,
 * what is sent when and again, where the leader is, pauses, deadlines) and performs nothing. The client
 * drives it over sockets, the simulator over its virtual network.
 *
 *     const session = new ClientSession({ random, newClientId, bootstrap: ['127.0.0.1:14000'] });
 *     const id = session.call(now, { method, command: encodeCommand(method, args), … });
 *     perform(session.turn(now));
 *
 * **Inputs** are methods: `call`, `resolve`, `giveUp`, `close`, and what happens on a connection:
 * `connected`, `disconnected`, `heard`, `received`. They only change memory. `now` is a monotonic clock
 * in milliseconds.
 *
 * **A turn** is any number of inputs followed by one `turn(now)`, which returns the effects to perform, in
 * order; all requests of the turn leave as one `send`. After it, `wakeAt` says when the next turn is due
 * if nothing happens before (Infinity: never). A turn that comes early is harmless, and so is one more.
 *
 * **Links.** `connect` asks for a connection and names it by a number that is never used again. Answer
 * with `connected(now, link, greeting)` once the replica has greeted, with `refused(now, link, reason)`
 * when it sent a refusal, or with `disconnected(now, link, why)` when the connection was not made or
 * broke later. Report bytes that move, and answers to `ping`, by `heard`. After the effect `disconnect`
 * nothing need be reported; whatever still is, about any link but the present one, is ignored. There is
 * never more than one link at a time.
 *
 * **Calls.** Every call, and every resolve, is answered by exactly one `settled`: also one that was given
 * up, is overdue, or was made after `close`. A call that fails with the outcome `unknown` has a request id,
 * which `resolve` takes.
 *
 * **Order.** Calls take effect in the order in which they were made, reads among them: a read is asked as
 * a `read` only while no own request is outstanding, else it is numbered like a call; a numbered request
 * waits for the reads before it.
 *
 * A connection is made when something is outstanding, and kept afterwards. A session that nobody waits
 * for wakes up once at most, on a connection that it has, to acknowledge large replies.
 */
export { MAX_QUEUED_BYTES, MAX_QUEUED_CALLS } from './calls.ts';
export { fenceOf } from './fence.ts';
export { CONNECT_MS, QUIET_MS } from './link.ts';
export { formatRequestId, parseRequestId } from './reply.ts';
export type { RequestId } from './reply.ts';
export { RESEND_PAUSE, SEARCH_PAUSE } from './route.ts';
export { QUORUM_TIMEOUT_MS } from './service.ts';
export { ClientSession } from './session.ts';
export type {
  CallId,
  CallRequest,
  Consistency,
  Failure,
  Fate,
  GiveUp,
  Greeting,
  LinkId,
  OwnedCall,
  ResolveRequest,
  SessionEffect,
  SessionOptions,
  Settlement,
} from './types.ts';
export { ACKNOWLEDGE_BYTES, IDLE_MS } from './window.ts';
