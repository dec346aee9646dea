import { assert } from '../base/index.ts';
import type { Slot } from './ballot.ts';
import type { SessionNumber } from './entry.ts';
import { FORGOTTEN } from './reply.ts';

/** One applied request of a session that its client has not acknowledged. */
export interface Cell {
  readonly session: SessionNumber;
  readonly sequence: number;
  /** Where its reply was decided. */
  slot: Slot;
  /** Set when the request is executed, or its caller is woken. */
  reply: Uint8Array | undefined;
}

/** What one session keeps. */
interface Shelf {
  readonly session: SessionNumber;
  readonly cells: Set<Cell>;
  bytes: number;
}

/**
 * The replies of all sessions, and their bytes, which are bounded. At the bound the sessions that keep the
 * most give up replies, the oldest first, until three quarters are left: so a quarter of the bound in new
 * replies pays for the search.
 *
 * What is given up must be the same on every replica, and a replica plans many slots before it settles the
 * first. So this part of the table changes only when slots are settled, in the order of the log.
 */
export class Replies {
  readonly #limit: number;
  /** Of the sessions that keep any. */
  readonly #shelves = new Map<SessionNumber, Shelf>();
  #bytes = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Of all sessions. */
  get bytes(): number {
    return this.#bytes;
  }

  bytesOf(session: SessionNumber): number {
    return this.#shelves.get(session)?.bytes ?? 0;
  }

  get overLimit(): boolean {
    return this.#bytes > this.#limit;
  }

  /** Sets the reply to a request, whatever the bound. */
  add(cell: Cell, reply: Uint8Array): void {
    assert(cell.reply === undefined, 'a request has one reply');
    cell.reply = reply;
    const bytes = bytesThatCount(reply);
    if (bytes === 0) return;
    let shelf = this.#shelves.get(cell.session);
    if (shelf === undefined) {
      shelf = { session: cell.session, cells: new Set(), bytes: 0 };
      this.#shelves.set(cell.session, shelf);
    }
    shelf.cells.add(cell);
    shelf.bytes += bytes;
    this.#bytes += bytes;
  }

  /** Sets the reply to a request. Returns how many replies were given up for it. */
  settle(cell: Cell, reply: Uint8Array): number {
    this.add(cell, reply);
    const count = this.overLimit ? this.#giveUp(cell) : 0;
    assert(this.#bytes <= this.#limit, 'all kept replies together stay within their bound');
    return count;
  }

  /** Another reply takes the place of the one that is kept; it says only what became of the request. */
  revise(cell: Cell, reply: Uint8Array): void {
    assert(bytesThatCount(reply) === 0, 'a reply is revised to a single byte');
    this.release([cell]);
    cell.reply = reply;
  }

  /** The client has the replies to these, or its session is gone. */
  release(cells: readonly Cell[]): void {
    for (const cell of cells) {
      const shelf = this.#shelves.get(cell.session);
      if (shelf?.cells.has(cell) === true) this.#take(shelf, cell);
    }
  }

  /** The latest reply is about to be sent for the first time: it goes last. */
  #giveUp(latest: Cell): number {
    const target = Math.floor((this.#limit * 3) / 4);
    const shelves = [...this.#shelves.values()].sort(
      (a, b) => b.bytes - a.bytes || a.session - b.session,
    );
    const level = levelFor(shelves, this.#bytes, target);
    let count = 0;
    for (const shelf of shelves) {
      for (const cell of oldestFirst(shelf)) {
        if (this.#bytes <= target || shelf.bytes <= level) break;
        if (cell === latest) continue;
        this.#take(shelf, cell);
        cell.reply = FORGOTTEN;
        count++;
      }
    }
    if (!this.overLimit) return count;
    this.release([latest]);
    latest.reply = FORGOTTEN;
    return count + 1;
  }

  #take(shelf: Shelf, cell: Cell): void {
    const bytes = bytesThatCount(cell.reply);
    shelf.cells.delete(cell);
    shelf.bytes -= bytes;
    this.#bytes -= bytes;
    if (shelf.cells.size > 0) return;
    assert(shelf.bytes === 0, 'a session without replies keeps no bytes of them');
    this.#shelves.delete(shelf.session);
  }
}

/**
 * By when they were decided. Not by when they came to the shelf: a call that waited has its reply behind
 * later ones, and whoever goes on from a snapshot does not know when that was.
 */
function oldestFirst({ cells }: Shelf): readonly Cell[] {
  return [...cells].sort((a, b) => a.slot - b.slot || a.sequence - b.sequence);
}

/** A single byte says what became of the request, and stays as long as that: to give it up saves nothing. */
export function bytesThatCount(reply: Uint8Array | undefined): number {
  return reply === undefined || reply.length === 1 ? 0 : reply.length;
}

/**
 * To how many bytes the heaviest sessions must come down for all of them to keep `target`, when the lighter
 * ones keep what they have. Never below an equal share: who keeps no more than that loses nothing.
 */
function levelFor(heaviestFirst: readonly Shelf[], bytes: number, target: number): number {
  let lowered = 0;
  for (const [index, shelf] of heaviestFirst.entries()) {
    lowered += shelf.bytes;
    const level = Math.floor((target - (bytes - lowered)) / (index + 1));
    if (level >= (heaviestFirst[index + 1]?.bytes ?? 0)) return level;
  }
  return 0;
}
