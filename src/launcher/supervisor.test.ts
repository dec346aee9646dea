/** A supervisor in a process of its own, with a replica that is a script. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { present } from '../base/index.ts';
import type { ReplicaState } from './protocol.ts';
import { makeFolder } from './replica-folder.ts';
import type { Launch, ReplicaFolder, State } from './replica-folder.ts';

const MODULE = JSON.stringify(new URL('./supervisor.ts', import.meta.url).href);
const FOLDERS = JSON.stringify(new URL('./replica-folder.ts', import.meta.url).href);

/** Tells who the members are, and says that it is ready; or does what the files beside it say. */
const REPLICA = `
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
appendFileSync('calls', JSON.stringify([process.pid, ...process.argv.slice(2)]) + '\\n');
if (existsSync('does')) {
  process.stderr.write(readFileSync('does', 'utf8') + '\\n');
  process.exitCode = 1;
  process.disconnect = undefined;
  setImmediate(() => process.exit(1));
} else {
  process.on('SIGTERM', () => process.exit(0));
  process.stdout.write('REPLICA-127.0.0.1:14000 ready, as a script\\n');
  if (existsSync('tells')) {
    const told = JSON.parse(readFileSync('tells', 'utf8'));
    rmSync('tells');
    process.send(told, () => process.kill(process.pid, 'SIGKILL'));
  } else if (!existsSync('silent')) {
    process.send({ leads: true, members: ['127.0.0.1:14000', '127.0.0.1:14001'] });
  }
  setInterval(() => undefined, 1000);
}
`;

const MAIN = `
const { Supervisor } = await import(${MODULE});
const { ReplicaFolder } = await import(${FOLDERS});
const [, folder, root] = process.argv;
process.exitCode = await new Supervisor({
  lockPatienceMs: 100,
  folder: new ReplicaFolder(folder, 'a'), root, version: 'v', kind: 'own',
}).run();
process.exit();
`;

interface Staged {
  readonly folder: ReplicaFolder;
  start(): ChildProcess;
}

function stage(t: TestContext, launch: Partial<Launch> = {}): Staged {
  const root = mkdtempSync(join(tmpdir(), 'concoord-supervisor-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  mkdirSync(join(root, 'bin'));
  writeFileSync(join(root, 'package.json'), '{ "type": "module" }');
  writeFileSync(join(root, 'bin', 'concoord.js'), REPLICA);
  const whole: Launch = {
    format: 1,
    addr: '127.0.0.1',
    port: 14_000,
    args: ['--objectname=x'],
    durable: false,
    order: '',
    ...launch,
  };
  const folder = makeFolder(whole, {}, join(root, 'home'));
  return {
    folder,
    start() {
      const args = ['--input-type=module', '-e', MAIN, folder.path, root];
      const child = spawn(process.execPath, args, { stdio: 'ignore' });
      t.after(() => child.kill('SIGKILL'));
      return child;
    },
  };
}

/** The state when it is one that is waited for. */
async function become(
  folder: ReplicaFolder,
  state: ReplicaState,
  fits: (state: State) => boolean = () => true,
): Promise<State> {
  return new Promise((resolve) => {
    const look = (): void => {
      const now = folder.state;
      if (now?.state !== state || !fits(now)) return;
      watcher.close();
      resolve(now);
    };
    const watcher = watch(folder.path, look);
    look();
  });
}

test('a founder in memory that is killed comes back as a member of what it knew', async (t) => {
  const { folder, ...staged } = stage(t);
  const supervisor = staged.start();
  const first = await become(folder, 'ready', ({ members }) => members.length === 2);
  equal(first.role, 'leader');
  const [begun] = callsOf(folder);
  const [pid, ...args] = present(begun, 'a call');
  deepEqual(args, ['replica', '--objectname=x', '-a', '127.0.0.1', '-p', '14000']);

  process.kill(pid, 'SIGKILL');
  const second = await become(folder, 'ready', ({ restarts }) => restarts === 1);
  match(second.said, /^REPLICA-/);
  deepEqual(callsOf(folder)[1]?.slice(-2), ['-b', '127.0.0.1:14001']);

  supervisor.kill('SIGTERM');
  deepEqual(await once(supervisor, 'exit'), [0, null]);
  equal(folder.report().state, 'stopped');
  match(readFileSync(folder.log, 'utf8'), /starts concoord replica .*\nREPLICA-.*ready/s);
});

test('whoever is killed right after it told of a member comes back through that one', async (t) => {
  const { folder, ...staged } = stage(t);
  const told = { leads: false, members: ['127.0.0.1:14000', '127.0.0.1:14002'] };
  tellAndDie(folder, told);
  staged.start();

  const { members } = await become(folder, 'ready', ({ restarts }) => restarts === 1);

  deepEqual(members, told.members);
  deepEqual(callsOf(folder)[1]?.slice(-2), ['-b', '127.0.0.1:14002']);
});

for (const told of [
  null,
  'members',
  {},
  { members: ['127.0.0.1:14002'] },
  { leads: 'yes', members: ['127.0.0.1:14002'] },
  { leads: true, members: '127.0.0.1:14002' },
  { leads: true, members: [14_002] },
  { leads: true, members: [] },
]) {
  test(`of what a replica tells, ${JSON.stringify(told)} says nothing`, async (t) => {
    const { folder, ...staged } = stage(t);
    tellAndDie(folder, told);
    staged.start();

    const { members } = await become(folder, 'ready', ({ restarts }) => restarts === 1);

    deepEqual(members, []);
  });
}

test('the replica ends with its supervisor, and the next one goes on', async (t) => {
  const { folder, ...staged } = stage(t, { durable: true });
  const supervisor = staged.start();
  await become(folder, 'ready', ({ members }) => members.length === 2);
  equal(folder.supervisorPid(), supervisor.pid);
  supervisor.kill('SIGKILL');
  await once(supervisor, 'exit');
  equal(folder.supervisorPid(), undefined);
  equal(folder.report().state, 'dead');

  staged.start();
  await become(folder, 'ready', () => callsOf(folder).length === 2);
  const [, ...args] = callsOf(folder)[1] ?? [];
  deepEqual(args.slice(-4), ['-b', '127.0.0.1:14001', '--data-dir', folder.data]);
});

test('one that cannot be helped is given up, with its last word', async (t) => {
  const { folder, ...staged } = stage(t);
  writeFileSync(
    join(folder.path, 'does'),
    'concoord: no such class (INVALID_CLASS). Name another.',
  );
  const supervisor = staged.start();
  deepEqual(await once(supervisor, 'exit'), [1, null]);
  const { said, state } = folder.report();
  equal(state, 'failed');
  match(said, /INVALID_CLASS/);
});

test('a founder whose instance lives on joins it, whatever its log says behind its last word', async (t) => {
  const { folder, ...staged } = stage(t);
  const word =
    'concoord: it was a member of x, which lives on at 127.0.0.1:14001 (INSTANCE_EXISTS). Join it.';
  writeFileSync(join(folder.path, 'does'), `${word}\n{"level":"warn","message":"refused b"}`);
  staged.start();

  const { said } = await become(folder, 'waiting', ({ restarts }) => restarts === 2);

  equal(said, word);
  deepEqual(callsOf(folder)[1]?.slice(-2), ['-b', '127.0.0.1:14001']);
});

test('of two supervisors of one replica the second leaves', async (t) => {
  const { folder, ...staged } = stage(t);
  staged.start();
  await become(folder, 'ready');
  const second = staged.start();
  const [code] = (await once(second, 'exit')) as [number];
  equal(code, 1);
  equal(callsOf(folder).length, 1);
});

/** Makes the replica tell this and be killed, and tell nothing when it comes back. */
function tellAndDie(folder: ReplicaFolder, told: unknown): void {
  writeFileSync(join(folder.path, 'tells'), JSON.stringify(told));
  writeFileSync(join(folder.path, 'silent'), '');
}

/** Of all starts of the replica: its process id, and its arguments. */
function callsOf(folder: ReplicaFolder): readonly (readonly [number, ...string[]])[] {
  const lines = readFileSync(join(folder.path, 'calls'), 'utf8').trim().split('\n');
  return lines.map((line) => JSON.parse(line) as [number, ...string[]]);
}
