import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { dial, startDaemon, startShipper } from './daemon-test-kit.ts';
import { helloOf, MAX_LINE_BYTES, showLine } from './line.ts';
import { LogNumbers } from './streams.ts';

const LOG = '00112233445566aa';

function lineOf(number: number, dropped = 0): string {
  const head = { time: '2026-11-21T08:06:14.356Z', level: 'info', replica: '127.0.0.1:14000' };
  return showLine({ ...head, message: `m${number}` }, { log: LOG, number, dropped });
}

test('lines of anybody are taken, also without an end, and nobody can write as somebody else', async (t) => {
  const { port, records } = await startDaemon(t);
  const { socket } = await dial(t, port);

  socket.end('[REPLICA-10.0.0.1:14000_main] 1395 info: started\nspoof\r2026-01-01 other\nno end');
  await records.count(3);

  const lines = records.all.map((record) => record.split(' ').slice(2).join(' '));
  deepEqual(lines, [
    '[REPLICA-10.0.0.1:14000_main] 1395 info: started',
    'spoof\\u000d2026-01-01 other',
    'no end',
  ]);
});

test('lines that are sent again are written once, and lines that are missing are counted', async (t) => {
  const { port, records } = await startDaemon(t);
  const { socket, heard } = await dial(t, port);
  socket.write(`${helloOf(LOG, 'r')}\n`);
  await heard.found(/^have \S+ 0$/);

  const sent = [lineOf(1), lineOf(2), lineOf(1), lineOf(2), lineOf(5, 3), lineOf(9), lineOf(4)];
  socket.write(`${sent.join('\n')}\n`);
  await heard.found(/^have \S+ 9$/);

  const texts = records.all.map((record) => record.split(' ').slice(2).join(' '));
  match(texts[3] ?? '', /^127\.0\.0\.1:\d+: 3 lines missing$/);
  deepEqual(texts.toSpliced(3, 1), [lineOf(1), lineOf(2), lineOf(5, 3), lineOf(9)]);
  match(records.all[3] ?? '', /^\S+ logdaemon /);
});

test('a line of a replica that has no end is not written: it comes again, whole', async (t) => {
  const { port, records } = await startDaemon(t);
  const first = await dial(t, port);
  first.socket.end(`${lineOf(1)}\n${lineOf(2)}`);
  await once(first.socket, 'close');

  const second = await dial(t, port);
  second.socket.write(`${lineOf(2)}\nafter\n`);
  await records.found(/ after$/);

  deepEqual(
    records.all.map((record) => record.split(' ')[2]?.slice(0, 28)),
    [lineOf(1).slice(0, 28), lineOf(2).slice(0, 28), 'after'],
  );
});

test('a line is confirmed when it is written, and not before', async (t) => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  let asked = (): void => undefined;
  const isAsked = new Promise<void>((resolve) => (asked = resolve));
  const { port } = await startDaemon(t, {
    write: async (records) => {
      if (records.length === 0) return;
      asked();
      await gate;
    },
  });
  const { socket, heard } = await dial(t, port);
  socket.write(`${helloOf(LOG, 'r')}\n`);
  await heard.found(/^have/);
  socket.write(`${lineOf(1)}\n`);
  await isAsked;
  equal(heard.all.at(-1), `have ${LOG} 0`);

  release();

  await heard.found(/^have \S+ 1$/);
});

test('of two connections of one replica the younger one counts', async (t) => {
  const { port, records } = await startDaemon(t);
  const [first, second] = [await dial(t, port), await dial(t, port)];
  first.socket.write(`${helloOf(LOG, 'r')}\n${lineOf(1)}\n`);
  await first.heard.found(/^have \S+ 1$/);
  const closed = once(first.socket, 'close');

  second.socket.write(`${helloOf(LOG, 'r')}\n${lineOf(2)}\n`);

  await closed;
  await second.heard.found(/^have \S+ 2$/);
  equal(records.all.length, 2);
});

test('there are as many connections as were allowed; more are refused, and that is said', async (t) => {
  const { port, said } = await startDaemon(t, { mostConnections: 20 });
  const all = [];
  for (let at = 0; at < 20; at++) all.push(await dial(t, port));
  await Promise.all(all.map(({ heard }) => heard.count(1)));
  const refused = Array.from({ length: 1000 }, async () => {
    const { socket, heard } = await dial(t, port);
    if (!socket.destroyed) await once(socket, 'close');
    return heard.all.length;
  });
  deepEqual(new Set(await Promise.all(refused)), new Set([0]));

  const warned = said.all.filter((line) => !line.startsWith('accepted'));
  match(warned[0] ?? '', /^20 connections are open: 127\.0\.0\.1:\d+ was refused$/);
  all[0]?.socket.end('goodbye\n');
  await once(all[0]?.socket ?? process, 'close');
  const { heard } = await dial(t, port);
  await heard.count(1);
});

test('whoever says nothing is let go, and whoever once said a line may be silent', async (t) => {
  const { port, records, said } = await startDaemon(t, { patienceMs: 300 });
  const [silent, endless, spoke] = [await dial(t, port), await dial(t, port), await dial(t, port)];
  endless.socket.write('a line without an end');
  spoke.socket.write('a line\n');
  await records.found(/a line$/);

  await Promise.all([once(silent.socket, 'close'), once(endless.socket, 'close')]);

  await said.found(/said nothing for 300 ms, and was let go/);
  spoke.socket.write('another\n');
  await records.found(/another$/);
});

test('a line without an end is cut, and costs no memory', async (t) => {
  const { port, records } = await startDaemon(t);
  const { socket } = await dial(t, port);
  const piece = Buffer.alloc(1024 * 1024, 'x');
  for (let megabyte = 0; megabyte < 64; megabyte++) {
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.write('\nafter\n');

  await records.found(/ after$/);

  equal(records.all.length, 2);
  ok((records.all[0] ?? '').length < MAX_LINE_BYTES + 100);
});

test('while nothing can be written nobody is listened to, and then everything arrives', async (t) => {
  let release = (): void => undefined;
  const gate = new Promise<void>((resolve) => (release = resolve));
  const written: string[] = [];
  let most = 0;
  const { port } = await startDaemon(t, {
    write: async (records) => {
      most = Math.max(most, records.length);
      await gate;
      written.push(...records);
    },
  });
  const { socket } = await dial(t, port);
  const line = `${'x'.repeat(999)}\n`;
  const lines = 40_000;
  let isStuck = false;
  for (let at = 0; at < lines; at++) isStuck = !socket.write(line);
  equal(isStuck, true, 'the system takes some of it');
  const { shipper, ship } = startShipper(t, port);
  ship('I, too');
  release();

  const { left } = await shipper.close(10_000);
  if (socket.writableLength > 0) await once(socket, 'drain');
  const last = await dial(t, port);
  socket.end('end\n');
  while (!written.some((record) => record.endsWith(' end\n'))) {
    last.socket.write('is it there?\n');
    await new Promise((resolve) => setImmediate(resolve));
  }

  equal(left, 0);
  equal(written.filter((record) => record.length > 999).length, lines);
  ok(most < lines);
});

test('of logs that nobody writes any more only so many are remembered', () => {
  const numbers = new LogNumbers();
  const idOf = (at: number): string => at.toString(16).padStart(16, '0');
  for (let at = 0; at < 30_000; at++) numbers.note({ log: idOf(at), number: 5, dropped: 0 });

  equal(numbers.last(idOf(29_999)), 5);
  equal(numbers.last(idOf(0)), 0);
});

test('an address that cannot be had is named', async (t) => {
  const { port } = await startDaemon(t);

  await rejects(startDaemon(t, { port }), { code: 'ADDRESS_IN_USE' });
  await rejects(startDaemon(t, { host: '192.0.2.1' }), { code: 'CONNECTION' });
});
