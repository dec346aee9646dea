import { deepEqual, equal } from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present } from '../base/index.ts';
import { loadClass, realmText } from '../loading/index.ts';
import type { Command } from '../paxos/index.ts';
import { readOutcome } from '../paxos/outcome.ts';
import { decodeResult, encodeCommand } from '../wire/index.ts';
import { contextWorldsAtOnce } from './context-world.ts';
import type { ContextWorld, MakeContextWorld } from './context-world.ts';

/** Worlds of a class of a user, loaded from its source as a replica loads it. */
export async function makeClass(name: string, source: string): Promise<MakeContextWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-waiting-'));
  try {
    writeFileSync(join(folder, 'module.ts'), source);
    const bundle = await loadClass(`module.${name}`, { paths: [], directory: folder });
    const { code, methods } = bundle;
    const manifest = { name: bundle.name, exported: name, methods };
    return contextWorldsAtOnce({ realm: await realmText(), code, manifest });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Calls of one object, each in a slot of its own. */
export class Calls {
  readonly make: MakeContextWorld;
  world: ContextWorld;
  slot = 0;
  readonly woken = new Map<number, unknown>();

  constructor(make: MakeContextWorld) {
    this.make = make;
    this.world = make(undefined);
  }

  /** The world is left, and another one goes on from its state. */
  moveOn(): void {
    const state = this.world.capture();
    this.world = this.make(state);
    deepEqual(this.world.capture(), state);
  }

  /** The same method for many sessions, in one batch. */
  calls(sessions: readonly number[], method: string, ...args: unknown[]): unknown[] {
    const bytes = encodeCommand(method, args);
    return this.apply(sessions.map((session) => ({ session, bytes })));
  }

  call(session: number, method: string, ...args: unknown[]): unknown {
    return this.calls([session], method, ...args)[0];
  }

  event(event: Command['event'], session = 0, sequence = 0): void {
    this.apply([{ session, sequence, bytes: new Uint8Array(0), event: present(event, 'event') }]);
  }

  apply(all: readonly (Pick<Command, 'session' | 'bytes'> & Partial<Command>)[]): unknown[] {
    const commands = all.map((one) => {
      this.slot++;
      const { slot } = this;
      return { slot, index: 0, time: slot, seed: 0, sequence: slot, ...one };
    });
    const { killed, results } = this.world.apply(commands);
    equal(killed, false);
    return results.map((bytes) => {
      const outcome = readOutcome(bytes);
      for (const { sequence, result } of outcome?.woken ?? []) {
        this.woken.set(sequence, valueOf(result));
      }
      if (outcome?.waitsMs !== undefined) return 'waits';
      const result = outcome === undefined ? bytes : outcome.result;
      return result === undefined || result.length === 0 ? undefined : valueOf(result);
    });
  }
}

function valueOf(bytes: Uint8Array): unknown {
  const result = decodeResult(bytes);
  if (result.kind === 'returned') return result.value;
  return result.kind === 'thrown' ? `${result.name}: ${result.message}` : result.kind;
}
