/** What a stranger does: install the tarball into an empty project, and follow the README. */
import { equal, match } from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COUNTER, leaderOf } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** The search path without what `npm test` put before the user's own. */
const USERS_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** The Node.js of the user, which may be older than ours: clients run there. */
const USERS_ENV = { ...process.env, PATH: USERS_PATH, CONCOORD_TOKEN: '' };
/** Replicas need ours. */
const OUR_ENV = { ...USERS_ENV, PATH: [dirname(process.execPath), USERS_PATH].join(delimiter) };

/** An empty project with the package as others get it. */
function install(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-package-'));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const run = (command: string, args: readonly string[], cwd: string): string =>
    execFileSync(command, args, { cwd, env: USERS_ENV, encoding: 'utf8' });
  const packed = run('npm', ['pack', '--silent', '--pack-destination', folder], ROOT);
  const tarball = packed.trim().split('\n').at(-1) ?? '';
  const project = join(folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  run('npm', ['install', '--silent', '--prefer-offline', join(folder, tarball)], project);
  return project;
}

/** Starts a command of the package in a group of its own, which ends with the test. */
function npx(t: TestContext, project: string, ...args: string[]): ChildProcess {
  const child = spawn('npx', ['concoord', ...args], {
    cwd: project,
    env: OUR_ENV,
    stdio: ['ignore', 'pipe', 'ignore'],
    detached: true,
  });
  t.after(async () => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    process.kill(-(child.pid as number), 'SIGKILL');
    await ended;
  });
  return child;
}

async function readyLine(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    if (text.includes('\n')) break;
  }
  return text;
}

/** The program in the README that uses the Counter, with other ports and with what it shows printed. */
function readmeProgram(ports: readonly number[]): string {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const program = /```ts\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  match(program, /concoord\/proxy\/counter/);
  return ports.reduce(
    (text, port, index) => text.replaceAll(`:${14_000 + index}`, `:${port}`),
    program,
  );
}

test('the README can be followed with the package alone', async (t) => {
  const project = install(t);
  const ports = await freePorts(3);
  const [first = 0] = ports;
  for (const port of ports) {
    const boot = port === first ? [] : ['-b', `127.0.0.1:${first}`];
    const flags = ['-o', COUNTER, ...boot, '-a', '127.0.0.1', '-p', String(port)];
    const line = await readyLine(npx(t, project, 'replica', ...flags));
    match(line, new RegExp(`^REPLICA-127\\.0\\.0\\.1:${port} ready, tolerates `));
  }
  await leaderOf(ports);

  writeFileSync(join(project, 'program.js'), readmeProgram(ports));
  const printed = execFileSync('node', ['program.js'], {
    cwd: project,
    env: USERS_ENV,
    encoding: 'utf8',
    timeout: 30_000,
  });
  const status = execFileSync('npx', ['concoord', 'status', `127.0.0.1:${first}`, '--json'], {
    cwd: project,
    env: OUR_ENV,
    encoding: 'utf8',
  });

  const users = execFileSync('node', ['--version'], { env: USERS_ENV, encoding: 'utf8' });
  t.diagnostic(`clients on Node.js ${users.trim()}, replicas on ${process.version}`);
  equal(printed, '2\n1\n');
  equal(JSON.parse(status).members.length, 3);
});

test('the package has what it needs, and nothing else', (t) => {
  const project = install(t);
  const folder = join(project, 'node_modules/concoord');

  const names = execFileSync('find', ['.', '-type', 'f'], { cwd: folder, encoding: 'utf8' });

  match(names, /^\.\/dist\/cli\/main\.js$/m);
  match(names, /^\.\/dist\/client\/index\.d\.ts$/m);
  match(names, /^\.\/LICENSE$/m);
  equal(/\.test\.|test-kit|\/src\/|(?<!\.d)\.ts$/m.exec(names)?.[0], undefined);
  const { dependencies } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    equal(existsSync(join(project, 'node_modules', name)), true, name);
  }
});
