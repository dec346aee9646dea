import { deepEqual, equal, match } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stage } from './kit.ts';
import type { Done } from './kit.ts';

const MAIN = fileURLToPath(new URL('./openreplica.ts', import.meta.url));
const HOSTS = 'a1 r1\na2 r1\nb1 r2\nb2 r2\nc1 r3\n';

async function place(stage: Stage, ...args: string[]): Promise<Done> {
  const env = { XDG_CONFIG_HOME: stage.folder };
  const started = stage.start(['place', ...args], { main: MAIN, env });
  const { code } = await started.ended();
  return { code, stdout: started.stdout, stderr: started.stderr };
}

test('hosts of a file are chosen, each with what it shares', async () => {
  await using stage = new Stage();
  const file = join(stage.folder, 'hosts');
  writeFileSync(file, HOSTS);
  const first = await place(stage, '-k', '4', '--hosts', file);
  deepEqual(first, {
    code: 0,
    stdout:
      'a1  shares no failure group with those before it\n' +
      'b1  shares no failure group with those before it\n' +
      'c1  shares no failure group with those before it\n' +
      'a2  shares r1 with a1\n',
    stderr: '',
  });
  const { stdout } = await place(stage, '-k', '1', '--hosts', file, '--taken', 'a1,b1', '--json');
  deepEqual(JSON.parse(stdout), { chosen: [{ host: 'c1', groups: ['r3'], shared: [] }] });
});

test('without a file they are the nodes of the configuration', async () => {
  await using stage = new Stage();
  mkdirSync(join(stage.folder, 'concoord'), { mode: 0o700 });
  const file = join(stage.folder, 'concoord', 'openreplica.cfg');
  const sections = '[NODE x]\ngroups = g\n[NODE y]\ngroups = g\n';
  writeFileSync(file, `[ENVIRONMENT]\nnodes = y,x\n${sections}`, { mode: 0o600 });
  const { stdout } = await place(stage, '-k', '2');
  equal(stdout, 'x  shares no failure group with those before it\ny  shares g with x\n');
  const many = await place(stage);
  equal(many.code, 2);
  match(many.stderr, /^openreplica: 5 hosts are wanted, and there are 2 .*addnode.*\n$/);
});

test('what makes no sense is refused in one line', async () => {
  await using stage = new Stage();
  const file = join(stage.folder, 'hosts');
  writeFileSync(file, 'a;reboot r1\n');
  const wrong: readonly (readonly [RegExp, ...string[]])[] = [
    [/-k "0": write a number/, '-k', '0'],
    [/-k "1e3"/, '-k', '1e3'],
    [/line 1 of the hosts: "a;reboot" is no host name/, '--hosts', file],
    [/cannot be read: ENOENT/, '--hosts', join(stage.folder, 'none')],
    [/cannot be read: EISDIR/, '--hosts', stage.folder],
    [/--taken "z" is no known host/, '--taken', 'z'],
  ];
  const all = await Promise.all(wrong.map(([, ...args]) => place(stage, ...args)));
  for (const [index, { code, stderr }] of all.entries()) {
    match(stderr, /^openreplica: [^\n]+\n$/);
    match(stderr, (wrong[index] as readonly [RegExp])[0]);
    equal(code, 2);
  }
});
