import { test } from 'node:test';
import { allLevel, bootstrapOf, leaderOf, Stage, statusOf, addressOf, COUNTER } from './kit.ts';
import { freePorts } from './ports.ts';

test('dbg', async () => {
  await using stage = new Stage();
  const ports = await freePorts(5);
  const [x, ...rest] = ports as [number, ...number[]];
  const px = await stage.replica(x, ['-o', COUNTER, '-w']);
  const procs = await Promise.all(rest.map((p) => stage.replica(p, ['-b', addressOf(x)])));
  await allLevel(ports, 5);
  await px.killed();
  await leaderOf(rest);
  for (const [i, p] of rest.entries()) {
    await procs[i]!.killed();
    await stage.replica(p, ['-b', rest.filter((o) => o !== p).map(addressOf).join(',')]);
    console.log('swapped', p);
  }
  const back = await stage.start(['replica', '-w', '-p', String(x), '-d']);
  try { await Promise.race([back.printed('stdout', /ready/), new Promise((_, r) => setTimeout(r, 8000, new Error('late')))]); } catch (e) { console.log(e); }
  console.log(back.stdout, back.stderr.slice(0, 3000));
  console.log(JSON.stringify(await statusOf(x)));
  console.log(JSON.stringify((await leaderOf(rest))));
});
