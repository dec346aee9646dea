/** `openreplica` against real OpenSSH servers: a class that only the operator has. */
import { equal, match, ok } from 'node:assert/strict';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { SshHosts } from './ssh-hosts.ts';
import type { Host } from './ssh-hosts.ts';

test('a class of the operator goes to the nodes with what it imports', async () => {
  await using hosts = new SshHosts();
  for (const name of ['h1', 'h2']) await hosts.add(name);
  hosts.knowAll();
  for (const { name, user } of hosts.hosts.values()) {
    await hosts.run('addnode', name, '--user', user, '--key', 'concoord.pem');
  }
  equal((await hosts.run('setup')).code, 0);
  writeFileSync(join(hosts.folder, 'ten.ts'), 'export const TEN: number = 10;\n');
  writeFileSync(
    join(hosts.folder, 'tencounter.ts'),
    `import { TEN } from './ten.ts';
    export class TenCounter {
      value = 0;
      increment(): void { this.value += TEN; }
      getvalue(): number { return this.value; }
    }`,
  );

  const { code, stderr, stdout } = await hosts.run(
    'replica',
    '-w',
    '-o',
    'tencounter.TenCounter',
    'h1',
    'h2',
  );

  equal(code, 0, stderr);
  match(stdout, /^2 of 2 nodes run a replica$/m);
  const { home } = hosts.hosts.get('h2') as Host;
  const [folder = ''] = readdirSync(join(home, '.concoord', 'replicas'));
  ok(existsSync(join(home, '.concoord', 'replicas', folder, 'data', 'identity')));
  for (const name of ['h1', 'h2']) await hosts.cutPower(name);
  for (const name of ['h1', 'h2']) await hosts.boot(name);
  const again = await hosts.run('replica', '-w', '-o', 'tencounter.TenCounter', 'h1', 'h2');
  equal(again.code, 0, again.stderr);
});
