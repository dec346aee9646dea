import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { checkHost, checkKeyFile, checkUser, ConfigFile, keyPath, parseGroups } from './config.ts';

function empty(t: TestContext): ConfigFile {
  const root = mkdtempSync(join(tmpdir(), 'concoord-launcher-'));
  t.after(() => rmSync(root, { recursive: true }));
  return new ConfigFile({ XDG_CONFIG_HOME: root });
}

test('what is registered is found again, in the order in which it came', (t) => {
  const config = empty(t);
  deepEqual(config.read(), { username: undefined, sshKeyFile: undefined, nodes: [] });

  equal(config.setKeyFile('concoord.pem'), true);
  equal(config.setKeyFile('concoord.pem'), false);
  equal(config.setUsername('ec2-user'), true);
  equal(config.setUsername('ec2-user'), false);
  const first = { host: 'ec2-54-186-26-155.us-west-2.compute.amazonaws.com', groups: [] };
  const second = { host: '::1', user: 'a', sshKeyFile: '/k/b', port: 2222, groups: ['f1', 'f0'] };
  equal(config.addNode(first), true);
  equal(config.addNode(second), true);
  equal(config.addNode(second), false);

  const known = { ...second, groups: ['f0', 'f1'] };
  const rest = { username: 'ec2-user', sshKeyFile: 'concoord.pem' };
  deepEqual(config.read(), { ...rest, nodes: [first, known] });
  match(readFileSync(config.path, 'utf8'), /^nodes = ec2-54-\S+,::1$/m);

  equal(config.addNode({ ...first, groups: ['f2'] }), true, 'it has other groups now');
  deepEqual(config.read().nodes, [{ ...first, groups: ['f2'] }, known]);
  equal(config.removeNode(first.host), true);
  equal(config.removeNode(first.host), false);
  deepEqual(config.read().nodes, [known]);
});

test('the file of the original is understood', (t) => {
  const config = empty(t);
  config.setUsername('a');
  writeFileSync(
    config.path,
    '[ENVIRONMENT]\nnodes = a.example, b.example,\nssh_key_file =\nusername = ec2-user\n',
  );
  deepEqual(config.read(), {
    username: 'ec2-user',
    sshKeyFile: undefined,
    nodes: [
      { host: 'a.example', groups: [] },
      { host: 'b.example', groups: [] },
    ],
  });
});

test('what would be an option, a command or no name at all is refused', () => {
  const hosts = ['-oProxyCommand=x', '', ' ', 'a b', 'a;rm', 'a\nb', '$(x)', 'a`x`', 'a@b', '..'];
  for (const host of [...hosts, 'é', 'a/b', 'a,b', '[a', 'a%h', 'a'.repeat(254), '.a', 'a-']) {
    throws(() => checkHost(host), { code: 'INVALID_ARGUMENT' }, host);
  }
  for (const host of ['a', 'a-1.b_c', '10.0.0.1', 'fe80::1', 'example.org.'])
    equal(checkHost(host), host);
  for (const user of ['-l', '', 'a b', 'a;b', '$x', 'a\n', '`a`']) {
    throws(() => checkUser(user), { code: 'INVALID_ARGUMENT' }, user);
  }
  equal(checkUser('ec2-user'), 'ec2-user');
  for (const name of ['', '-i', 'a\nb', 'a\u0000', '${HOME}/x', 'a'.repeat(2000)]) {
    throws(() => checkKeyFile(name), { code: 'INVALID_ARGUMENT' }, name);
  }
  for (const groups of ['', ',', 'a,,b', 'a b', '-a', 'a;b', 'a'.repeat(65)]) {
    throws(() => parseGroups(groups), { code: 'INVALID_ARGUMENT' }, groups);
  }
  deepEqual(parseGroups('f1, f0,f1'), ['f0', 'f1']);
});

test('a file that says such things is refused by its name', (t) => {
  const config = empty(t);
  config.setUsername('a');
  for (const line of ['nodes = a;rm', 'nodes = -oX', 'username = -l', 'ssh_key_file = -i']) {
    writeFileSync(config.path, `[ENVIRONMENT]\n${line.replace(';', '\\;')}\n`);
    throws(() => config.read(), { code: 'SETTINGS', message: /openreplica\.cfg: "/ }, line);
    throws(() => config.addNode({ host: 'b', groups: [] }), { code: 'SETTINGS' });
  }
});

test('a key is looked for beside the other ones of the user', () => {
  equal(keyPath('concoord.pem'), join(homedir(), '.ssh', 'concoord.pem'));
  equal(keyPath('/keys/a'), '/keys/a');
});
