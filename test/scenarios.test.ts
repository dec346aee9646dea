/**
 * Stories of the protocol, as texts with recorded output: scenarios/*.txt. The replicas and their
 * hosts are those of the product; network, disks and clocks do what the text says, and no more.
 *
 * `UPDATE=1 npx node --test test/scenarios.test.ts` writes what happened into the texts: read the
 * difference, and be able to say for each line why it is right.
 */
import { equal, match } from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Runner } from './scenarios-kit/commands.ts';
import { readScript, record } from './scenarios-kit/script.ts';

const FOLDER = fileURLToPath(new URL('scenarios/', import.meta.url));

for (const file of readdirSync(FOLDER).toSorted()) {
  const before = readFileSync(FOLDER + file, 'utf8');
  const script = readScript(before);

  test(`${script.title} (scenarios/${file})`, () => {
    match(file, /^[a-z0-9]+(?:-[a-z0-9]+)+\.txt$/, 'a scenario is named as a finding');
    const runner = new Runner();

    const after = record(script, (command) => runner.run(command));

    if (process.env['UPDATE'] === '1') writeFileSync(FOLDER + file, after);
    else equal(after, before);
  });
}
