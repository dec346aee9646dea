import { test } from 'node:test';
import { allLevel, bootstrapOf, leaderOf, Stage, statusOf, addressOf, COUNTER } from './kit.ts';
import { freePorts } from './ports.ts';

test('dbg', async () => {
  await using stage = new Stage();
  const [x, a, b] = await freePorts(3) as [number, number, number];
  const px = await stage.replica(x, ['-o', COUNTER, '-w']);
  const pa = await stage.replica(a, ['-b', addressOf(x)]);
  const pb = await stage.replica(b, ['-b', addressOf(x)]);
  const ports = [x, a, b];
  await allLevel(ports, 3);
  await px.killed();
  await leaderOf([a, b]);
  // a fourth keeps the majority
  const [d] = await freePorts(1) as [number];
  await stage.replica(d, ['-b', addressOf(a)]);
  console.log('4 members');
  await pa.killed();
  await stage.replica(a, ['-b', [d, b].map(addressOf).join(',')]);
  console.log('a swapped');
  await pb.killed();
  await stage.replica(b, ['-b', [d, a].map(addressOf).join(',')]);
  console.log('b swapped');
  const back = await stage.start(['replica', '-w', '-p', String(x), '-d']);
  try { await Promise.race([back.printed('stdout', /ready/), new Promise((_, r) => setTimeout(r, 8000, new Error('late')))]); } catch (e) { console.log(e); }
  console.log(back.stdout, back.stderr.slice(0, 3000));
  console.log(JSON.stringify(await statusOf(x)));
  console.log(JSON.stringify((await leaderOf([a, b, d]))));
});
