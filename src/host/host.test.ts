import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { limits } from '../base/index.ts';
import type { Effect, LogRecord, Message } from '../paxos/index.ts';
import { Bench, BOB, note, persist, SELF, send, SNAPSHOT } from './host-test-kit.ts';

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

test('what comes one by one does not wait for the end of the turn, until two come together again', () => {
  const bench = new Bench();
  const lost = { kind: 'peerLost', id: BOB } as const;
  for (let turns = 0; turns < 8; turns++) {
    bench.host.push(lost);
    bench.callbackEnds();
    equal(bench.steps.length, turns, 'something may come that shares a step');
    bench.turn();
  }

  bench.host.push(lost);
  bench.host.push(lost);
  equal(bench.steps.length, 8, 'what comes in one callback is one step');
  bench.callbackEnds();
  deepEqual(bench.lastEvents(), [lost, lost]);

  bench.host.push(lost);
  bench.callbackEnds();
  equal(bench.steps.length, 9);
  bench.turn();
  equal(bench.steps.length, 10);
});

test('the records of a step share one write, before the log is cut', () => {
  const bench = new Bench();

  const said = bench.perform(persist(1), persist(2), { kind: 'truncate', through: 1 }, persist(3));

  deepEqual(said, ['append 2 up to 2', 'truncate 1', 'append 1 up to 3']);
});

test('effects are performed in their order, work on the object behind all that others wait for', () => {
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
    persist(1),
    send(5, 0),
  );

  deepEqual(said, [
    'notice quorumRegained',
    'respond 9',
    'connect 0',
    'ordered 4 done',
    'send 2 note 5',
    'append 1 up to 1',
    'execute up to 3',
    'read batch 1',
    'save 4 1 3',
    'store 2 at 2',
  ]);
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
