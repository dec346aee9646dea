import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { LineNumber } from './line.ts';
import { numberOf } from './line.ts';

/** What a daemon writes: when a line arrived, from where, and the line. */

/** What stands in the place of an address where the daemon itself speaks. */
export const DAEMON = 'logdaemon';

export const RECORD_BEGINS = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \S+ /;

const READ_BYTES = 4 * 1024 * 1024;
/** Of older files so much is looked at: what is not confirmed yet was written a moment ago. */
const MOST_BYTES = 256 * 1024 * 1024;
const NUMBERED =
  /^\d{4}-[\d:.T-]+Z \S+ (\{"line":"[0-9a-f]{16}\/\d{1,15}",(?:"dropped":\d{1,15},)?)/gm;

export function recordOf(arrived: string, source: string, line: string): string {
  return `${arrived} ${source} ${line}\n`;
}

/** Reads the numbers of the lines in these files, which are given from the oldest on. */
export function readNumbers(paths: readonly string[], found: (number: LineNumber) => void): void {
  let left = MOST_BYTES;
  const wanted: string[] = [];
  for (const path of paths.toReversed()) {
    if (left <= 0) break;
    left -= statSync(path).size;
    wanted.unshift(path);
  }
  for (const path of wanted) readFile(path, found);
}

function readFile(path: string, found: (number: LineNumber) => void): void {
  const file = openSync(path, 'r');
  try {
    const block = Buffer.alloc(READ_BYTES);
    let rest = '';
    for (;;) {
      const count = readSync(file, block, 0, block.length, null);
      if (count === 0) return;
      // What is looked for is ASCII; the rest is not looked at.
      const text = rest + block.toString('latin1', 0, count);
      const end = text.lastIndexOf('\n') + 1;
      rest = text.slice(end);
      for (const [, head = ''] of text.slice(0, end).matchAll(NUMBERED)) {
        const number = numberOf(head);
        if (number !== undefined) found(number);
      }
    }
  } finally {
    closeSync(file);
  }
}
