/** Ready-made objects on real replicas, and the example of docs/library.md. */
import { deepEqual, equal, ok, rejects } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { close, KeyError } from '../../src/client/index.ts';
import { Bank } from '../../src/proxy/bank.ts';
import { MeshMembership } from '../../src/proxy/meshmembership.ts';
import { RateLimiter } from '../../src/proxy/ratelimiter.ts';
import { SharedMap } from '../../src/proxy/sharedmap.ts';
import { addressOf, bootstrapOf, leaderOf, Stage } from './kit.ts';
import { freePort } from './ports.ts';

const PAGE = readFileSync(new URL('../../docs/library.md', import.meta.url), 'utf8');
const PROXIES = new URL('../../src/proxy/', import.meta.url).href;
const MAP = 'concoord.object.sharedmap.SharedMap';

test('the example of docs/library.md prints what stands there', async () => {
  const [, flags = ''] = /```sh\nnpx concoord replica (.*) -p 14000\n```/.exec(PAGE) ?? [];
  const [, program = ''] = /```ts\n([^]*?)```/.exec(PAGE) ?? [];
  const [, printed] = /```text\n([^]*?)```/.exec(PAGE) ?? [];
  await using stage = new Stage();
  const port = await freePort();
  await stage.replica(port, flags.split(' '));
  const file = join(stage.folder, 'colours.ts');
  const here = program.replace(/'concoord\/proxy\/(\w+)'/, `'${PROXIES}$1.ts'`);
  writeFileSync(file, here.replace('14000', String(port)));

  const { stdout } = await promisify(execFile)(process.execPath, [file]);
  equal(stdout, printed);
});

test('a bank outlives its leader, and has a method of the name close', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instanceOf('concoord.object.bank.Bank', 3);
  const bank = new Bank(bootstrapOf(ports));
  try {
    for (const name of ['ann', 'bob', 'old']) equal(await bank.open(name), true);
    equal(await bank.close('old'), true);
    equal(await bank.deposit('ann', 100.1), 100.1);
    const paid = Array.from({ length: 100 }, () => bank.transfer('ann', 'bob', 0.1));
    const { address } = await leaderOf(ports);
    replicas[ports.findIndex((port) => addressOf(port) === address)]?.kill('SIGKILL');

    ok((await Promise.all(paid)).every(Boolean));
    equal(await bank.balance('bob'), 10);
    equal(await bank.debit('ann', 90.11), false);
    await rejects(bank.balance('old'), KeyError);
  } finally {
    await close(bank);
  }
});

test('entries, their versions and their ends are there again after a restart from the disk', async () => {
  await using stage = new Stage();
  const port = await freePort();
  const first = await stage.replica(port, ['-o', MAP, '-w']);
  await using map = new SharedMap(addressOf(port));
  const version = await map.set(['k', 1n], { deep: new Map([[1, [new Date(7)]]]) });
  await map.set('short', 1, { ttlMs: 1 });
  await map.set('long', 2, { ttlMs: 3_600_000 });
  first.kill('SIGKILL');
  await first.ended();
  await stage.replica(port, ['-w']);

  equal(await map.get('short'), undefined);
  deepEqual(await map.keys(), [['k', 1n], 'long']);
  equal(await map.compareAndSet(['k', 1n], version, 'next'), 4);
});

test('a rate is one for all clients, by the time of the log', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf('concoord.object.ratelimiter.RateLimiter', 2);
  await using one = new RateLimiter(bootstrapOf(ports));
  await using other = new RateLimiter(bootstrapOf(ports));
  await one.__concoordinit__(5, 1, 3_600_000);
  const attempts = Array.from({ length: 10 }, (_, at) => (at % 2 ? one : other).tryAcquire());

  equal((await Promise.all(attempts)).filter(Boolean).length, 5);
  ok((await other.waitMs()) > 3_000_000);
});

test('whoever waits for the next epoch of a group is told by another program', async () => {
  await using stage = new Stage();
  const { ports } = await stage.instanceOf('concoord.object.meshmembership.MeshMembership', 2);
  await using mesh = new MeshMembership(bootstrapOf(ports));
  await using other = new MeshMembership(bootstrapOf(ports));
  await mesh.add_group('g', 3);
  equal(await mesh.wait('g', 1, { timeoutMs: 20 }), false);
  const told = mesh.wait('g', 1);

  deepEqual(await other.approve_join('g', ['10.0.0.1', 7], 1), [true, 2]);
  deepEqual(await told, [[['10.0.0.1', 7]], 2]);
});
