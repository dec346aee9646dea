import { deepEqual, equal, match } from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, mock } from 'node:test';
import { main } from '../../src/cli/main.ts';
import { writeTree } from '../../src/codegen/fixture-test-kit.ts';
import { present } from '../../src/base/index.ts';
import { freePorts } from './ports.ts';

/** The class A of a file, and what is said of it behind the name of the file: place, fact. */
export type Case = readonly [what: string, source: string, said: RegExp];

/** A folder for classes, where both commands look for them. */
export function makeFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-verdicts-'));
  process.env['CONCOORD_PATH'] = folder;
  after(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export interface Verdict {
  readonly code: number;
  /** What it complains of, without the log. */
  readonly said: string;
}

/** In this process: to start eighty of them would take longer than all that they do. */
export async function verdictsOf(
  commands: readonly (readonly string[])[],
): Promise<readonly Verdict[]> {
  const lines: string[] = [];
  const note = (text: unknown): boolean => lines.push(...String(text).split('\n')) > 0;
  const written = mock.method(process.stderr, 'write', note);
  // The test runner writes there as well, and bytes.
  const print = process.stdout.write.bind(process.stdout);
  const printed = mock.method(
    process.stdout,
    'write',
    (text: string | Uint8Array) => typeof text === 'string' || print(text),
  );
  try {
    const run = (words: readonly string[]): Promise<number> => main(['concoord', ...words]);
    const codes = await Promise.all(commands.map(run));
    const complaints = lines.filter((line) => line.startsWith('concoord: '));
    return codes.map((code, index) => {
      // Each class has a module of its own, which every line about it names.
      const [, module = ''] = /^(.*)\.\w+$/.exec(commands[index]?.[2] ?? '') ?? [];
      const own = complaints.filter((line) => new RegExp(`\\b${module}\\.(?:ts|A)\\b`).test(line));
      return { code, said: own.join('\n') };
    });
  } finally {
    written.mock.restore();
    printed.mock.restore();
  }
}

/** So many at once; every replica listens for signals. */
const AT_ONCE = 5;

/** Both commands refuse the classes, in the same words, and nothing is written. */
export async function bothRefuse(folder: string, cases: readonly Case[]): Promise<void> {
  for (let at = 0; at < cases.length; at += AT_ONCE) {
    const some = cases.slice(at, at + AT_ONCE);
    const names = some.map((_, index) => `a${at + index}.A`);
    for (const [index, [, source]] of some.entries()) {
      writeTree(folder, { [`a${at + index}.ts`]: source, 'b.ts': 'export const y = 1;' });
    }
    const ports = await freePorts(some.length);
    const replicas = names.map((name, index) => ['replica', '-o', name, '-p', `${ports[index]}`]);
    const asReplicas = await verdictsOf(replicas);
    const asObjects = await verdictsOf(names.map((name) => ['object', '-o', name]));
    for (const [index, [what, , said]] of some.entries()) {
      const object = present(asObjects[index], 'a verdict for each class');
      deepEqual(object, asReplicas[index], what);
      equal(object.code, 1, what);
      match(object.said, said, what);
      match(object.said, /^concoord: .* \(INVALID_CLASS\)\. \S[^\n]*$/, what);
      equal(existsSync(join(folder, `a${at + index}proxy.ts`)), false, what);
    }
  }
}
