import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { Intake } from './intake.ts';
import { MAX_LINE_BYTES } from './line.ts';

/** What becomes of bytes that arrive in these pieces. */
function through(bytes: Buffer, sizes: readonly number[]): readonly string[] {
  const intake = new Intake();
  const lines: string[] = [];
  let at = 0;
  for (const size of sizes) {
    lines.push(...intake.take(bytes.subarray(at, at + size)));
    at += size;
  }
  lines.push(...intake.take(bytes.subarray(at)));
  const rest = intake.end();
  return rest === undefined ? lines : [...lines, rest];
}

test('whatever arrives makes the same lines in whatever pieces, and none that could end another one', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)),
    fc.string({ unit: 'grapheme', maxLength: 200 }).map((text) => Buffer.from(text)),
    fc.constantFrom('\n', '\r\n', '\n\n', 'a\tb\n').map((text) => Buffer.from(text)),
  );
  fc.assert(
    fc.property(
      fc.array(bytes, { maxLength: 6 }).map((parts) => Buffer.concat(parts)),
      fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 30 }),
      (all, sizes) => {
        const lines = through(all, sizes);
        deepEqual(lines, through(all, []));
        for (const line of lines)
          equal(/[\p{Cc}\u2028\u2029]/u.test(line.replaceAll('\t', '')), false);
        equal(
          lines.length,
          all.toString('latin1').split('\n').length -
            (all.at(-1) === 10 || all.length === 0 ? 1 : 0),
        );
      },
    ),
  );
});

test('what was JSON stays JSON', () => {
  const said = { message: 'a\u007f\u0085\u2028\u202eb' };

  const [line = ''] = new Intake().take(Buffer.from(`${JSON.stringify(said)}\n`));

  deepEqual(JSON.parse(line), said);
});

test('a line that does not end is cut, once, and what follows it is whole', () => {
  const intake = new Intake();
  const piece = Buffer.alloc(10_000, 'x');
  const lines = Array.from({ length: 1000 }, () => intake.take(piece)).flat();
  lines.push(...intake.take(Buffer.from('xxx\nnext\n')));

  equal(lines.length, 2);
  match(lines[0] ?? '', /^x+ \[cut: the line is too long\]$/);
  equal((lines[0] ?? '').indexOf(' '), MAX_LINE_BYTES);
  equal(lines[1], 'next');
  equal(intake.isWithin, false);
});

test('a line of exactly the bound is not cut, and one more byte is', () => {
  for (const [length, isCut] of [
    [MAX_LINE_BYTES, false],
    [MAX_LINE_BYTES + 1, true],
  ] as const) {
    const [line = ''] = new Intake().take(Buffer.from(`${'x'.repeat(length)}\n`));
    equal(line.endsWith(']'), isCut);
  }
});
