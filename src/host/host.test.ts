import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits, Random } from '../base/index.ts';
import type { Effect, Event, LogRecord, Message, Replica, SnapshotName } from '../paxos/index.ts';
import { Host } from './host.ts';
import type { Inbox, Ports } from './ports.ts';

const SELF = 1;
const BOB = 2;

const RECORD: LogRecord = { kind: 'commit', slot: 1 };
const SNAPSHOT: SnapshotName = { slot: 4, bytes: 10, hash: 'h' };

const note = (slot: number): Message => ({ kind: 'fetch', from: slot });

const persist = (position: number): Effect => ({ kind: 'persist', record: RECORD, position });

const send = (slot: number, after: number, to = BOB): Effect => ({
  kind: 'send',
  to,
  message: note(slot),
  after,
});

/** A host over a replica that does what the test says, and ports that tell what they are asked. */
class Bench {
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
      clock: { now: () => 5, wall: () => 6, soon: (callback) => this.#soon.push(callback) },
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

  /** The turn of the event loop ends. */
  turn(): void {
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

test('a message leaves when the records that it speaks of are durable (Safety 1)', () => {
  const bench = new Bench();

  const said = bench.perform(persist(1), send(1, 1), send(2, 0), persist(2), send(3, 2));
  deepEqual(said, ['send 2 note 2', 'append 2 up to 2']);
  bench.inbox.durable(1);
  deepEqual(bench.told.splice(0), ['send 2 note 1']);
  bench.inbox.durable(2);
  deepEqual(bench.told.splice(0), ['send 2 note 3']);

  bench.inbox.durable(2);
  bench.inbox.durable(1);
  deepEqual(bench.told, []);
});

test('what is durable already holds nothing up', () => {
  const bench = new Bench(7);

  deepEqual(bench.perform(send(1, 7)), ['send 2 note 1']);
  equal(bench.host.durablePosition, 7);
});

test('a message to oneself comes back as an event, and waits for the disk as any other', () => {
  const bench = new Bench();
  bench.perform(persist(1), send(1, 1, SELF), send(2, 0, SELF));
  deepEqual(bench.lastEvents(), [{ kind: 'message', from: SELF, message: note(2) }]);
  deepEqual(bench.told, []);

  bench.inbox.durable(1);
  bench.turn();

  deepEqual(bench.lastEvents(), [{ kind: 'message', from: SELF, message: note(1) }]);
});

test('everything that happens in one turn is one step', () => {
  const bench = new Bench();
  bench.host.push({ kind: 'peerLost', id: BOB });
  bench.host.push({ kind: 'disconnected', connection: 3 });
  bench.host.tick();
  equal(bench.steps.length, 0, 'not before the turn ends');

  bench.turn();

  deepEqual(bench.steps, [
    [
      { kind: 'peerLost', id: BOB },
      { kind: 'disconnected', connection: 3 },
    ],
  ]);
});

test('the records of a step share one write, before the log is cut', () => {
  const bench = new Bench();

  const said = bench.perform(persist(1), persist(2), { kind: 'truncate', through: 1 }, persist(3));

  deepEqual(said, ['append 2 up to 2', 'truncate 1', 'append 1 up to 3']);
});

test('effects are performed in their order', () => {
  const bench = new Bench();

  const said = bench.perform(
    { kind: 'notice', notice: { kind: 'quorumRegained' } },
    { kind: 'execute', last: 3, commands: [] },
    { kind: 'read', batch: 1, commands: [] },
    { kind: 'respond', connection: 9, response: { kind: 'expired', session: 1 } },
    { kind: 'connect', peers: [] },
    { kind: 'ordered', token: 4, refusal: undefined },
    { kind: 'takeSnapshot', slot: 4, header: Uint8Array.of(1) },
    { kind: 'storeChunk', snapshot: SNAPSHOT, offset: 2, chunk: Uint8Array.of(1, 2) },
  );

  deepEqual(said, [
    'notice quorumRegained',
    'execute up to 3',
    'read batch 1',
    'respond 9',
    'connect 0',
    'ordered 4 done',
    'save 4 1 3',
    'store 2 at 2',
  ]);
});

test('a part of a snapshot is read and sent; when it is gone the replica learns that', () => {
  const bench = new Bench();
  const serve: Effect = { kind: 'serveChunk', to: BOB, snapshot: SNAPSHOT, offset: 5 };

  deepEqual(bench.perform(serve), ['read from 5, at most 262144', 'send 2 snapshotChunk']);

  bench.chunk = undefined;
  deepEqual(bench.perform(serve), ['read from 5, at most 262144']);
  deepEqual(bench.lastEvents(), [{ kind: 'chunkMissing', to: BOB }]);
});

test('a snapshot is installed when it is good and loaded, and else rejected', () => {
  const install: Effect = { kind: 'installSnapshot', snapshot: SNAPSHOT };
  const outcome = (prepare: (bench: Bench) => void) => {
    const bench = new Bench();
    prepare(bench);
    bench.perform(install);
    return bench.lastEvents();
  };
  const content = { header: Uint8Array.of(9), state: Uint8Array.of(1, 2) };

  deepEqual(
    outcome((bench) => (bench.content = content)),
    [{ kind: 'snapshotInstalled', snapshot: SNAPSHOT, header: Uint8Array.of(9) }],
  );
  deepEqual(
    outcome(() => {}),
    [{ kind: 'snapshotRejected', snapshot: SNAPSHOT }],
  );
  deepEqual(
    outcome((bench) => {
      bench.content = content;
      bench.outcome = 'malformed';
    }),
    [{ kind: 'snapshotRejected', snapshot: SNAPSHOT }],
  );
});

test('a capture that fails, or of a state that was given up since, is kept nowhere (Safety 9)', () => {
  const take: Effect = { kind: 'takeSnapshot', slot: 4, header: Uint8Array.of(1) };
  const bench = new Bench();
  bench.state = undefined;

  bench.perform(take);
  bench.captures.pop()?.(undefined);
  bench.turn();
  deepEqual(bench.lastEvents(), [{ kind: 'snapshotFailed' }]);

  bench.perform(take);
  bench.perform({ kind: 'installSnapshot', snapshot: SNAPSHOT });
  bench.captures.pop()?.(Uint8Array.of(1));
  bench.turn();
  deepEqual(bench.lastEvents(), [{ kind: 'snapshotFailed' }]);

  bench.perform(take);
  bench.captures.pop()?.(Uint8Array.of(1));
  deepEqual(bench.told, ['save 4 1 1'], 'a later one is as good as ever');
});

const BALLOT = { round: 3, leader: BOB };
const MIB = new Uint8Array(1024 * 1024);

/** Records that reach the bound of what may wait for the disk, from this position on. */
function tooMuch(position: number): Effect[] {
  const record: LogRecord = { kind: 'decided', slot: 1, entry: MIB };
  const count = Math.ceil(limits.UNDURABLE_BYTES / MIB.length) + 1;
  return Array.from({ length: count }, (_, index) => ({
    kind: 'persist',
    record,
    position: position + index,
  }));
}

test('while too much waits for the disk, what others want recorded is lost', () => {
  const accept: Message = { kind: 'accept', ballot: BALLOT, slot: 9, entry: MIB, commit: 0 };
  const decided: Message = { kind: 'decided', from: 9, entries: [MIB], commit: 9 };
  const bench = new Bench();
  const heard = (): readonly string[] => {
    bench.steps.length = 0;
    for (const from of [BOB, SELF]) {
      for (const message of [accept, decided, note(1)]) {
        bench.inbox.push({ kind: 'message', from, message });
      }
    }
    bench.turn();
    return bench.lastEvents().flatMap((event) => {
      return event.kind === 'message' ? [`${event.from} ${event.message.kind}`] : [];
    });
  };
  const all = [BOB, SELF].flatMap((id) => [`${id} accept`, `${id} decided`, `${id} fetch`]);
  const records = tooMuch(1);
  bench.perform(...records);
  const own = ['2 fetch', '1 accept', '1 decided', '1 fetch'];
  deepEqual(heard(), own);
  bench.inbox.durable(1);
  deepEqual(heard(), own, 'small parts count as well');
  bench.inbox.durable(2);
  deepEqual(heard(), all);
  bench.perform(...tooMuch(records.length + 1));
  bench.inbox.durable(2 * records.length);
  deepEqual(heard(), all);
});

test('the replica is told when too much waits for the disk, and when it does not any more', () => {
  const bench = new Bench();
  bench.perform(...tooMuch(1));
  bench.turn();
  deepEqual(bench.lastEvents(), [{ kind: 'backlog', state: 'over' }]);
  bench.inbox.durable(tooMuch(1).length);
  bench.turn();
  deepEqual(bench.lastEvents(), [{ kind: 'backlog', state: 'under' }]);
});

const promise = (round: number, from: number, commit: number): Message => {
  const ballot = { round, leader: BOB };
  return { kind: 'promise', ballot, from, commit, accepted: [], position: 1 };
};

test('of prepares and promises that wait for the disk, only the last question stays answered', () => {
  const bench = new Bench();
  const prepare: Message = { kind: 'prepare', ballot: { round: 3, leader: SELF }, from: 1 };
  const withheld = (message: Message, after: number, to = BOB): Effect => {
    return { kind: 'send', to, message, after };
  };
  bench.perform(
    persist(1),
    withheld(promise(3, 1, 0), 1),
    withheld(promise(3, 1, 0), 1, BOB + 1),
    withheld(prepare, 1),
    persist(2),
    // The same again need not wait longer than the first.
    withheld(promise(3, 1, 1), 2),
    withheld(prepare, 2),
  );
  bench.inbox.durable(1);
  deepEqual(bench.told.splice(0), ['send 2 promise', 'send 3 promise', 'send 2 prepare']);
  bench.inbox.durable(2);
  deepEqual(bench.told.splice(0), []);

  bench.perform(
    persist(3),
    withheld(promise(4, 1, 0), 3),
    persist(4),
    withheld(promise(5, 1, 0), 4),
    persist(5),
    withheld(promise(5, 2, 0), 5),
  );
  bench.inbox.durable(4);
  deepEqual(bench.told.splice(0), [], 'nobody waits for the earlier ones any more');
  bench.inbox.durable(5);
  deepEqual(bench.told.splice(0), ['send 2 promise']);
});

test('a stopped host lets nothing in or out', () => {
  const bench = new Bench();
  bench.perform(persist(1), send(1, 1));

  bench.host.stop();
  bench.inbox.durable(1);
  bench.inbox.push({ kind: 'peerLost', id: BOB });
  bench.host.tick();
  bench.turn();

  deepEqual(bench.told, []);
  equal(bench.steps.length, 1);
});

test('records have consecutive positions, and only what was appended becomes durable', () => {
  throws(() => new Bench().perform(persist(2)), /records are persisted in order/);
  throws(() => new Bench().inbox.durable(1), /only what was appended becomes durable/);
});

/** A step of a replica: so many records, and after each of them so many messages that need it. */
const steps = fc.array(
  fc.oneof(
    fc.record({
      kind: fc.constant('step' as const),
      records: fc.array(fc.nat(3), { maxLength: 4 }),
      free: fc.nat(2),
    }),
    fc.record({ kind: fc.constant('sync' as const), part: fc.integer({ min: 1, max: 4 }) }),
  ),
  { maxLength: 30, size: 'max' },
);

test('whenever the disk reports: nothing early, lost, or out of order (Safety 1)', () => {
  fc.assert(
    fc.property(steps, (plan) => {
      const bench = new Bench();
      let position = 0;
      let durable = 0;
      const expected: number[] = [];
      const left = () =>
        bench.told.filter((line) => line.startsWith('send')).map((line) => Number(line.slice(12)));
      for (const one of plan) {
        if (one.kind === 'sync') {
          durable += Math.ceil((position - durable) / one.part);
          bench.inbox.durable(durable);
        } else {
          const effects: Effect[] = [];
          for (let count = 0; count < one.free; count++) effects.push(send(0, 0));
          for (const messages of one.records) {
            effects.push(persist(++position));
            for (let count = 0; count < messages; count++) {
              effects.push(send(position, position));
              expected.push(position);
            }
          }
          bench.script.push(effects);
          bench.host.tick();
          bench.turn();
        }
        const waited = left().filter((needed) => needed > 0);
        deepEqual(
          waited,
          expected.filter((needed) => needed <= durable),
        );
      }
    }),
  );
});
