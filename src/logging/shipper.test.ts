import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { test } from 'node:test';
import { listen, messageOf, startDaemon, startShipper } from './daemon-test-kit.ts';
import { GREETING } from './line.ts';
import { LogNumbers } from './streams.ts';

const PATIENCE_MS = 10_000;

test('lines arrive in order, with arrival time and source, and are confirmed', async (t) => {
  const { port, records } = await startDaemon(t);
  const { shipper, ship } = startShipper(t, port);
  for (let at = 0; at < 1000; at++) ship(`m${at}`);

  const report = await shipper.close(PATIENCE_MS);

  deepEqual(report, { lines: 1000, dropped: 0, left: 0 });
  deepEqual(
    records.all.map(messageOf),
    Array.from({ length: 1000 }, (_, at) => `m${at}`),
  );
  match(
    records.all[0] ?? '',
    /^\d{4}-\d\d-\d\dT[\d:.]+Z 127\.0\.0\.1:\d+ \{"line":"[0-9a-f]{16}\/1",/,
  );
});

test('a daemon that writes slowly holds nobody up, and what has no room is counted exactly', async (t) => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const records: string[] = [];
  const { port } = await startDaemon(t, {
    write: async (written) => {
      await gate;
      records.push(...written.map((record) => record.trimEnd()));
    },
  });
  const { shipper, ship } = startShipper(t, port, { mostBytes: 300_000 });
  for (let at = 0; at < 5000; at++) ship(`m${at}`);
  const { left } = await shipper.close(0);
  ok(left > 100 && left < 2000, `${left} are kept`);

  const again = startShipper(t, port, { mostBytes: 300_000 });
  for (let at = 0; at < 5000; at++) again.ship(`m${at}`);
  release();
  const report = await again.shipper.close(PATIENCE_MS);

  equal(report.left, 0);
  ok(report.dropped > 3000);
  const messages = records.map(messageOf).slice(-(5001 - report.dropped));
  equal(messages.at(-1), `${report.dropped} lines dropped`);
  deepEqual(
    messages.slice(0, -1),
    Array.from({ length: 5000 - report.dropped }, (_, at) => `m${at}`),
  );
});

test('a daemon that comes late gets what was kept, and one in its place what it has not', async (t) => {
  const numbers = new LogNumbers();
  const first = await startDaemon(t, { numbers });
  const { shipper, ship, said } = startShipper(t, first.port);
  ship('one');
  await first.records.count(1);
  await first.daemon.close();
  await said.found(/log daemon at 127\.0\.0\.1:\d+: /);
  ship('two');

  const second = await startDaemon(t, { numbers, port: first.port });
  ship('three');
  const report = await shipper.close(PATIENCE_MS);

  equal(report.left, 0);
  deepEqual(second.records.all.map(messageOf), ['two', 'three']);
  await said.found(/reached again/);
});

test('whoever only listens gets lines of text', async (t) => {
  const { port, heard } = await listen(t, () => undefined);
  const { shipper, ship } = startShipper(t, port, { greetingMs: 10 });
  ship('one');
  ship('two');

  await heard.count(2);
  const report = await shipper.close(PATIENCE_MS);

  equal(report.left, 0);
  deepEqual(heard.all.map(messageOf), ['one', 'two']);
});

test('what a listener took is not sent again to the next one, unless that one can tell', async (t) => {
  const sockets: Socket[] = [];
  const { port, heard, server } = await listen(t, (socket) => void sockets.push(socket));
  const { shipper, ship, said } = startShipper(t, port, { greetingMs: 10 });
  ship('one');
  await heard.count(1);
  sockets[0]?.destroy();
  await said.found(/its lines wait/);
  ship('two');
  await heard.count(2);
  deepEqual(heard.all.map(messageOf), ['one', 'two']);

  // A daemon that was too slow to greet was killed with all that it had not read.
  const closed = once(server, 'close');
  server.close();
  sockets[1]?.destroy();
  await closed;
  const { records } = await startDaemon(t, { port });
  await records.count(1);
  ship('three');
  const report = await shipper.close(PATIENCE_MS);

  equal(report.left, 0);
  deepEqual(records.all.map(messageOf), ['one', 'two', 'three'], 'it says that it has nothing');
});

test('what a daemon took that never came to greet is sent to the next one, or counted', async (t) => {
  const sockets: Socket[] = [];
  const { port, server, heard } = await listen(t, (socket) => void sockets.push(socket));
  const { shipper, ship } = startShipper(t, port, { greetingMs: 10, mostBytes: 100_000 });
  ship('m1');
  await heard.count(1);
  for (let at = 2; at <= 3000; at++) ship(`m${at}`);
  await heard.count(200);
  const closed = once(server, 'close');
  server.close();
  sockets[0]?.destroy();
  await closed;

  const { records } = await startDaemon(t, { port });
  await records.count(2);
  const { left, dropped } = await shipper.close(PATIENCE_MS);

  equal(left, 0);
  ok(dropped > 1000);
  const messages = records.all.map(messageOf);
  equal(messages.at(-1), `${dropped} lines dropped`);
  const kept = Array.from({ length: 3000 - dropped }, (_, at) => `m${at + 1}`);
  deepEqual(messages.slice(0, -1), kept);
});

test('who never greets is given everything in the end', async (t) => {
  const { port, heard } = await listen(t, () => undefined);
  const options = { greetingMs: 10, mostBytes: 100_000, trustMs: 0 };
  const { shipper, ship } = startShipper(t, port, options);
  for (let at = 1; at <= 2000; at++) {
    ship(`m${at}`);
    if (at % 100 === 0) await heard.count(at);
  }

  const report = await shipper.close(PATIENCE_MS);

  deepEqual(report, { lines: 2000, dropped: 0, left: 0 });
  deepEqual(
    heard.all.map(messageOf),
    Array.from({ length: 2000 }, (_, at) => `m${at + 1}`),
  );
});

test('a daemon that greets late is asked all the same', async (t) => {
  const sockets: Socket[] = [];
  const { port, heard } = await listen(t, (socket) => void sockets.push(socket));
  const { ship } = startShipper(t, port, { greetingMs: 10 });
  ship('one');
  await heard.count(1);

  sockets[0]?.write(`${GREETING}\n`);

  match(await heard.found(/^hello/), /^hello [0-9a-f]{16} 127\.0\.0\.1:14000$/);
});

test('whoever stands in the place of a daemon must greet, or nothing could be counted', async (t) => {
  let greets = true;
  const sockets: Socket[] = [];
  const { port, heard } = await listen(t, (socket) => {
    sockets.push(socket);
    if (greets) socket.write(`${GREETING}\n`);
  });
  const { ship, shipper } = startShipper(t, port, { greetingMs: 10 });
  const hello = await heard.found(/^hello/);
  greets = false;
  sockets[0]?.destroy();
  ship('one');
  const { left } = await shipper.close(200);

  equal(left, 1);
  deepEqual(heard.all, [hello]);
});

test('whatever a listener says, lines are kept until they are confirmed', async (t) => {
  const { port, heard } = await listen(t, (socket) => {
    socket.write(`${'x'.repeat(100_000)}\nhave nothing\nhave 0011223344556677 9\n${GREETING}\n`);
  });
  const { shipper, ship } = startShipper(t, port, { greetingMs: 60_000 });
  ship('one');
  await heard.found(/^hello/);

  const report = await shipper.close(50);

  deepEqual(report, { lines: 1, dropped: 0, left: 1 });
  equal(heard.all.length, 1, 'nothing is sent before the daemon has said what it has');
});

test('without a daemon the end waits no longer than it was told to', async (t) => {
  const { port, server } = await listen(t, () => undefined);
  server.close();
  await once(server, 'close');
  const { shipper, ship, said } = startShipper(t, port, { mostBytes: 300_000 });
  for (let at = 0; at < 3000; at++) ship(`m${at}`);
  await said.found(/ECONNREFUSED; its lines wait/);

  const { lines, left, dropped } = await shipper.close(10);

  equal(lines, 3000);
  equal(left + dropped, 3001, 'what is left has the line that says how many were dropped');
  equal(said.all.length, 1, 'it is said once');
});
