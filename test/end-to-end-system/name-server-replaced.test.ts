/** Members are replaced until nobody of the first is left; who knows only the domain does not notice. */
import { equal, ok } from 'node:assert/strict';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { COUNTER, eventually, Stage } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { NameSpace } from './name-space.ts';
import { sized } from './size.ts';

const DOMAIN = 'counterdomain.test';
const MAIN = fileURLToPath(new URL('./counting.ts', import.meta.url));

/** Waits until it has counted further than now, by so many calls. */
async function countsOn(proxy: Process, calls: number): Promise<void> {
  const last = /counted (\d+)\n$/.exec(proxy.stdout)?.[1] ?? '0';
  await proxy.printed('stdout', new RegExp(`^counted ${Number(last) + calls}$`, 'm'));
}

test('who was given the domain counts on while all members are killed, removed and replaced', async () => {
  await using space = new NameSpace();
  await using stage = new Stage();
  const { prefix } = space;
  stage.surroundings = { prefix };
  const rounds = sized(3, 9);
  const hosts = Array.from({ length: 3 + rounds }, (_, at) => `127.0.0.${at + 1}`);
  const replicas = new Map<string, Process>();
  const start = async (host: string, ...flags: string[]): Promise<void> => {
    const service = ['-n', DOMAIN, '--dns-ttl', '1'];
    const started = stage.start(['replica', '-a', host, '-p', '14000', '-w', ...service, ...flags]);
    replicas.set(host, started);
    await started.printed('stdout', /^NAMESERVER-/m);
  };
  const [first = '', second = '', third = ''] = hosts;
  await start(first, '-o', COUNTER);
  await start(second, '-b', `${first}:14000`);
  await start(third, '-b', `${first}:14000`);
  await space.resolve(DOMAIN, hosts, stage.folder);
  const proxy = stage.start([DOMAIN], { prefix, main: MAIN });
  await countsOn(proxy, 10);

  for (let round = 0; round < rounds; round++) {
    const [lost = '', helper = ''] = hosts.slice(round);
    const next = hosts[round + 3] as string;
    await start(next, '-b', `${helper}:14000`);
    await replicas.get(lost)?.killed();
    const removed = await stage.run('remove', `${helper}:14000`, `${lost}:14000`, '--force');
    equal(removed.code, 0, removed.stderr);
    await countsOn(proxy, 10);
  }
  // Who comes only now finds those who are there, though it was never told of them.
  const late = stage.start([DOMAIN], { prefix, main: MAIN });
  await countsOn(late, 10);

  const members = hosts.slice(rounds).sort().join('\n');
  await eventually('the resolver knows the last three alone', async () => {
    const told = await space.type(`dig +short -t a ${DOMAIN}`);
    return told.trim().split('\n').sort().join('\n') === members ? true : undefined;
  });
  const counted: number[] = [];
  for (const process of [late, proxy]) {
    process.child.stdin?.end();
    const [, calls, value] = await process.printed('stdout', /^in the end (\d+) (\d+)$/m);
    counted.push(Number(calls));
    if (process === proxy) equal(Number(value), (counted[0] as number) + Number(calls));
  }
  ok(counted.every((calls) => calls >= 10));
});
