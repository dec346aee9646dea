/** Whatever surrounds a process, and however much its engine compiles, classes of users do the same. */
import { deepEqual, equal } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { ENVIRONMENTS } from './environments.ts';
import { Stage } from './kit.ts';

const RUN = fileURLToPath(new URL('varied-run.ts', import.meta.url));
const CALLS = 3000;

test(`${CALLS} calls in other zones and languages have the same results and states`, async () => {
  await using stage = new Stage();
  const flags = [[], ['--no-opt', '--no-sparkplug', '--no-maglev'], ['--always-sparkplug']];
  const runs = flags.map((node, at) =>
    stage.start([String(CALLS)], { main: RUN, node, env: ENVIRONMENTS[at] ?? {} }),
  );
  for (const run of runs) equal((await run.ended()).code, 0, run.stderr);

  const [lines = [], ...others] = runs.map(({ stdout }) => stdout.trim().split('\n'));
  equal(lines.length, CALLS / 500);
  equal(new Set(lines).size, lines.length);
  for (const other of others) deepEqual(other, lines);
});

test('these zones and languages do make a difference to programs', () => {
  const show = 'console.log(String(new Date(0)), new Intl.NumberFormat().format(1e6))';
  const said = ENVIRONMENTS.map((env) =>
    execFileSync(process.execPath, ['-e', show], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    }),
  );

  equal(new Set(said).size, ENVIRONMENTS.length);
});
