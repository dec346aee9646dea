import { deepEqual, equal, ok } from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { MalformedBytes, Random } from '../src/base/index.ts';
import { FORMATS } from './wire-format-samples.ts';

/**
 * The bytes of version 1, as the first release wrote them. Whatever comes later must still read
 * them; as long as version 1 is what we write, we also write the very same. `UPDATE=1` adds samples
 * that are new, and never changes one that is there.
 */
const FILE = new URL('fixtures/v1/wire.json', import.meta.url);

type Fixtures = Record<string, Record<string, string>>;

function readFixtures(): Fixtures {
  const fixtures = JSON.parse(readFileSync(FILE, 'utf8')) as Fixtures;
  if (process.env['UPDATE'] !== '1') return fixtures;
  for (const [name, { samples, encode }] of Object.entries(FORMATS)) {
    const kept = (fixtures[name] ??= {});
    for (const [title, sample] of Object.entries(samples)) {
      kept[title] ??= Buffer.from(encode(sample)).toString('hex');
    }
  }
  writeFileSync(FILE, `${JSON.stringify(fixtures, undefined, 2)}\n`);
  return fixtures;
}

const fixtures = readFixtures();

test('there is a fixture for every sample, and a sample for every fixture', () => {
  const titles = (formats: Record<string, object>): string[] =>
    Object.entries(formats).flatMap(([name, inside]) =>
      Object.keys(inside).map((t) => `${name} ${t}`),
    );
  const samples = Object.entries(FORMATS).map(([name, format]) => [name, format.samples] as const);

  deepEqual(titles(fixtures).sort(), titles(Object.fromEntries(samples)).sort());
});

for (const [name, { samples, encode, decode }] of Object.entries(FORMATS)) {
  test(`every ${name} of version 1 is read as what it was, and still written so`, () => {
    for (const [title, hex] of Object.entries(fixtures[name] ?? {})) {
      deepEqual(decode(bytesOf(hex)), samples[title], title);
      equal(Buffer.from(encode(samples[title])).toString('hex'), hex, title);
    }
  });

  test(`a damaged ${name} is malformed, or another one, and nothing else`, () => {
    const random = new Random(20_261_121);
    for (const hex of Object.values(fixtures[name] ?? {})) {
      for (let round = 0; round < 300; round++) {
        const bytes = damage(bytesOf(hex), random);
        try {
          decode(bytes);
        } catch (error) {
          ok(
            error instanceof MalformedBytes,
            `${Buffer.from(bytes).toString('hex')}: ${String(error)}`,
          );
        }
      }
    }
    deepEqual(Object.keys(Object.prototype), []);
  });
}

test('bytes of one format given to another are malformed, or one of it, and nothing else', () => {
  const all = Object.values(fixtures).flatMap((titles) => Object.values(titles));
  for (const { decode } of Object.values(FORMATS)) {
    for (const hex of all) {
      try {
        decode(bytesOf(hex));
      } catch (error) {
        ok(error instanceof MalformedBytes, `${hex}: ${String(error)}`);
      }
    }
  }
});

/** A plain array of bytes, which is what the connections hand over. */
function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, 'hex'));
}

/** Changes a few bytes or bits, cuts the end off, or puts a piece in twice. */
function damage(bytes: Uint8Array, random: Random): Uint8Array {
  if (bytes.length === 0) return bytes;
  const at = random.between(0, bytes.length - 1);
  switch (random.between(0, 3)) {
    case 0:
      return bytes.subarray(0, at);
    case 1:
      bytes[at] = random.between(0, 255);
      return bytes;
    case 2:
      bytes[at] = (bytes[at] as number) ^ (1 << random.between(0, 7));
      return bytes;
    default:
      return Uint8Array.of(...bytes.subarray(0, at), ...bytes.subarray(random.between(0, at)));
  }
}
