/** What a stranger does: install the tarball into an empty project, and follow the README. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COUNTER, leaderOf } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** An installation may download what no cache has yet. */
const PATIENCE_MS = 120_000;
/** The Node.js of this checkout. */
const OURS = process.version.slice(1);

/** The search path without what `npm test` put before the user's own. */
const USERS_PATH = (process.env['PATH'] ?? '')
  .split(delimiter)
  .filter((folder) => !folder.includes('node_modules'))
  .join(delimiter);

/** The Node.js of the user, which is older than ours: clients run there, and replicas say what they need. */
const USERS_ENV: NodeJS.ProcessEnv = { ...process.env, PATH: USERS_PATH, CONCOORD_TOKEN: '' };
// The npm that runs this suite tells its children which project they are in; the user's is another one.
for (const name of Object.keys(USERS_ENV)) {
  if (/^npm_(?:package|lifecycle)_|^npm_config_local_prefix$/.test(name)) delete USERS_ENV[name];
}

interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const folder = mkdtempSync(join(tmpdir(), 'concoord-package-'));
const project = join(folder, 'project');

/** Runs a command as the user, to its end. */
function run(cwd: string, command: string, ...args: string[]): Run {
  const settings = { cwd, env: USERS_ENV, encoding: 'utf8', timeout: PATIENCE_MS } as const;
  const { status, stdout, stderr, error } = spawnSync(command, args, settings);
  if (error !== undefined) throw error;
  return { status, stdout, stderr };
}

function succeed(cwd: string, command: string, ...args: string[]): string {
  const { status, stdout, stderr } = run(cwd, command, ...args);
  equal(status, 0, `${command} ${args.join(' ')}\n${stdout}\n${stderr}`);
  return stdout;
}

/** An empty project with the package as others get it. */
before(() => {
  const packed = succeed(ROOT, 'npm', 'pack', '--silent', '--pack-destination', folder);
  const tarball = packed.trim().split('\n').at(-1) ?? '';
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  succeed(project, 'npm', 'install', '--silent', '--prefer-offline', join(folder, tarball));
});

after(() => rmSync(folder, { recursive: true, force: true }));

/** Starts a command of the package in a group of its own, which ends with the test. */
function npx(t: TestContext, ...args: string[]): ChildProcess {
  const child = spawn('npx', ['concoord', ...args], {
    cwd: project,
    env: USERS_ENV,
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

test('the types say what a proxy can do', () => {
  const program = `${readmeProgram([])}
    const text: string = await new Counter('127.0.0.1').__str__();
    // @ts-expect-error -- it returns a number
    const wrong: string = await new Counter('127.0.0.1').getvalue();
    // @ts-expect-error -- it has no such method
    await new Counter('127.0.0.1').nothing();
    try {
      console.log(text, wrong);
    } catch (error) {
      if (error instanceof ConCoordError) console.log(error.code, error.outcome, error.remedy);
    }
  `;
  writeFileSync(join(project, 'typed.ts'), `import { ConCoordError } from 'concoord';\n${program}`);

  const flags = ['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2023'];
  const types = ['--types', 'node', '--typeRoots', join(ROOT, 'node_modules/@types')];
  const compiler = join(ROOT, 'node_modules/typescript/bin/tsc');
  const { status, stdout } = spawnSync(
    process.execPath,
    [compiler, ...flags, ...types, 'typed.ts'],
    { cwd: project, encoding: 'utf8' },
  );

  equal(status, 0, stdout);
});

test('a newcomer with an older Node.js is told what replicas need, and it helps', async (t) => {
  const version = succeed(project, 'node', '--version').trim();
  match(version, /^v20\./, 'this suite needs Node.js 20 on the path, the oldest one for clients');
  for (const command of ['concoord', 'openreplica']) {
    const { status, stdout, stderr } = run(project, 'npx', '--silent', command, 'replica');
    const said = `needs Node.js 24 or later, and this is ${version.slice(1)}`;
    const remedy = "'npm install node@24' brings it to this project";
    deepEqual([status, stdout, stderr], [1, '', `${command}: ${said}; ${remedy}\n`]);
  }

  succeed(project, 'npm', 'install', '--silent', '--prefer-offline', `node@${OURS}`);

  const ports = await freePorts(3);
  const [first = 0] = ports;
  for (const port of ports) {
    const boot = port === first ? [] : ['-b', `127.0.0.1:${first}`];
    const flags = ['-o', COUNTER, ...boot, '-a', '127.0.0.1', '-p', String(port)];
    const line = await readyLine(npx(t, 'replica', ...flags));
    match(line, new RegExp(`^REPLICA-127\\.0\\.0\\.1:${port} ready, tolerates `));
  }
  await leaderOf(ports);
  writeFileSync(join(project, 'program.js'), readmeProgram(ports));
  const printed = succeed(project, 'node', 'program.js');
  const status = succeed(project, 'npx', 'concoord', 'status', `127.0.0.1:${first}`, '--json');

  t.diagnostic(`clients on Node.js ${version}, replicas on ${OURS}`);
  equal(printed, '2\n1\n');
  equal(JSON.parse(status).members.length, 3);
});

/** A block of code of the tutorial that has these words in it, with other ports. */
function tutorialCode(part: string, ports: readonly number[]): string {
  const tutorial = readFileSync(join(ROOT, 'docs/tutorial.md'), 'utf8');
  const blocks = [...tutorial.matchAll(/```(?:ts|sh)\n([\s\S]*?)```/g)].map(
    ([, code = '']) => code,
  );
  const code = blocks.find((block) => block.includes(part)) ?? '';
  ok(code !== '', part);
  return ports.reduce((text, port, at) => text.replaceAll(String(14_010 + at), `${port}`), code);
}

test('the tutorial, line by line: a class of the user, its replicas, its proxy, a program', async (t) => {
  const ports = await freePorts(3);
  succeed(project, ...words(tutorialCode('isolated-vm', []).split('\n')[1] ?? ''), '--silent');
  writeFileSync(join(project, 'tencounter.ts'), tutorialCode('class TenCounter', []));
  writeFileSync(join(project, 'program.ts'), tutorialCode('tencounterproxy', ports));
  const replicas: ChildProcess[] = [];
  for (const line of tutorialCode('concoord replica', ports).trim().split('\n')) {
    const replica = npx(t, ...words(line).slice(2));
    match(await readyLine(replica), /^REPLICA-\S+ ready, tolerates /);
    replicas.push(replica);
  }
  await leaderOf(ports);

  const made = succeed(project, ...words(tutorialCode('concoord object', []).trim()));
  const program = words(tutorialCode('node program.ts', []).trim());

  match(made, /Client proxy file created with name: .*tencounterproxy\.ts\n$/);
  equal(succeed(project, ...program), '20\n20\n');
  process.kill(-(replicas[0]?.pid as number), 'SIGKILL');
  equal(succeed(project, ...program), '40\n40\n');
});

function words(line: string): [string, ...string[]] {
  const [command = '', ...rest] = line.split(' ');
  return [command, ...rest];
}

test('the package has what it needs, and nothing else', () => {
  const content = join(project, 'node_modules/concoord');

  const names = succeed(content, 'find', '.', '-type', 'f');

  match(names, /^\.\/dist\/cli\/main\.js$/m);
  match(names, /^\.\/dist\/client\/index\.d\.ts$/m);
  match(names, /^\.\/LICENSE$/m);
  equal(/\.test\.|test-kit|\/src\/|(?<!\.d)\.ts$/m.exec(names)?.[0], undefined);
  const { dependencies } = JSON.parse(readFileSync(join(content, 'package.json'), 'utf8'));
  for (const name of Object.keys(dependencies)) {
    equal(existsSync(join(project, 'node_modules', name)), true, name);
  }
});
