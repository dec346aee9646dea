import { deepEqual, equal, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { BlockingReturn, UnblockingReturn } from './blocking.ts';
import { commandOf } from './roster.ts';

test('a wait takes a time and what is received when it is over, and no other options', () => {
  const given = { timeoutMs: 4, otherwise: 'nothing' };
  deepEqual(Object.entries(new BlockingReturn(given)), Object.entries(given));
  equal(new BlockingReturn().otherwise, false);
  equal(new BlockingReturn({ timeoutMs: undefined }).timeoutMs, undefined);

  const options = 'the options of BlockingReturn are { timeoutMs, otherwise }';
  const refused = (wrong: unknown, message: string): void =>
    throws(() => new BlockingReturn(wrong as never), { name: 'TypeError', message });
  refused({ timeout: 4 }, `there is no option timeout: ${options}`);
  refused({ timeoutMs: 4, Otherwise: 1 }, `there is no option Otherwise: ${options}`);
  for (const wrong of [4, '4']) refused(wrong, `${options}, not ${typeof wrong}`);
  refused(null, `${options}, not null`);
  refused([], `${options}, not a list`);
  for (const timeoutMs of [0, -1, NaN, '4']) {
    throws(() => new BlockingReturn({ timeoutMs } as never), RangeError);
  }
});

test('who is woken is a Map from commands, or a list of them, and nothing else', () => {
  const [one, two] = [commandOf(1, 1), commandOf(2, 1)];
  const wokenBy = (woken: unknown): unknown => new UnblockingReturn('value', woken as never).woken;
  deepEqual(wokenBy(undefined), []);
  deepEqual(wokenBy(new Map([[one, 'a']])), [[one, 'a']]);
  const both = [one, two].map((command) => [command, true]);
  for (const list of [
    [one, two],
    new Set([one, two]),
    new Map([
      [1, one],
      [2, two],
    ]).values(),
  ]) {
    deepEqual(wokenBy(list), both);
  }

  const rule = 'woken is a Map from commands to what each gets, or a list of commands';
  for (const given of [-1, 'x', {}, true, 1n]) {
    throws(() => wokenBy(given), { name: 'TypeError', message: `${rule}, not ${typeof given}` });
  }
  throws(() => wokenBy(null), { name: 'TypeError', message: `${rule}, not null` });
  const command = 'a command is what _concoord_command gets, not';
  for (const given of ['k', 1, undefined, {}]) {
    const refused = { name: 'TypeError', message: `${rule}: ${command} ${typeof given}` };
    throws(() => wokenBy([one, given]), refused);
    throws(() => wokenBy(new Map([[given, 1]])), refused);
  }
});
