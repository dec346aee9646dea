import { deepEqual, equal, match } from 'node:assert/strict';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { Lines, loggerTo } from './daemon-test-kit.ts';
import { RecordWriter } from './record-writer.ts';

function streamOf(t: TestContext): { stream: number; read: () => string } {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-stream-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'stream');
  const stream = openSync(path, 'w');
  t.after(() => closeSync(stream));
  return { stream, read: () => readFileSync(path, 'utf8') };
}

test('what a disk refuses is tried again from where it stopped, and then goes on the stream', async (t) => {
  const { stream, read } = streamOf(t);
  const said = new Lines();
  const written: string[] = [];
  let room = 2;
  const file = {
    path: 'all.log',
    write: (lines: readonly Buffer[], tell: (count: number) => void): void => {
      for (const [index, line] of lines.entries()) {
        if (room-- === 0) {
          equal(read(), '', 'the file comes first');
          room = 3;
          throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
        }
        written.push(String(line));
        tell(index + 1);
      }
    },
  };
  const writer = new RecordWriter({
    file,
    stream,
    reporter: loggerTo(said),
    unread: () => undefined,
    retryMs: 1,
  });
  const records = Array.from({ length: 7 }, (_, at) => `record ${at}\n`);

  await writer.write(records);

  deepEqual(written, records);
  equal(read(), records.join(''));
  match(said.all[0] ?? '', /^cannot write to all\.log: ENOSPC; nothing is lost yet: make space$/);
});

test('a stream that nobody reads ends it only where there is no file', async (t) => {
  const closed = openSync('/dev/null', 'r');
  t.after(() => closeSync(closed));
  for (const [file, expected] of [
    [undefined, 1],
    [{ path: 'all.log', write: () => undefined }, 0],
  ] as const) {
    let unread = 0;
    const said = new Lines();
    const writer = new RecordWriter({
      file,
      stream: closed,
      reporter: loggerTo(said),
      unread: () => unread++,
    });
    await writer.write(['one\n']);
    await writer.write(['two\n']);
    deepEqual([unread, said.all.length], [expected, 1 - expected]);
  }
});
