import { deepEqual, equal, match, rejects, throws } from 'node:assert/strict';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { FakeNodes } from './nodes-test-kit.ts';
import { loginTo, runRemote, sshArguments } from './ssh.ts';

test('a login has the words of the node, else those of all nodes', () => {
  const all = { username: 'ec2-user', sshKeyFile: 'concoord.pem', nodes: [] };
  const login = loginTo({ host: 'a.example', groups: [] }, all);
  const args = sshArguments(login, 'true');
  deepEqual(args.slice(-7), [
    '-l',
    'ec2-user',
    '-i',
    join(homedir(), '.ssh', 'concoord.pem'),
    '--',
    'a.example',
    'true',
  ]);
  equal(args.includes('BatchMode=yes'), true);
  equal(
    args.some((word) => word.startsWith('StrictHostKeyChecking')),
    false,
    'as the user has it',
  );
  const own = { host: 'a', user: 'u', sshKeyFile: '/k/100%', port: 2222, groups: [] };
  const other = sshArguments(loginTo(own, all), 'true');
  deepEqual(other.slice(-9, -3), ['-p', '2222', '-l', 'u', '-i', '/k/100%%']);
});

test('what was no host or user before is none at the last moment, either', () => {
  const login = {
    host: '-oProxyCommand=x',
    user: undefined,
    sshKeyFile: undefined,
    port: undefined,
  };
  throws(() => sshArguments(login, 'true'), { code: 'INVALID_ARGUMENT' });
  throws(() => sshArguments({ ...login, host: 'a', user: '-l' }, 'true'), {
    code: 'INVALID_ARGUMENT',
  });
});

test('a script runs on the node, with its words and its input, and its exit code comes back', async () => {
  using nodes = new FakeNodes('h1');
  const words = ["it's", '$(exit 9)', '; exit 9'];
  const script = 'cat; printf "<%s>" "$@"; echo more >&2; exit 7';
  const done = await runRemote(nodes.login('h1'), script, words, { input: 'in\n' });
  equal(done.code, 7);
  match(done.stdout, /in\n<it's><\$\(exit 9\)><; exit 9>$/);
  equal(done.stderr, 'more\n');
});

test('lines are heard one by one', async () => {
  using nodes = new FakeNodes('h1');
  const lines: string[] = [];
  await runRemote(nodes.login('h1'), 'echo a; printf "b\\nc"', [], {
    onLine: (line) => lines.push(line),
  });
  deepEqual(lines.slice(1), ['a', 'b', 'c']);
});

test('each trouble of a link is called by its name, with what to do', async () => {
  using nodes = new FakeNodes();
  const cases = [
    ['Host key verification failed.', 'host-key', /not known here/, /ssh h1; .*--accept-new/],
    [
      '@@@ REMOTE HOST IDENTIFICATION HAS CHANGED! @@@\nHost key verification failed.',
      'host-key',
      /not the one/,
      /-R h1/,
    ],
    [
      'a@h1: Permission denied (publickey).',
      'denied',
      /does not let us log in/,
      /addsshkey, addusername/,
    ],
    [
      'ssh: connect to host h1 port 22: Connection timed out',
      'unreachable',
      /timed out/,
      /it is up/,
    ],
    ['\u001b[2Jodd', 'unreachable', /h1: \?\[2Jodd$/, /it is up/],
    ['', 'unreachable', /ssh failed/, /it is up/],
  ] as const;
  for (const [words, trouble, fact, remedy] of cases) {
    nodes.says('h1', words);
    await rejects(
      runRemote(nodes.login('h1'), 'true'),
      (error: Error & { remedy: string; trouble: string }) => {
        equal(error.trouble, trouble);
        match(error.message, fact);
        match(error.remedy, remedy);
        return true;
      },
    );
  }
});

test('a node that says nothing for too long, or never stops to speak, is given up', async () => {
  using nodes = new FakeNodes('h1');
  const login = nodes.login('h1');
  await rejects(runRemote(login, 'exec sleep 1000', [], { patienceMs: 300 }), { trouble: 'late' });
  await rejects(runRemote(login, 'exec yes'), {
    code: 'REMOTE_NODE',
    message: /more than \d+ char/,
  });
});

test('without ssh on this machine, that is said', async () => {
  using nodes = new FakeNodes('h1');
  process.env['PATH'] = nodes.folder;
  await rejects(runRemote(nodes.login('h1'), 'true'), { trouble: 'no-ssh', message: /no ssh/ });
});
