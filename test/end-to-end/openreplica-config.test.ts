/** `openreplica addsshkey`: what is stored, and what is said of it. */
import { deepEqual, equal } from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Stage } from './kit.ts';
import type { Done } from './kit.ts';

const MAIN = fileURLToPath(new URL('./openreplica.ts', import.meta.url));

test('a key that is not there is stored, with a word that it is missing', async () => {
  await using stage = new Stage();
  const run = async (...args: string[]): Promise<Done> => {
    const env = { HOME: stage.folder, XDG_CONFIG_HOME: join(stage.folder, 'config') };
    const started = stage.start(args, { main: MAIN, env });
    const { code } = await started.ended();
    return { code, stdout: started.stdout, stderr: started.stderr };
  };
  const path = join(stage.folder, '.ssh', 'mine.pem');

  deepEqual(await run('addsshkey', 'mine.pem'), {
    code: 0,
    stdout: 'Adding SSHKEY to CONFIG: mine.pem\n',
    stderr: `openreplica: there is no file ${path} yet: put the key there, or name another one\n`,
  });
  mkdirSync(join(stage.folder, '.ssh'));
  writeFileSync(path, '');
  equal((await run('addsshkey', 'mine.pem')).stderr, '');
  equal((await run('config')).stdout, 'NODES= \nSSH_KEY_FILE= mine.pem\nUSERNAME= \n');
});
