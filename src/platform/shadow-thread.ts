import { Worker } from 'node:worker_threads';
import { assert, ByteWriter, Digest } from '../base/index.ts';
import type { Command } from '../paxos/index.ts';
import { SHADOW_BATCH_BYTES } from '../worlds/index.ts';
import { SHADOW_STEP_BYTES, SHADOW_STEP_MS } from './limits.ts';
import { writeFollowed } from './shadow-format.ts';
import type { FromShadow, ToShadow } from './shadow-format.ts';

/** Megabytes of young generation in the thread: it works in the background and needs no speed. */
const YOUNG_MEGABYTES = 16;

/** Entry for our own objects; a module beside this one, compiled like it. */
export const OWN_SHADOW: URL = new URL(
  import.meta.url.replace(/[^/]*\.([jt]s)$/, 'shadow-main.$1'),
  import.meta.url,
);

export interface ShadowOptions {
  /** Module that runs `serveShadow`. */
  readonly entry: URL;
  /** Name of the object's type. */
  readonly type: string;
  /** Bytes of commands that it may be behind. */
  readonly lagBytes: number;
  /** It is not so far behind any more that the object should wait for it. */
  readonly caughtUp: () => void;
  /** The thread is gone, or its copy is not one: there is no shadow any more. */
  readonly lost: (reason: string) => void;
  /** The state cannot be captured, here or anywhere, as it is now. */
  readonly refused: (reason: string) => void;
}

/** A state on its way into the thread, a piece in each turn. */
interface Seed {
  readonly kind: 'seed';
  readonly state: Uint8Array;
  sent: number;
}

/**
 * A copy of the object in a thread of its own, which executes the same commands a little later. Capturing
 * a large state takes as long as it takes, and nothing else can run in that thread meanwhile: so it is
 * the copy that is captured, and the object serves on. The copy has the results compared that it
 * gets, because it is what other replicas will continue from.
 */
export class ShadowThread {
  readonly #options: ShadowOptions;
  readonly #worker: Worker;
  readonly #captures: ((state: Uint8Array | undefined) => void)[] = [];
  /** In order; a seed at the front is being sent. */
  #outbox: (Seed | ToShadow)[] = [];
  #pumping = false;
  #batch = new ByteWriter();
  #results = new Digest();
  /** Bytes of commands that were given to the shadow, and that it has executed. */
  #given = 0;
  #followed = 0;
  #ended = false;

  constructor(options: ShadowOptions) {
    this.#options = options;
    this.#worker = new Worker(options.entry, {
      workerData: options.type,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MEGABYTES },
    });
    this.#worker.on('message', (message: FromShadow) => this.#onMessage(message));
    this.#worker.on('error', (error) => this.#lose(String(error)));
    this.#worker.on('exit', () => this.#lose('its thread has ended'));
    // Whoever keeps the process alive is the replica.
    this.#worker.unref();
  }

  /** So far behind that no more should be executed before it has caught up: its queue is our memory. */
  get lags(): boolean {
    return this.#given - this.#followed > this.#options.lagBytes;
  }

  /** Continues from this state, which must not change any more. */
  seed(state: Uint8Array): void {
    this.#flush();
    this.#results = new Digest();
    this.#send({ kind: 'seed', state, sent: 0 });
  }

  /** Executes what the object has executed, and expects what it returned. */
  follow(commands: readonly Command[], results: readonly Uint8Array[]): void {
    const before = this.#batch.length;
    for (const command of commands) writeFollowed(this.#batch, command);
    for (const result of results) this.#results.bytes(result);
    this.#given += this.#batch.length - before;
    if (this.#batch.length >= SHADOW_BATCH_BYTES) this.#flush();
  }

  /** The state after everything that was followed; undefined when the shadow is lost on the way. */
  capture(done: (state: Uint8Array | undefined) => void): void {
    this.#flush();
    this.#captures.push(done);
    this.#send({ kind: 'capture', results: this.#results.hex() });
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#outbox = [];
    void this.#worker.terminate();
    for (const done of this.#captures.splice(0)) done(undefined);
  }

  #flush(): void {
    if (this.#batch.length === 0) return;
    this.#send({ kind: 'follow', commands: this.#batch.copy() });
    this.#batch.clear();
  }

  #send(item: Seed | ToShadow): void {
    if (this.#ended) return;
    this.#outbox.push(item);
    if (!this.#pumping) this.#pump();
  }

  /** Posts what is there, of a state one step at a time: its bytes are copied here, and read there. */
  #pump(): void {
    this.#pumping = false;
    for (let item = this.#outbox[0]; item !== undefined; item = this.#outbox[0]) {
      if (item.kind === 'seed') {
        const { state, sent } = item;
        const bytes = state.slice(sent, sent + SHADOW_STEP_BYTES);
        item.sent += bytes.length;
        this.#post({ kind: 'part', bytes, offset: sent, total: state.length });
        if (item.sent === state.length) this.#outbox.shift();
        this.#pumping = true;
        setTimeout(() => this.#pump(), SHADOW_STEP_MS);
        return;
      }
      this.#post(item);
      this.#outbox.shift();
    }
  }

  #post(message: ToShadow): void {
    switch (message.kind) {
      case 'part':
        return this.#worker.postMessage(message, [message.bytes.buffer as ArrayBuffer]);
      case 'follow':
        return this.#worker.postMessage(message, [message.commands.buffer as ArrayBuffer]);
      case 'capture':
        return this.#worker.postMessage(message);
    }
  }

  #onMessage(message: FromShadow): void {
    if (this.#ended) return;
    switch (message.kind) {
      case 'followed': {
        const lagged = this.lags;
        this.#followed += message.bytes;
        assert(this.#followed <= this.#given, 'a shadow executes what it was given');
        if (lagged && !this.lags) this.#options.caughtUp();
        return;
      }
      case 'captured':
        this.#captures.shift()?.(message.state);
        return;
      case 'impossible':
        this.#options.refused(message.text);
        this.#captures.shift()?.(undefined);
        return;
      case 'differs':
        this.#lose('it came to other results than the object');
    }
  }

  #lose(reason: string): void {
    if (this.#ended) return;
    // First, so that whoever hears of a capture that failed knows already why.
    this.#options.lost(reason);
    this.end();
  }
}
