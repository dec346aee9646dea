import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { EARLY_TIERS } from './early-tiers.ts';

test('V8 has the flags by which it compiles early, and later defaults', () => {
  const options = execFileSync(process.execPath, ['--v8-options'], { encoding: 'utf8' });
  for (const [flag, count] of Object.entries(EARLY_TIERS)) {
    const known = new RegExp(`default: --${flag}=(\\d+)`).exec(options);
    assert.ok(known?.[1] !== undefined, `V8 knows --${flag}`);
    assert.ok(Number(known[1]) > count, `--${flag} is ${known[1]} without us`);
  }
});
