import { assert } from '../base/index.ts';

/** A word for a POSIX shell, which takes it for nothing but itself. */
export function quote(word: string): string {
  assert(!word.includes('\0'), 'a word of a command has no zero byte');
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

/**
 * What ssh is given to run: a script of ours, and words from outside as its parameters `$1`, `$2` …, so
 * that no word is ever part of a script.
 */
export function remoteCommand(script: string, words: readonly string[] = []): string {
  return ['exec', 'sh', '-c', ...[script, 'concoord', ...words].map(quote)].join(' ');
}
