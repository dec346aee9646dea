import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { assert, ByteReader, ConCoordError, Digest, present } from '../base/index.ts';
import { Machine } from '../object/index.ts';
import type { ObjectType } from '../object/index.ts';
import { readFollowed } from './shadow-format.ts';
import type { FromShadow, ToShadow } from './shadow-format.ts';

/** Below those who wait for an answer, above nothing: with one processor it must still get on. */
const NICENESS = 10;

/**
 * The other side of `ShadowThread`, for the module that is its entry: holds the copy and does what the
 * replica asks, in order.
 *
 * @param find The type of that name; the replica runs it, so it is there.
 */
export function serveShadow(find: (name: string) => ObjectType | undefined): void {
  const port = parentPort;
  assert(port !== null, 'a shadow runs in a thread');
  stepBack();
  const service = new ShadowService(port, present(find(workerData as string), 'a known type'));
  port.on('message', (message: ToShadow) => service.handle(message));
}

class ShadowService {
  readonly #port: MessagePort;
  readonly #type: ObjectType;
  #arriving = new Uint8Array(0);
  #machine: Machine | undefined;
  #results = new Digest();

  constructor(port: MessagePort, type: ObjectType) {
    this.#port = port;
    this.#type = type;
  }

  handle(message: ToShadow): void {
    switch (message.kind) {
      case 'part':
        return this.#take(message);
      case 'follow':
        return this.#follow(message.commands);
      case 'capture':
        return this.#capture(message.results);
    }
  }

  #take({ bytes, offset, total }: Extract<ToShadow, { kind: 'part' }>): void {
    if (offset === 0) this.#arriving = new Uint8Array(total);
    this.#arriving.set(bytes, offset);
    if (offset + bytes.length < total) return;
    this.#machine = new Machine(this.#type, this.#arriving);
    this.#arriving = new Uint8Array(0);
    this.#results = new Digest();
  }

  #follow(commands: Uint8Array): void {
    const machine = present(this.#machine, 'a shadow begins with a state');
    for (const reader = new ByteReader(commands); reader.remaining > 0;) {
      const { bytes, ...context } = readFollowed(reader);
      this.#results.bytes(machine.apply(bytes, context));
    }
    this.#tell({ kind: 'followed', bytes: commands.length });
  }

  #capture(results: string): void {
    if (results !== this.#results.hex()) return this.#tell({ kind: 'differs' });
    let state: Uint8Array;
    try {
      state = present(this.#machine, 'a shadow begins with a state').capture();
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      return this.#tell({ kind: 'impossible', text: error.message });
    }
    const { buffer } = state;
    assert(buffer instanceof ArrayBuffer, 'a captured state can be handed over');
    this.#port.postMessage({ kind: 'captured', state } satisfies FromShadow, [buffer]);
  }

  #tell(message: FromShadow): void {
    this.#port.postMessage(message);
  }
}

/** Where the system gives threads a priority of their own (Linux); elsewhere nothing is lost. */
function stepBack(): void {
  try {
    const thread = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
    setPriority(thread, NICENESS);
  } catch {
    // It stays as important as everybody else.
  }
}
