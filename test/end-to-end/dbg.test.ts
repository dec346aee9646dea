import { test } from 'node:test';
import { allLevel, Stage, statusOf } from './kit.ts';

for (let i = 0; i < 14; i++) test('dbg', async () => {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(5);
  const t = performance.now();
  try { await Promise.race([allLevel(ports, 5), new Promise((_, r) => setTimeout(r, 5000, new Error('late')))]); 
  console.log('level after', performance.now() - t);
  } catch (e) { console.log(e);
    for (const r of replicas) if (!r.running) console.log("DEAD", r.child.exitCode, r.child.signalCode, r.stdout, r.stderr);
    
    throw e;
  }
});
