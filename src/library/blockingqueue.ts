import type { CallerCommand } from '../object/index.ts';
import { DBlockingQueue } from '../threading/index.ts';
import type { AcquireOptions, ReleaseOptions } from '../threading/index.ts';
import { checkRoom } from './checks.ts';

/** A `DBlockingQueue` as an object: callers wait for items, and for room. */
export class BlockingQueue {
  readonly queue: DBlockingQueue;

  /** @param maxsize How many it holds; 0 for as many as come. */
  constructor(maxsize = 0) {
    this.queue = new DBlockingQueue(maxsize);
  }

  put(item: unknown, options?: AcquireOptions, _concoord_command?: CallerCommand): void {
    checkRoom(this.queue.size);
    this.queue.put(item, options, _concoord_command);
  }

  get(options?: AcquireOptions, _concoord_command?: CallerCommand): unknown {
    return this.queue.get(options, _concoord_command);
  }

  take(options?: AcquireOptions, _concoord_command?: CallerCommand): unknown {
    return this.queue.take(options, _concoord_command);
  }

  done(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.queue.done(options, _concoord_command);
  }

  putBack(options?: ReleaseOptions, _concoord_command?: CallerCommand): void {
    this.queue.putBack(options, _concoord_command);
  }

  /** How many items can be had. */
  qsize(): number {
    return this.queue.size;
  }

  empty(): boolean {
    return this.queue.size === 0;
  }

  full(): boolean {
    return this.queue.isFull;
  }

  /** How many items are taken, and neither done nor put back. */
  taken(): number {
    return this.queue.taken.size;
  }

  __repr__(): string {
    return this.queue.__repr__();
  }

  toString(): string {
    return this.queue.toString();
  }
}
