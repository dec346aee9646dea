import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { gunzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { archive, tar } from './archive.ts';
import type { Part } from './archive.ts';

const BLOCK = 512;

interface Entry {
  readonly path: string;
  readonly text: string;
  readonly head: string;
}

/** Reads a tar by the words of POSIX, and nothing of ours. */
function entriesOf(bytes: Uint8Array): readonly Entry[] {
  const all = Buffer.from(bytes);
  const entries: Entry[] = [];
  let at = 0;
  while (all[at] !== 0) {
    const head = all.subarray(at, at + BLOCK);
    const field = (from: number, length: number): string =>
      head.toString('utf8', from, from + length).replace(/\0.*$/s, '');
    const prefix = field(345, 155);
    const size = Number.parseInt(field(124, 12), 8);
    const sum = Number.parseInt(field(148, 8), 8);
    const zeroed = Buffer.from(head).fill(' ', 148, 156);
    equal(
      sum,
      zeroed.reduce((total, byte) => total + byte, 0),
      'the sum of the header',
    );
    equal(head.toString('latin1', 257, 265), 'ustar\x0000');
    const text = all.toString('utf8', at + BLOCK, at + BLOCK + size);
    entries.push({
      path: (prefix === '' ? '' : `${prefix}/`) + field(0, 100),
      text,
      head: head.toString('latin1', 100, 257),
    });
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  deepEqual(all.subarray(at), Buffer.alloc(2 * BLOCK), 'two empty blocks end it');
  return entries;
}

function partOf(path: string, text: string): Part {
  return { path, bytes: Buffer.from(text) };
}

const NAME = fc.stringMatching(/^[a-zé_$@-][a-z0-9._é-]{0,30}$/);
const PARTS = fc
  .uniqueArray(
    fc.tuple(fc.array(NAME, { minLength: 1, maxLength: 5 }), fc.string({ maxLength: 2000 })),
    { selector: ([names]) => names.join('/'), maxLength: 12 },
  )
  .map((all) => all.map(([names, text]) => partOf(names.join('/'), text)));

test('what was put in comes out, in an order that the names decide', () => {
  fc.assert(
    fc.property(PARTS, (parts) => {
      const bytes = tar(parts);

      deepEqual(tar(parts.toReversed()), bytes);
      const found = new Map(entriesOf(bytes).map(({ path, text }) => [path, text]));
      const put = parts.map(({ path, bytes: own }) => [path, Buffer.from(own).toString()] as const);
      deepEqual(found, new Map(put));
    }),
  );
});

test('nothing of the machine or the day is in it', () => {
  const [plain, program] = entriesOf(
    tar([partOf('a', 'text'), { ...partOf('b', 'text'), executable: true }]),
  );

  const rest = '0000000\x000000000\x0000000000004\x0003560116604\x00';
  equal(plain?.head.slice(0, 48), `0000644\x00${rest.slice(0, 40)}`);
  equal(program?.head.slice(0, 8), '0000755\x00');
  const { bytes, sha256 } = archive([partOf('a', 'text')]);
  deepEqual(
    [...bytes.subarray(0, 10)],
    [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 255],
    'no time, no system',
  );
  equal(sha256.length, 64);
  deepEqual(Uint8Array.from(gunzipSync(bytes)), Uint8Array.from(tar([partOf('a', 'text')])));
});

test('long paths are cut where a header allows it, and others are refused', () => {
  const long = `${'folder/'.repeat(20)}${'f'.repeat(100)}`;
  deepEqual(
    entriesOf(tar([partOf(long, '')])).map(({ path }) => path),
    [long],
  );

  throws(() => tar([partOf('f'.repeat(101), '')]), { code: 'TOO_LARGE' });
  throws(() => tar([partOf(`${'folder/'.repeat(40)}f`, '')]), { code: 'TOO_LARGE' });
});

test('a path that leaves the folder, or is there twice, is a defect', () => {
  for (const path of [
    '',
    '/etc/passwd',
    '../a',
    'a/../../b',
    'a//b',
    './a',
    'a/',
    'a\\b',
    'a\0b',
  ]) {
    throws(() => tar([partOf(path, '')]), /stays in the folder/, path);
  }
  throws(() => tar([partOf('a', '1'), partOf('a', '2')]), /no two files/);
});
