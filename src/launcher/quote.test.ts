import { deepEqual, equal, throws } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { array, assert as always, constantFrom, oneof, property, string } from 'fast-check';
import { quote, remoteCommand } from './quote.ts';

const SHOW = 'for word do printf "%s\\0" "$word"; done';

function shown(command: string): readonly string[] {
  const { status, stdout } = spawnSync('sh', ['-c', command], { encoding: 'utf8' });
  equal(status, 0);
  return stdout.split('\0').slice(0, -1);
}

test('a real shell gets back every word as it was', () => {
  const unit = constantFrom(...Array.from(' \'"\\$`;&|<>(){}[]*?~!#%=-\n\t\r\u001b\u007faé€😀'));
  const word = oneof(string({ unit }), string({ unit: 'binary' })).map((text) =>
    text.replaceAll('\0', ''),
  );
  always(
    property(array(word, { maxLength: 5 }), (words) => {
      const wellFormed = words.map((one) => Buffer.from(one).toString());
      deepEqual(shown(remoteCommand(SHOW, wellFormed)), wellFormed);
    }),
    { numRuns: 200 },
  );
});

test('words that look like commands and options are words', () => {
  const words = ['a; rm -rf x', '$(exit 7)', '`exit 7`', '-e', '--', '', "'", "'; exit 7; '"];
  deepEqual(shown(remoteCommand(SHOW, words)), words);
});

test('a word with a zero byte cannot be said at all', () => {
  throws(() => quote('a\0b'), { name: 'AssertionError' });
});
