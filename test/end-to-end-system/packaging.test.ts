/** What a stranger does: install the tarball into an empty project, and follow the README. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { TestContext } from 'node:test';
import { COUNTER, leaderOf } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import { firstLine, pack, ROOT, run, startGroup, succeed } from './stranger.ts';

/** The Node.js of this checkout. */
const OURS = process.version.slice(1);

const folder = mkdtempSync(join(tmpdir(), 'concoord-package-'));
const project = join(folder, 'project');

/** An empty project with the package as others get it. */
before(() => {
  const tarball = pack(folder);
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }');
  succeed(project, 'npm', 'install', '--silent', '--prefer-offline', join(folder, tarball));
});

after(() => rmSync(folder, { recursive: true, force: true }));

function npx(t: TestContext, ...args: string[]): ChildProcess {
  return startGroup(t, project, 'npx', 'concoord', ...args);
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
    const line = await firstLine(npx(t, 'replica', ...flags));
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

test('proxies of each type run as plain JavaScript where clients run', async (t) => {
  const [port = 0] = await freePorts(1);
  await firstLine(npx(t, 'replica', '-o', COUNTER, '-p', String(port)));
  const kinds = [...['0', '1', '2', '3'].map((type) => ['-p', type, '--js']), ['--standalone']];
  for (const [at, flags] of kinds.entries()) {
    const made = ['object', '-o', COUNTER, ...flags, '--out', `proxy-${at}`];
    match(succeed(project, 'npx', 'concoord', ...made), /proxy-\d\/counterproxy\.js\n$/);
  }
  const program = `
    for (const at of process.argv.slice(2)) {
      const { Counter } = await import(\`./proxy-\${at}/counterproxy.js\`);
      const c = new Counter('127.0.0.1:${port}');
      const calls = Array.from({ length: 100 }, () => c.increment());
      await c.flush();
      await Promise.all(calls);
      console.log(await c.getvalue());
      await c.close();
    }`;
  writeFileSync(join(project, 'each.js'), program);

  const printed = succeed(project, 'node', 'each.js', ...kinds.map((_, at) => String(at)));

  equal(printed, '100\n200\n300\n400\n500\n');
});

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
