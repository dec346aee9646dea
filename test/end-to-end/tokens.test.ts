/** An instance with a token: who has it is served, and nobody else; and it is written nowhere. */
import { deepEqual, doesNotMatch, equal, match, rejects } from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, bootstrapOf, COUNTER, Stage } from './kit.ts';
import type { Done } from './kit.ts';
import { freePort, freePorts } from './ports.ts';
import type { Process } from './process.ts';

const SECRET = 'ohNeiN2aed9bo4Chaem1';
const NOT_IT = 'Wai9eichu4Oozahz3ahj';
const RIGHT = { env: { CONCOORD_TOKEN: SECRET } };

/** A file with a token that only its owner reads. */
function fileOf(stage: Stage, token: string, name = 'token'): string {
  const path = join(stage.folder, name);
  writeFileSync(path, `${token}\n`, { mode: 0o600 });
  return path;
}

async function endOf(started: Process): Promise<Done> {
  const { code } = await started.ended();
  return { code, stdout: started.stdout, stderr: started.stderr };
}

function expectRefusal({ code, stdout, stderr }: Done, why: RegExp): void {
  const last = stderr.trimEnd().split('\n').at(-1) ?? '';
  match(last, why);
  match(last, /^concoord: .+ \(UNAUTHORIZED\)\. \S/);
  doesNotMatch(stderr, /^\s+at /m, 'no stack');
  deepEqual([code, stdout], [1, '']);
}

/** Every form in which a careless program would leave it. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  const hashed = createHash('sha256').update(bytes);
  return [
    secret,
    bytes.toString('base64').slice(0, 24),
    bytes.toString('hex'),
    hashed.digest('hex'),
  ];
}

function expectNoTrace(stage: Stage): void {
  const printed = stage.processes.flatMap(({ stdout, stderr }) => [stdout, stderr]);
  const files = readdirSync(stage.folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.startsWith('token'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
  equal(files.length > 0, true, 'there are files to look into');
  for (const text of [...printed, ...files]) {
    for (const form of [...formsOf(SECRET), ...formsOf(NOT_IT)]) equal(text.includes(form), false);
  }
}

test('replicas, calls and restarts with the token, and everybody else refused', async () => {
  await using stage = new Stage();
  const ports = await freePorts(3);
  const [one = 0, two = 0, three = 0] = ports;
  const file = ['--token-file', fileOf(stage, SECRET)];
  await stage.replica(one, ['-w', '-o', COUNTER, ...file]);
  const second = await stage.replica(two, ['-w', '-b', addressOf(one)], RIGHT);
  await stage.replica(three, ['-w', '-b', addressOf(two), ...file]);

  await using c = new Counter(bootstrapOf(ports), { token: SECRET });
  await c.increment();
  await using stranger = new Counter(bootstrapOf(ports));
  await using guesser = new Counter(bootstrapOf(ports), { token: NOT_IT });
  const asked = performance.now();
  const refused = { code: 'UNAUTHORIZED', outcome: 'not-applied', remedy: /option token/ } as const;
  await rejects(stranger.increment(), { ...refused, message: /none was given$/ });
  await rejects(guesser.increment(), { ...refused, message: /is not that of the instance$/ });
  equal(performance.now() - asked < 5000, true, 'nothing waited for a majority');

  second.kill('SIGTERM');
  equal((await second.ended()).code, 0);
  const again = ['replica', '-w', '-p', String(two)];
  const [without, wrong] = [
    await stage.run(...again),
    stage.start(again, { env: { CONCOORD_TOKEN: NOT_IT } }),
  ];
  expectRefusal(without, /has a token, and none was given/);
  expectRefusal(await endOf(wrong), /has a token, and another one was given/);
  await stage.replica(two, ['-w'], RIGHT);

  await c.increment();
  equal(await c.getvalue(), 2);
  expectNoTrace(stage);
});

test('who joins without the token, or with another one, is told at once', async () => {
  await using stage = new Stage();
  const [one = 0, open = 0] = await freePorts(2);
  await stage.replica(one, ['-w', '-o', COUNTER], RIGHT);
  await stage.replica(open, ['-o', COUNTER]);
  const joinAt = async (at: number, ...more: string[]): Promise<Done> =>
    stage.run('replica', '-b', addressOf(at), '-p', String(await freePort()), ...more);

  expectRefusal(await joinAt(one), /127\.0\.0\.1:\d+: the instance asks for a token, and none was/);
  const other = ['--token-file', fileOf(stage, NOT_IT)];
  expectRefusal(
    await joinAt(one, ...other),
    /the token that was given is not that of the instance/,
  );
  const unasked = await joinAt(open, ...other);
  expectRefusal(unasked, /a token was given, and the instance at \S+ has none/);
  match(unasked.stderr, /only who founds an instance gives it a token/);
  expectNoTrace(stage);
});

test('operators need the token, too, and a file that everybody can read is warned of', async () => {
  await using stage = new Stage();
  const [one = 0, two = 0] = await freePorts(2);
  const path = fileOf(stage, SECRET);
  const right = ['--token-file', path];
  const wrong = ['--token-file', fileOf(stage, NOT_IT, 'token-of-another')];
  await stage.replica(one, ['-o', COUNTER, '-w'], RIGHT);
  await stage.replica(two, ['-b', addressOf(one), '-w'], RIGHT);
  const at = addressOf(one);
  const commands = [
    ['status', at],
    ['members', at],
    ['transfer', at],
    ['remove', at, addressOf(two), '--force'],
  ];

  for (const command of commands) {
    expectRefusal(
      await stage.run(...command),
      /: the instance asks for a token, and none was given/,
    );
    expectRefusal(await stage.run(...command, ...wrong), /is not that of the instance/);
  }
  for (const command of commands)
    equal((await stage.run(...command, ...right)).code, 0, command[0]);

  const variable = stage.start(['status', at, '--json'], RIGHT);
  equal((await variable.ended()).code, 0);
  chmodSync(path, 0o644);
  const warned = await stage.run('members', at, ...right);
  match(warned.stderr, /^concoord: everybody on this machine can read .*token: chmod 600 it$/m);
  equal(warned.code, 0);
  expectNoTrace(stage);
});

test('a client takes the token from its environment, unless it is told another one', async () => {
  await using stage = new Stage();
  const port = await freePort();
  await stage.replica(port, ['-o', COUNTER], RIGHT);

  process.env['CONCOORD_TOKEN'] = SECRET;
  await using c = new Counter(addressOf(port));
  await using told = new Counter(addressOf(port), { token: NOT_IT });
  process.env['CONCOORD_TOKEN'] = NOT_IT;
  await using right = new Counter(addressOf(port), { token: SECRET });
  delete process.env['CONCOORD_TOKEN'];

  await c.increment();
  await rejects(told.increment(), { code: 'UNAUTHORIZED' });
  equal(await right.getvalue(), 1);
});

test('what protects from mistakes works with a token: a forgotten -b, and a recovery too early', async () => {
  await using stage = new Stage();
  stage.surroundings = RIGHT;
  const { ports, replicas } = await stage.instance(3);
  const [founder = 0, , third = 0] = ports;
  await using c = new Counter(bootstrapOf(ports), { token: SECRET });
  await c.increment();
  const kept = await freePort();
  const last = await stage.replica(kept, ['-b', addressOf(third), '-w']);
  await c.increment();

  await replicas[0]?.killed();
  const again = await stage.run('replica', '-p', String(founder), '-o', COUNTER);
  equal(await c.getvalue(), 2);
  await last.killed();
  stage.surroundings = {};
  const path = join('concoord-data', `127.0.0.1-${kept}`);
  const recovery = await stage.run('recover', '--data-dir', path, '--force');

  equal(again.code, 1);
  match(again.stderr, /which lives on at \S+ \(INSTANCE_EXISTS\)\. Join it: start with -b /);
  equal(recovery.code, 1, recovery.stdout);
  match(recovery.stderr, /members of instance \S+ are alive: .* \(INSTANCE_EXISTS\)/);
  expectNoTrace(stage);
});
