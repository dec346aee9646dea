/** Classes as users write them, whose calls wait. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './kit.ts';

/** As in the tutorial of the original. */
const SEMAPHORE = `
import { DSemaphore } from 'concoord/object';
import type { Command } from 'concoord/object';

export class Semaphore {
  semaphore: DSemaphore;

  constructor(count = 1) {
    this.semaphore = new DSemaphore(count);
  }

  acquire(_concoord_command?: Command): unknown {
    return this.semaphore.acquire(_concoord_command);
  }

  release(_concoord_command?: Command): void {
    this.semaphore.release(_concoord_command);
  }

  __repr__(): string {
    return this.semaphore.__repr__();
  }
}
`;

/** A lock that keeps book: only who has it can leave, so the order of leaving is that of entering. */
const GATE = `
import { DLock } from 'concoord/object';
import type { AcquireOptions, Command } from 'concoord/object';

export class Gate {
  readonly lock = new DLock();
  readonly come: number[] = [];
  readonly gone: number[] = [];

  acquire(options?: AcquireOptions, _concoord_command?: Command): unknown {
    this.come.push(_concoord_command!.session);
    return this.lock.acquire(options, _concoord_command);
  }

  locked(): boolean {
    return this.lock.locked();
  }

  __repr__(): string {
    return this.lock.__repr__();
  }

  release(_concoord_command?: Command): void {
    this.lock.release(_concoord_command);
    this.gone.push(_concoord_command!.session);
  }

  book(): [number[], number[]] {
    return [this.come, this.gone];
  }
}
`;

/** Lets its callers wait, and wakes them, by itself: no class of ours in between. */
const MAILBOX = `
import { BlockingReturn, isWaiting, UnblockingReturn } from 'concoord/object';
import type { Command } from 'concoord/object';

export class Mailbox {
  letters: unknown[] = [];
  readers: Command[] = [];

  take(timeoutMs?: number, _concoord_command?: Command): unknown {
    if (this.letters.length > 0) return this.letters.shift();
    this.readers = this.readers.filter((reader) => isWaiting(reader));
    this.readers.push(_concoord_command!);
    throw new BlockingReturn({ timeoutMs, otherwise: 'nothing' });
  }

  put(letter: unknown): number {
    this.readers = this.readers.filter((reader) => isWaiting(reader));
    const reader = this.readers.shift();
    if (reader === undefined) return this.letters.push(letter);
    throw new UnblockingReturn(0, new Map([[reader, letter]]));
  }

  /** How many wait. */
  waiting(): number {
    return this.readers.filter((reader) => isWaiting(reader)).length;
  }

  /** Goes through the log. */
  ignore(_letter: string, _concoord_command?: Command): number {
    return this.waiting();
  }
}
`;

export const OWN = {
  semaphore: 'ownsemaphore.Semaphore',
  gate: 'owngate.Gate',
  mailbox: 'ownmailbox.Mailbox',
} as const;

const FILES = { semaphore: SEMAPHORE, gate: GATE, mailbox: MAILBOX };

/** Where replicas of this stage find them: each in a file of its own. */
export function writeWaitingClasses(stage: Stage): void {
  for (const [name, text] of Object.entries(FILES)) {
    writeFileSync(join(stage.folder, `own${name}.ts`), text);
  }
}
