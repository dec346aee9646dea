import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ConCoordError, Random } from '../base/index.ts';
import type { LogRecord } from '../paxos/index.ts';
import { randomRecord, scratchDirectory } from './test-kit.ts';
import type { Wal, WalOptions } from './wal.ts';
import { accepted, open, SMALL } from './wal-test-kit.ts';

/** What a restart finds. */
async function reopen(directory: string, options: WalOptions): Promise<Wal> {
  const { wal } = open(directory, options);
  await wal.close();
  return wal;
}

/** Groups as they were synced one after the other, in a log that was not closed in order. */
async function writeGroups(
  directory: string,
  random: Random,
  count: number,
): Promise<LogRecord[][]> {
  const life = open(directory);
  const groups: LogRecord[][] = [];
  let slot = 0;
  for (let group = 0; group < count; group++) {
    const records: LogRecord[] = [];
    for (let n = random.between(1, 6); n > 0; n--) records.push(randomRecord(random, ++slot));
    groups.push(records);
    await life.write(records);
  }
  const copy = `${directory}-killed`;
  cpSync(directory, copy, { recursive: true });
  await life.wal.close();
  return groups;
}

test('what was reported durable comes back in order, with its position', async (t) => {
  const directory = scratchDirectory(t);
  const first = open(directory);
  const records: LogRecord[] = [
    { kind: 'promised', ballot: { round: 3, leader: 5 } },
    accepted(1),
    { kind: 'decided', slot: 2, entry: Uint8Array.of(1, 0) },
    { kind: 'commit', slot: 2 },
  ];
  await first.write(records);
  await first.wal.close();

  const second = open(directory);
  assert.deepEqual(second.wal.recovered, { records, position: 4 });
  await second.write([accepted(3)]);
  await second.wal.close();

  const third = open(directory);
  assert.deepEqual(third.wal.recovered, { records: [...records, accepted(3)], position: 5 });
  await third.wal.close();
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`a torn tail costs only what was not synced (seed ${seed})`, async (t) => {
    const random = new Random(seed);
    const directory = join(scratchDirectory(t), 'log');
    const groups = await writeGroups(directory, random, random.between(30, 250));
    const last = groups.pop() as LogRecord[];
    const written = groups.flat();

    for (let round = 0; round < 12; round++) {
      const torn = `${directory}-${round}`;
      cpSync(`${directory}-killed`, torn, { recursive: true });
      tearLastBlock(torn, random);
      const life = open(torn);
      assert.deepEqual(life.wal.recovered, { records: written, position: written.length });
      await life.write(last);
      await life.wal.close();

      const again = open(torn);
      const position = written.length + last.length;
      assert.deepEqual(again.wal.recovered, { records: [...written, ...last], position });
      await again.wal.close();
    }
  });

  test(`damage before a synced block is an error that names it (seed ${seed})`, async (t) => {
    const random = new Random(seed);
    const directory = join(scratchDirectory(t), 'log');
    await writeGroups(directory, random, random.between(30, 250));

    for (let round = 0; round < 12; round++) {
      const damaged = `${directory}-${round}`;
      cpSync(`${directory}-killed`, damaged, { recursive: true });
      const path = garbleBefore(damaged, random);
      assert.throws(
        () => open(damaged),
        (error: unknown) => {
          assert(error instanceof ConCoordError);
          assert.equal(error.code, 'CORRUPT_DATA');
          assert.match(error.message, new RegExp(`${path}|byte \\d+`));
          return true;
        },
      );
    }
  });
}

interface Extent {
  readonly path: string;
  readonly start: number;
  readonly end: number;
}

/**
 * Where blocks lie, found by their magic number, which random entries of the tests do not contain.
 */
function blocksOf(directory: string): Extent[] {
  const extents: Extent[] = [];
  for (const name of readdirSync(directory).sort()) {
    const path = join(directory, name);
    const bytes = readFileSync(path);
    for (let start = 4096; start < bytes.length; start += 512) {
      if (bytes.readUInt32LE(start) !== 0x4b4c4243) continue;
      const length = 40 + bytes.readUInt32LE(start + 8);
      extents.push({ path, start, end: start + Math.ceil(length / 512) * 512 });
    }
  }
  return extents;
}

/**
 * As a power cut would: some of the sectors of the last write are missing, or only part of the file
 * is.
 */
function tearLastBlock(directory: string, random: Random): void {
  const { path, start, end } = blocksOf(directory).at(-1) as Extent;
  if (random.chance(1, 2)) {
    truncateSync(path, random.between(start, end - 1));
    return;
  }
  const bytes = readFileSync(path);
  const from = random.between(start, end - 1);
  const to = random.between(from + 1, end);
  for (let at = from; at < to; at++) bytes[at] = (bytes[at] as number) ^ random.between(1, 255);
  writeFileSync(path, bytes);
}

function garbleBefore(directory: string, random: Random): string {
  const extents = blocksOf(directory);
  const { path, start, end } = random.pick(extents.slice(0, -1));
  const bytes = readFileSync(path);
  const from = random.chance(1, 8) ? random.between(0, 4095) : random.between(start, end - 1);
  for (let at = from; at < Math.min(end, from + random.between(1, 2000)); at++) {
    bytes[at] = (bytes[at] as number) ^ random.between(1, 255);
  }
  writeFileSync(path, bytes);
  return path;
}

test('after an orderly close even the last block is protected', async (t) => {
  const directory = scratchDirectory(t);
  const life = open(directory);
  await life.write([accepted(1)]);
  await life.write([accepted(2)]);
  await life.wal.close();

  const [first, second, seal] = blocksOf(directory);
  assert(first !== undefined && second !== undefined && seal !== undefined);
  const bytes = readFileSync(second.path);
  bytes[second.start + 60] = 0xff;
  writeFileSync(second.path, bytes);

  assert.throws(() => open(directory), { code: 'CORRUPT_DATA' });
});

test('a missing segment is an error', async (t) => {
  const directory = scratchDirectory(t);
  const life = open(directory);
  for (let slot = 1; slot <= 300; slot++) await life.write([accepted(slot, 900)]);
  await life.wal.close();
  const names = readdirSync(directory).sort();

  truncateSync(join(directory, names[1] as string), 0);

  assert.throws(() => open(directory), { code: 'CORRUPT_DATA', message: /header is damaged/ });
});

test('truncated segments are used again, and promises outlive them', async (t) => {
  const directory = scratchDirectory(t);
  const life = open(directory);
  const promise: LogRecord = { kind: 'promised', ballot: { round: 9, leader: 4 } };
  await life.write([promise]);
  for (let slot = 1; slot <= 1500; slot++) {
    await life.write([accepted(slot, 900), { kind: 'commit', slot }]);
    if (slot % 50 === 0) life.wal.port.truncate(slot - 25);
    if (slot % 50 === 0) assert(readdirSync(directory).length <= 8, 'few files');
  }
  await life.wal.close();

  const { recovered } = await reopen(directory, { segmentBytes: SMALL });
  assert.equal(recovered.position, 3001);
  assert.deepEqual(recovered.records[0], promise);
  assert.equal(recovered.records[1]?.kind, 'commit');
  const slots = recovered.records.flatMap((record) =>
    record.kind === 'accepted' ? record.slot : [],
  );
  assert(slots.length < 300);
  assert((slots[0] as number) <= 1475);
  assert.deepEqual(
    slots,
    Array.from(slots, (_, n) => 1501 - slots.length + n),
  );
});

test('records behind a snapshot stay on disk, and the promise among them counts', async (t) => {
  const directory = scratchDirectory(t);
  const life = open(directory);
  for (let slot = 1; slot <= 20; slot++) await life.write([accepted(slot)]);
  await life.wal.close();

  const { recovered } = await reopen(directory, { segmentBytes: SMALL, above: 18 });

  const promised: LogRecord = { kind: 'promised', ballot: { round: 2, leader: 7 } };
  assert.deepEqual(recovered.records, [accepted(19), accepted(20), promised]);
  assert.equal(recovered.position, 20);
});

test('100 000 records come back', async (t) => {
  const directory = scratchDirectory(t);
  const life = open(directory, {});
  for (let slot = 1; slot <= 100_000; slot++) life.wal.port.append([accepted(slot)], slot);
  await life.inbox.untilDurable(100_000);
  await life.wal.close();

  const { recovered } = await reopen(directory, {});
  assert.equal(recovered.position, 100_000);
  assert.equal(recovered.records.length, 100_000);
  assert.deepEqual(recovered.records[99_999], accepted(100_000));
});

test('a restart after each record loses nothing', async (t) => {
  const directory = scratchDirectory(t);
  for (let slot = 1; slot <= 40; slot++) {
    const life = open(directory);
    assert.equal(life.wal.recovered.position, slot - 1);
    await life.write([accepted(slot, 2000)]);
    await life.wal.close();
  }
  const names = readdirSync(directory);
  assert(names.length <= 4, `restarts do not use up segments: ${names.length}`);
});

test('a process killed while it writes has kept what it had reported', async (t) => {
  const directory = scratchDirectory(t);
  const program = `
    import { openWal } from ${JSON.stringify(new URL('wal.ts', import.meta.url).href)};
    const inbox = { push() {}, durable(position) { process.stdout.write(position + ' '); } };
    const wal = openWal(${JSON.stringify(directory)}, inbox, (error) => { throw error; });
    let slot = wal.recovered.position;
    const ballot = { round: 1, leader: 1 };
    const more = () => {
      const entry = new Uint8Array(2 + slot % 5000).fill(slot);
      for (let n = slot % 7; n >= 0; n--) {
        wal.port.append([{ kind: 'accepted', ballot, slot: ++slot, entry }], slot);
      }
      setTimeout(more, slot % 3);
    };
    more();
  `;
  let reported = 0;
  for (const delay of [30, 60, 90]) {
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    t.after(() => child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.length === chunk.length) setTimeout(() => child.kill('SIGKILL'), delay);
    });
    await once(child, 'close');
    // The last number may be cut.
    reported = Math.max(reported, ...output.split(' ').slice(0, -1).map(Number));

    const { recovered } = await reopen(directory, {});

    assert(recovered.position >= reported, `${recovered.position} of ${reported}`);
    assert.deepEqual(
      recovered.records.map((record) => record.kind === 'accepted' && record.slot),
      Array.from({ length: recovered.position }, (_, n) => n + 1),
    );
  }
});

test('a log in a newer format is refused', async (t) => {
  const directory = scratchDirectory(t);
  const life = open(directory);
  await life.write([accepted(1)]);
  await life.wal.close();
  const path = join(directory, 'wal-000000000001');
  const bytes = readFileSync(path);
  bytes[4] = 2;
  writeFileSync(path, bytes);

  assert.throws(() => open(directory), { code: 'VERSION_MISMATCH' });
});
