import { Random } from '../base/index.ts';
import type { Effect, Event, LogRecord, Message, Replica, SnapshotName } from '../paxos/index.ts';
import { Host } from './host.ts';
import type { Inbox, Ports } from './ports.ts';

export const SELF = 1;
export const BOB = 2;

const RECORD: LogRecord = { kind: 'commit', slot: 1 };
export const SNAPSHOT: SnapshotName = { slot: 4, bytes: 10, hash: 'h' };

export const note = (slot: number): Message => ({ kind: 'fetch', from: slot });

export const persist = (position: number): Effect => ({
  kind: 'persist',
  record: RECORD,
  position,
});

export const send = (slot: number, after: number, to = BOB): Effect => ({
  kind: 'send',
  to,
  message: note(slot),
  after,
});

/** A host over a replica that does what the test says, and ports that tell what they are asked. */
export class Bench {
  readonly host: Host;
  readonly told: string[] = [];
  /** What the replica was given, step by step. */
  readonly steps: (readonly Event[])[] = [];
  /** What it asks for, step by step. */
  readonly script: (readonly Effect[])[] = [];
  inbox!: Inbox;
  /** What the snapshot port finds. */
  chunk: Uint8Array | undefined = Uint8Array.of(7);
  content: { readonly header: Uint8Array; readonly state: Uint8Array } | undefined;
  outcome: 'restored' | 'malformed' = 'restored';
  /** Given to whoever captures; to be called later when it is undefined. */
  state: Uint8Array | undefined = Uint8Array.of(1, 2, 3);
  captures: ((state: Uint8Array | undefined) => void)[] = [];
  #soon: (() => void)[] = [];
  #next: (() => void)[] = [];

  constructor(position = 0) {
    const replica = {
      context: { self: { id: SELF }, position },
      step: (_now: number, _wall: number, events: readonly Event[]) => {
        this.steps.push(events);
        return this.script.shift() ?? [];
      },
    };
    this.host = new Host(replica as unknown as Replica, (inbox) => this.#ports(inbox));
  }

  #ports(inbox: Inbox): Ports {
    this.inbox = inbox;
    const tell = (line: string) => this.told.push(line);
    return {
      log: {
        append: (records, position) => tell(`append ${records.length} up to ${position}`),
        truncate: (through) => tell(`truncate ${through}`),
      },
      snapshots: {
        save: (slot, header, state) => tell(`save ${slot} ${header.length} ${state.length}`),
        readChunk: (_, offset, length, done) => {
          tell(`read from ${offset}, at most ${length}`);
          done(this.chunk);
        },
        storeChunk: (_, offset, chunk) => tell(`store ${chunk.length} at ${offset}`),
        complete: (_, done) => done(this.content),
      },
      peers: {
        connect: (peers) => tell(`connect ${peers.length}`),
        send: (to, message) => tell(`send ${to} ${show(message)}`),
        sendLater: (to, message) => tell(`send ${to} ${show(message)} later`),
      },
      clients: { respond: (connection) => tell(`respond ${connection}`) },
      executor: {
        execute: (last) => tell(`execute up to ${last}`),
        read: (batch) => tell(`read batch ${batch}`),
        capture: (done) => {
          if (this.state === undefined) this.captures.push(done);
          else done(this.state);
        },
        restore: (state, done) => {
          tell(`restore ${state.length}`);
          done(this.outcome);
        },
      },
      clock: {
        now: () => 5,
        wall: () => 6,
        soon: (callback) => this.#soon.push(callback),
        next: (callback) => this.#next.push(callback),
      },
      random: new Random(1),
      notices: {
        notice: ({ kind }) => tell(`notice ${kind}`),
        ordered: (token, refusal) => tell(`ordered ${token} ${refusal ?? 'done'}`),
      },
    };
  }

  /** What happened last, if anything did. */
  lastEvents(): readonly Event[] {
    return this.steps.findLast((events) => events.length > 0) ?? [];
  }

  /** The running callback ends. */
  callbackEnds(): void {
    for (let next = this.#next.shift(); next !== undefined; next = this.#next.shift()) next();
  }

  /** The turn of the event loop ends. */
  turn(): void {
    this.callbackEnds();
    for (let next = this.#soon.shift(); next !== undefined; next = this.#soon.shift()) next();
  }

  /** The replica asks for this in the next step. */
  perform(...effects: readonly Effect[]): readonly string[] {
    this.script.push(effects);
    this.host.tick();
    this.turn();
    return this.told.splice(0);
  }
}

function show(message: Message): string {
  if (message.kind === 'fetch') return `note ${message.from}`;
  return message.kind;
}
