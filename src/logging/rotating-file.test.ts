import { deepEqual, equal, throws } from 'node:assert/strict';
import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import * as fc from 'fast-check';
import { readNumbers, RECORD_BEGINS, recordOf } from './ledger.ts';
import { RotatingFile } from './rotating-file.ts';

const TIME = '2026-11-21T08:06:14.356Z';
const LOG = '00112233445566aa';

function folderOf(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-rotation-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function open(path: string, bytes = 1000, keep = 2): RotatingFile {
  return new RotatingFile(path, { bytes, keep }, RECORD_BEGINS);
}

function records(...lines: readonly string[]): readonly Buffer[] {
  return lines.map((line) => Buffer.from(recordOf(TIME, '127.0.0.1:5', line)));
}

test('files have their bound, the oldest goes, and no line is torn or lost on the way', (t) => {
  const folder = folderOf(t);
  let run = 0;
  fc.assert(
    fc.property(
      fc.array(fc.array(fc.nat(300), { maxLength: 10 }), { maxLength: 10 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 0, max: 3 }),
      (batches, bytes, keep) => {
        const path = join(folder, `log${run++}`);
        const all: string[] = [];
        let file = open(path, bytes, keep);
        for (const batch of batches) {
          const lines = records(
            ...batch.map((length, at) => `${all.length + at} ${'x'.repeat(length)}`),
          );
          let told = 0;
          file.write(lines, (count) => (told = count));
          equal(told, lines.length);
          all.push(...lines.map(String));
          // As a daemon that is killed and restarted.
          file.close();
          file = open(path, bytes, keep);
        }
        const texts = file.paths.map((one) => readFileSync(one, 'utf8'));
        file.close();

        equal(texts.length <= keep + 1, true);
        for (const text of texts) {
          equal(text.length <= bytes || text.indexOf('\n') === text.length - 1, true);
        }
        const kept = texts.join('');
        equal(all.join('').endsWith(kept), true, 'the youngest lines, in order');
        if (texts.length <= keep) equal(kept, all.join(''), 'nothing had to go');
      },
    ),
  );
});

test('what is only a part of a line is taken away when the file is opened', (t) => {
  const path = join(folderOf(t), 'log');
  const [first = Buffer.alloc(0)] = records('whole');
  writeFileSync(path, `${String(first)}${TIME} 127.0.0.1:5 hal`);

  open(path).close();

  equal(readFileSync(path, 'utf8'), String(first));
});

test("nobody's other file is touched", (t) => {
  const folder = folderOf(t);
  const path = join(folder, 'letter');
  writeFileSync(path, 'Dear Robbert,\nwe');

  throws(() => open(path), { code: 'INVALID_ARGUMENT' });
  throws(() => open(folder), { code: 'EISDIR' });
  throws(() => open('/dev/null'), { code: 'INVALID_ARGUMENT' });
  symlinkSync(path, join(folder, 'link'));
  throws(() => open(join(folder, 'link')), { code: 'INVALID_ARGUMENT' });
  equal(readFileSync(path, 'utf8'), 'Dear Robbert,\nwe');
});

test('the numbers of its lines are found again in all its files, and only there', (t) => {
  const path = join(folderOf(t), 'log');
  const file = open(path, 300, 3);
  const lineOf = (number: number): string => `{"line":"${LOG}/${number}","time":"${TIME}"}`;
  for (let number = 1; number <= 10; number++) {
    file.write(records(lineOf(number), `said: ${lineOf(99)}`), () => undefined);
  }
  file.write(records(`{"line":"${LOG}/15","dropped":5,"time":""}`), () => undefined);
  file.close();
  appendFileSync(path, `${TIME} 127.0.0.1:5 ${lineOf(16)}`);

  const found: number[] = [];
  readNumbers(file.paths, ({ number, dropped }) => found.push(number, dropped));

  deepEqual(
    file.paths.map((one) => basename(one)),
    ['log.3', 'log.2', 'log.1', 'log'],
  );
  deepEqual(found.slice(-4), [10, 0, 15, 5]);
  equal(found.includes(16), false, 'it has no end, and will be taken away');
  equal(found.includes(99), false, 'somebody else said it');
});
