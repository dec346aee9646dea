import { deepEqual, equal } from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gunzipSync, gzipSync } from 'node:zlib';
import { findBuiltIn } from '../src/library/index.ts';
import { Machine } from '../src/object/index.ts';
import { Applier } from '../src/paxos/applier.ts';
import { encodeView, makeView } from '../src/paxos/index.ts';
import type { Entry, Item, LogRecord } from '../src/paxos/index.ts';
import { Log } from '../src/paxos/log.ts';
import { aCall, aContext, batchOf, clientId, effectsOf, SILENT } from '../src/paxos/test-kit.ts';
import { readCheckedFile, writeCheckedFile } from '../src/platform/checked-file.ts';
import { openSnapshots } from '../src/platform/snapshot-store.ts';
import { TestInbox, unexpected } from '../src/platform/test-kit.ts';
import { openWal } from '../src/platform/wal.ts';
import { encodeCommand } from '../src/wire/index.ts';

/**
 * A directory of version 1, as the first release left it: identity, a log with every kind of record, and a
 * snapshot with every kind of request in its session table. Whatever comes later must take it up. `UPDATE=1`
 * writes it where there is none, and never changes one that is there.
 */
const FOLDER = fileURLToPath(new URL('fixtures/v1/disk', import.meta.url));
const SEGMENT_BYTES = 64 * 1024;

const member = { id: 0xabc_def0_1234, address: '127.0.0.1:14000', durable: true };
const GENESIS = makeView(1, 1, [member]);
const VIEW = makeView(2, 5, [member, { id: 5, address: '[::1]:14001', durable: false }]);
const IDENTITY = {
  instance: '0123456789abcdef0123456789abcdef',
  generation: 2,
  genesis: GENESIS,
  id: member.id,
  address: member.address,
  objectName: 'concoord.object.counter.Counter',
  codeHash: 'abc',
  incarnation: 3,
};

const increment = (sequence: number, lowWater: number): Item => {
  return { ...aCall(1, sequence, '', lowWater), command: encodeCommand('increment', []) } as Item;
};
const place = { session: 1, sequence: 2, lowWater: 1, received: [] };
const BEFORE: readonly Entry[] = [
  batchOf({ kind: 'open', client: clientId('x') }, { kind: 'open', client: clientId('y') }),
  batchOf(increment(1, 1), { kind: 'cancel', ...place }, increment(3, 3)),
  batchOf({
    kind: 'resolve',
    ...place,
    session: 2,
    sequence: 1,
    target: { session: 1, sequence: 9 },
  }),
  encodeView(VIEW),
];
const RECORDS: readonly LogRecord[] = [
  { kind: 'promised', ballot: { round: 3, leader: member.id } },
  { kind: 'accepted', ballot: { round: 3, leader: 5 }, slot: 5, entry: batchOf(increment(4, 3)) },
  { kind: 'decided', slot: 6, entry: batchOf(increment(5, 3)) },
  { kind: 'commit', slot: 6 },
];

function aMachine(): Machine {
  const type = findBuiltIn(IDENTITY.objectName);
  if (type === undefined) throw new Error('the counter is one of our own objects');
  return new Machine(type);
}

/** What a replica holds in memory, that its snapshots carry. */
class Life {
  readonly machine = aMachine();
  readonly context = aContext(member.id);
  readonly log = new Log(0, GENESIS);
  readonly applier = new Applier(this.context, this.log);

  decide(...entries: readonly Entry[]): void {
    for (const entry of entries) this.log.append(entry);
    for (;;) {
      this.applier.advance(SILENT);
      const [work] = effectsOf(this.context.takeEffects(), 'execute');
      if (work === undefined) return;
      const results = work.commands.map((command) => this.machine.apply(command.bytes, command));
      this.applier.executed(work.last, results, SILENT);
    }
  }

  header(): Uint8Array {
    this.applier.takeSnapshot();
    const [taken] = effectsOf(this.context.takeEffects(), 'takeSnapshot');
    if (taken === undefined) throw new Error('a snapshot can be taken');
    return taken.header;
  }
}

async function write(folder: string): Promise<void> {
  writeCheckedFile(join(folder, 'identity'), IDENTITY);
  const inbox = new TestInbox();
  const wal = openWal(join(folder, 'log'), inbox, unexpected, { segmentBytes: SEGMENT_BYTES });
  wal.port.append(RECORDS, RECORDS.length);
  await inbox.untilDurable(RECORDS.length);
  await wal.close();
  const life = new Life();
  life.decide(...BEFORE);
  const store = await openSnapshots(join(folder, 'snapshots'), inbox, unexpected, {
    reserveBytes: 0,
  });
  store.port.save(BEFORE.length, life.header(), life.machine.capture());
  await inbox.take('snapshotTaken');
  await store.close();
}

/** Files of the fixture are packed: segments are mostly zeros. */
function copy(from: string, to: string, pack: (bytes: Uint8Array) => Uint8Array): void {
  cpSync(from, to, { recursive: true });
  for (const entry of readdirSync(to, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile()) writeFileSync(path, pack(readFileSync(path)));
  }
}

test('a directory of version 1 is taken up as it was', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-disk-'));
  t.after(() => rmSync(folder, { recursive: true }));
  const directory = join(folder, 'directory');
  if (!existsSync(FOLDER) && process.env['UPDATE'] === '1') {
    mkdirSync(directory);
    await write(directory);
    copy(directory, FOLDER, gzipSync);
    rmSync(directory, { recursive: true });
  }
  copy(FOLDER, directory, gunzipSync);

  const identity = readCheckedFile(join(directory, 'identity'));
  const inbox = new TestInbox();
  const store = await openSnapshots(join(directory, 'snapshots'), inbox, unexpected, {
    reserveBytes: 0,
  });
  const above = store.newest?.name.slot ?? 0;
  const segmentBytes = SEGMENT_BYTES;
  const wal = openWal(join(directory, 'log'), inbox, unexpected, { above, segmentBytes });
  const life = new Life();
  life.applier.install(store.newest?.header ?? new Uint8Array(), 0);
  life.machine.restore(store.newest?.state ?? new Uint8Array());

  deepEqual(identity, IDENTITY);
  // The second segment was prepared, and begins with the promise that the first one holds.
  const records = [...RECORDS, RECORDS[0]];
  deepEqual(wal.recovered, { records, position: RECORDS.length });
  const same = new Life();
  same.decide(...BEFORE);
  equal(above, BEFORE.length);
  deepEqual(life.applier.view, VIEW);
  deepEqual(life.machine.capture(), same.machine.capture());
  deepEqual(life.header(), same.header(), 'sessions, replies and digest are the same');
  await wal.close();
  await store.close();
});
