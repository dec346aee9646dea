import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { assert } from '../base/index.ts';
import type { Random } from '../base/index.ts';
import type { Inbox } from '../host/index.ts';
import type { Event, LogRecord } from '../paxos/index.ts';

/** What the tests of this folder share. */

/** An inbox that keeps what it gets, and lets a test wait for it. */
export class TestInbox implements Inbox {
  readonly events: Event[] = [];
  position = 0;
  #watchers: (() => void)[] = [];

  push(event: Event): void {
    this.events.push(event);
    this.#changed();
  }

  durable(position: number): void {
    this.position = position;
    this.#changed();
  }

  #changed(): void {
    for (const watcher of [...this.#watchers]) watcher();
  }

  /** The first event of the kind, also of those that came before; it is taken out. */
  async take<K extends Event['kind']>(kind: K): Promise<Extract<Event, { kind: K }>> {
    await this.until(() => this.events.some((event) => event.kind === kind), `an event ${kind}`);
    const at = this.events.findIndex((event) => event.kind === kind);
    return this.events.splice(at, 1)[0] as Extract<Event, { kind: K }>;
  }

  /** As `take`, for one that must have come already. */
  now<K extends Event['kind']>(kind: K): Extract<Event, { kind: K }> {
    const at = this.events.findIndex((event) => event.kind === kind);
    assert(at >= 0, `an event ${kind} has come`);
    return this.events.splice(at, 1)[0] as Extract<Event, { kind: K }>;
  }

  untilDurable(position: number): Promise<void> {
    return this.until(() => this.position >= position, `position ${position} durable`);
  }

  /** Looks again whenever something arrives. */
  until(condition: () => boolean, what: string): Promise<void> {
    if (condition()) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const done = (): void => {
        clearTimeout(timer);
        this.#watchers = this.#watchers.filter((other) => other !== watcher);
      };
      const timer = setTimeout(() => {
        done();
        reject(new Error(`waited 10 s for ${what}`));
      }, 10_000);
      const watcher = (): void => {
        if (!condition()) return;
        done();
        resolve();
      };
      this.#watchers.push(watcher);
    });
  }
}

/** Waits for what reports nothing, by looking every few milliseconds. */
export async function eventually(condition: () => boolean, what: string): Promise<void> {
  const start = performance.now();
  while (!condition()) {
    if (performance.now() - start > 10_000) throw new Error(`waited 10 s for ${what}`);
    await pause(2);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms);
  });
}

/** A directory that is gone when the test ends. */
export function scratchDirectory(t: TestContext): string {
  const directory = mkdtempSync(join(tmpdir(), 'concoord-test-'));
  t.after(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

export function randomBytes(random: Random, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; at++) bytes[at] = random.between(0, 255);
  return bytes;
}

/** A record as a busy replica would write it; slots grow from `slot` on. */
export function randomRecord(random: Random, slot: number): LogRecord {
  const ballot = { round: random.between(1, 9), leader: random.between(1, 2 ** 32 - 1) };
  switch (random.between(0, 5)) {
    case 0:
      return { kind: 'promised', ballot };
    case 1:
      return { kind: 'commit', slot };
    case 2:
      return { kind: 'decided', slot, entry: randomBytes(random, random.between(2, 300)) };
    default:
      return { kind: 'accepted', ballot, slot, entry: randomBytes(random, random.between(2, 900)) };
  }
}

/** Stands where nothing may fail. */
export function unexpected(error: Error): void {
  throw error;
}
