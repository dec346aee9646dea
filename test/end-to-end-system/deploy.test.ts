/** The unit for systemd and the container, with the words that stand in their files. */
import { equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { COUNTER, Stage, statusOf } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { freePorts } from '../end-to-end/ports.ts';
import { need, needRoot } from './needs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PROGRAM = join(ROOT, 'test/end-to-end/concoord.ts');
const INSTALLED = '/opt/concoordserver/bin/concoord.js';
const UNIT = join(ROOT, 'deploy/systemd/concoord@.service');

function readUnit(key: string): string {
  const [, value] = new RegExp(`^${key}=(.*)$`, 'm').exec(readFileSync(UNIT, 'utf8')) ?? [];
  ok(value !== undefined, key);
  return value;
}

/** As systemd does: `${A}` is one word, `$A` as many as it has, `%i` the name of the instance. */
function expand(
  line: string,
  instance: string,
  variables: Readonly<Record<string, string>>,
): string[] {
  const valueOf = (name: string): string => variables[name] ?? '';
  return line.split(/\s+/).flatMap((word) => {
    const [, alone] = /^\$(\w+)$/.exec(word) ?? [];
    if (alone !== undefined) return valueOf(alone).split(/\s+/);
    const filled = word.replaceAll(/\$\{(\w+)\}/g, (_, name: string) => valueOf(name));
    return [filled.replaceAll('%i', instance)];
  });
}

test('systemd has nothing to say of the unit, and little is exposed', async () => {
  need('systemd-analyze', 'systemd');
  await using stage = new Stage();
  const unit = join(stage.folder, 'concoord@14000.service');
  const text = readFileSync(UNIT, 'utf8');
  // The programs that it names are not installed here.
  writeFileSync(unit, text.replace('/usr/bin/node', process.execPath));
  const verified = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  equal(verified.stderr, '');
  equal(verified.status, 0);

  const words = ['security', '--offline=yes', '--no-pager', '--threshold=20', unit];
  const judged = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
  equal(judged.status, 0, judged.stdout.split('\n').slice(-3).join('\n'));

  writeFileSync(unit, `${text}\nExecStrat=/bin/true\n`);
  const wrong = spawnSync('systemd-analyze', ['verify', unit], { encoding: 'utf8' });
  match(wrong.stderr, /ExecStrat/, 'it would have');
});

test('what the unit starts founds and joins, and ends at SIGTERM within its time', async () => {
  await using stage = new Stage();
  const [one, two] = (await freePorts(2)) as [number, number];
  const start = async (port: number, args: string): Promise<Process> => {
    const state = join(stage.folder, String(port));
    mkdirSync(state);
    const given = { STATE_DIRECTORY: state, CONCOORD_ADDR: '127.0.0.1', CONCOORD_ARGS: args };
    const [node, program, ...words] = expand(readUnit('ExecStart'), String(port), given);
    equal(node, '/usr/bin/node');
    equal(program, INSTALLED);
    const started = stage.start(words);
    await started.printed('stdout', /^REPLICA-\S+ ready/m);
    return started;
  };
  const founder = await start(one, `-o ${COUNTER}`);
  const joiner = await start(two, `-b 127.0.0.1:${one},127.0.0.1:${two}`);
  const { members } = await statusOf(one);
  ok(members.length === 2 && members.every(({ durable }) => durable));

  const patienceMs = 1000 * Number(readUnit('TimeoutStopSec'));
  for (const replica of [founder, joiner]) {
    replica.kill('SIGTERM');
    equal((await replica.ended(patienceMs)).code, 0);
  }
  // The founder gets the words of a joiner then, and goes on from its directory.
  const words = expand(readUnit('ExecStart'), String(one), {
    STATE_DIRECTORY: join(stage.folder, String(one)),
    CONCOORD_ADDR: '127.0.0.1',
    CONCOORD_ARGS: `-b 127.0.0.1:${two}`,
  });
  const again = stage.start(words.slice(2));
  await again.printed('stderr', /continues instance/);
});

test('wrong usage ends with what the unit does not restart', async () => {
  await using stage = new Stage();
  const given = { STATE_DIRECTORY: stage.folder, CONCOORD_ADDR: '0.0.0.0', CONCOORD_ARGS: '' };
  const words = expand(readUnit('ExecStart'), '14000', given);
  const { code } = await stage.run(...words.slice(2));
  equal(String(code), readUnit('RestartPreventExitStatus'));
});

/** The words in brackets behind an instruction of the last stage. */
function instruction(name: string): readonly string[] {
  const text = readFileSync(join(ROOT, 'deploy/docker/Dockerfile'), 'utf8').replaceAll('\\\n', ' ');
  const stage = text.split(/^FROM /m).at(-1) ?? '';
  const [, words] = new RegExp(`^${name}\\b[^[\n]*(\\[.*\\])$`, 'm').exec(stage) ?? [];
  ok(words !== undefined, name);
  return JSON.parse(words) as string[];
}

/** The first process of a space of its own, which sees no others, with a name of its own. */
function contain(stage: Stage, host: string, args: readonly string[]): Process {
  const hosts = join(stage.folder, 'hosts');
  writeFileSync(hosts, `127.0.0.1 localhost\n127.88.1.1 ${host}\n`);
  const spaces = ['--fork', '--kill-child', '--pid', '--mount-proc', '--uts', '--mount'];
  const script = 'mount --bind "$0" /etc/hosts && hostname "$1" && shift && exec "$@"';
  const prefix = ['unshare', ...spaces, 'sh', '-c', script, hosts, host];
  return stage.start(args, { prefix });
}

test('as the first process of a container a replica ends at SIGTERM, and says how it is', async () => {
  need('unshare', 'util-linux');
  need('nsenter', 'util-linux');
  needRoot('it makes a process the first one of a space of its own');
  await using stage = new Stage();
  const host = `c${process.pid}`;
  const entry = instruction('ENTRYPOINT');
  equal(entry.join(' '), 'concoord');
  const run = ['replica', '-w', '--data-dir', join(stage.folder, 'replica'), '-a', host];
  const container = contain(stage, host, [...run, '-p', '14000', '-o', COUNTER]);
  await container.printed('stdout', new RegExp(`^REPLICA-${host}:14000 ready`, 'm'));
  const children = readFileSync(`/proc/${container.pid}/task/${container.pid}/children`, 'utf8');
  const first = children.trim();
  match(readFileSync(`/proc/${first}/status`, 'utf8'), /^NSpid:\s+\d+\s+1$/m);

  // `concoord` of the image.
  const bin = join(stage.folder, 'concoord');
  writeFileSync(bin, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`, { mode: 0o755 });
  const env = { PATH: `${stage.folder}:${process.env['PATH']}` };
  const [shell = '', flag = '', words = ''] = instruction('HEALTHCHECK');
  const prefix = ['nsenter', '--target', first, '--all'];
  const health = stage.start([words], { prefix, engine: shell, main: flag, env });
  equal((await health.ended()).code, 0, health.stderr);
  equal(health.stdout, `${host}:14000 is ready: leader\n`);

  process.kill(Number(first), 'SIGTERM');
  equal((await container.ended()).code, 0);
  match(container.stderr, /asked to stop: handing over/);
});
