import type { Socket } from 'node:net';
import { crc32 } from 'node:zlib';
import { answerChallenge } from '../auth/index.ts';
import type { Token } from '../auth/index.ts';
import { limits, MalformedBytes } from '../base/index.ts';
import { NameFailure } from '../naming/index.ts';
import type { Endpoint } from '../naming/index.ts';
import type { ClientRequest, ClientResponse } from '../paxos/index.ts';
import type { GiveUp } from '../session/index.ts';
import {
  decodeChallenge,
  decodeRefusal,
  decodeResponses,
  decodeWelcome,
  encodeHello,
  FRAME,
  FrameReader,
  FrameWriter,
  packRequests,
  WIRE,
} from '../wire/index.ts';
import type { Challenge, Frame, Refusal, Welcome } from '../wire/index.ts';
import { Dial, explain, setHold } from './dial.ts';

/** What is handed to the system at once, so that progress on a slow way shows. */
const SLICE_BYTES = 64 * 1024;
/** How long a connection that we end may take to send the rest. */
const LINGER_MS = 1000;

export interface SocketEvents {
  greeted(welcome: Welcome): void;
  responses(responses: readonly ClientResponse[]): void;
  /** Bytes moved, in either direction. */
  moved(): void;
  /** The end, for a reason of a replica's: nothing follows. */
  refused(refusal: Refusal): void;
  /** The end, since the address is a name that leads nowhere: nothing follows. */
  missing(reason: GiveUp): void;
  /** The end, unless it was by `end`: nothing follows. */
  ended(why: string): void;
}

export interface SocketOptions {
  /** Where to connect: the first that takes the connection. */
  readonly endpoints: Promise<readonly Endpoint[]>;
  /** The instance that the client has met, or empty. */
  readonly instance: string;
  /** Version of this library. */
  readonly library: string;
  /** For replicas that ask for one. */
  readonly token: Token | undefined;
}

/** One connection to a replica, from the search for its address to its end. */
export class ReplicaSocket {
  readonly #options: SocketOptions;
  readonly #events: SocketEvents;
  readonly #writer = new FrameWriter(crc32);
  readonly #reader = new FrameReader(limits.MAX_CLIENT_FRAME_BYTES, crc32);
  #dial: Dial | undefined;
  #socket: Socket | undefined;
  #state: 'connecting' | 'greeting' | 'proving' | 'open' | 'over' = 'connecting';
  /** As it was sent. */
  #hello: Uint8Array = new Uint8Array();
  /** What the system has not taken yet. */
  #outgoing: Uint8Array[] = [];
  #writing = false;
  #holds = true;

  constructor(options: SocketOptions, events: SocketEvents) {
    this.#options = options;
    this.#events = events;
    options.endpoints.then(
      (endpoints) => this.#connect(endpoints),
      (error: unknown) => this.#nowhere(error),
    );
  }

  /** Sends all requests in one write, unless they are many. */
  send(requests: readonly ClientRequest[]): void {
    if (this.#state !== 'open') return;
    for (const body of packRequests(requests)) this.#writer.add(FRAME.requests, body);
    this.#flush();
  }

  ping(): void {
    if (this.#state !== 'open') return;
    this.#writer.add(FRAME.ping, new Uint8Array());
    this.#flush();
  }

  /** Ends the connection, after what was sent if the other side takes it soon. */
  end(): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#dial?.end();
    const socket = this.#socket;
    if (socket === undefined) return;
    socket.unref();
    for (const bytes of this.#outgoing.splice(0)) socket.write(bytes);
    socket.destroySoon();
    const timer = setTimeout(() => socket.destroy(), LINGER_MS).unref();
    socket.once('close', () => clearTimeout(timer));
  }

  /** Whether this connection keeps the program running. */
  hold(holds: boolean): void {
    if (this.#holds === holds) return;
    this.#holds = holds;
    this.#dial?.hold(holds);
    if (this.#socket !== undefined) setHold(this.#socket, holds);
  }

  #nowhere(error: unknown): void {
    if (!(error instanceof NameFailure)) this.#end(explain(error));
    else if (!error.absent) this.#end(error.why);
    else if (this.#state !== 'over') {
      this.#over();
      const { code, message, remedy } = error;
      this.#events.missing({ code, message, remedy });
    }
  }

  #connect(endpoints: readonly Endpoint[]): void {
    if (this.#state === 'over') return;
    this.#dial = new Dial(endpoints, this.#holds, {
      connected: (socket) => this.#connected(socket),
      failed: (why) => this.#end(why),
    });
  }

  #connected(socket: Socket): void {
    this.#socket = socket;
    let failure = 'closed by the other side';
    socket.on('error', (error) => (failure = explain(error)));
    socket.on('close', () => this.#end(failure));
    socket.on('data', (chunk) => this.#read(chunk));
    this.#greet();
  }

  #greet(): void {
    if (this.#state !== 'connecting') return;
    this.#state = 'greeting';
    const { instance, library } = this.#options;
    const role = 'client';
    this.#hello = encodeHello({ role, wire: WIRE, instance, library, purpose: 'calls' });
    this.#writer.add(FRAME.hello, this.#hello);
    this.#flush();
  }

  /** Shows that we have the token; whoever has none says so, and hears the refusal of the replica. */
  async #prove(challenge: Challenge): Promise<void> {
    this.#state = 'proving';
    try {
      const proof = await answerChallenge(this.#options.token, challenge, this.#hello);
      if ((this.#state as string) === 'over') return;
      this.#writer.add(FRAME.proof, proof);
      this.#flush();
    } catch (error) {
      this.#end(`no proof for the token: ${explain(error)}`);
    }
  }

  #flush(): void {
    const bytes = this.#writer.take();
    for (let at = 0; at < bytes.length; at += SLICE_BYTES) {
      this.#outgoing.push(bytes.subarray(at, at + SLICE_BYTES));
    }
    this.#writeNext();
  }

  #writeNext(): void {
    if (this.#writing) return;
    const bytes = this.#outgoing.shift();
    if (bytes === undefined) return;
    const socket = this.#socket;
    if (socket === undefined) return;
    this.#writing = true;
    let waited = false;
    socket.write(bytes, () => {
      this.#writing = false;
      if (this.#state === 'over' || socket.destroyed) return;
      // What the system takes at once says nothing; room that had to be waited for was made by the peer.
      if (waited) this.#events.moved();
      this.#writeNext();
    });
    waited = socket.writableLength > 0;
  }

  #read(chunk: Uint8Array): void {
    if (this.#state === 'over') return;
    try {
      this.#events.moved();
      for (const frame of this.#reader.push(chunk)) {
        // What a frame says may lead to the end of the connection.
        if ((this.#state as string) === 'over') return;
        this.#onFrame(frame);
      }
    } catch (error) {
      if (!(error instanceof MalformedBytes)) throw error;
      this.#end(`no replica of this version: ${error.message}`);
    }
  }

  #onFrame({ type, body }: Frame): void {
    switch (type) {
      case FRAME.challenge:
        if (this.#state !== 'greeting') throw new MalformedBytes('a challenge at a wrong time');
        void this.#prove(decodeChallenge(body));
        return;
      case FRAME.welcome:
        if (this.#state === 'open') throw new MalformedBytes('a second welcome');
        this.#state = 'open';
        this.#events.greeted(decodeWelcome(body));
        return;
      case FRAME.refusal:
        this.#over();
        this.#events.refused(decodeRefusal(body));
        return;
      case FRAME.responses:
        if (this.#state !== 'open') throw new MalformedBytes('responses before the welcome');
        this.#events.responses(decodeResponses(body));
        return;
      case FRAME.ping:
        this.#writer.add(FRAME.pong, body);
        this.#flush();
        return;
      case FRAME.pong:
        return;
      default:
        throw new MalformedBytes(`frame ${type} from a replica`);
    }
  }

  #end(why: string): void {
    if (this.#state === 'over') return;
    this.#over();
    this.#events.ended(why);
  }

  #over(): void {
    this.#state = 'over';
    this.#dial?.end();
    this.#socket?.destroy();
  }
}
