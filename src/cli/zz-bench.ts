import { findCode } from './programs.ts';
import { OWN_SHADOW } from '../platform/index.ts';
import { encodeCommand, decodeResult } from '../wire/index.ts';
import { encodeCalls } from '../realm/index.ts';
process.chdir('/tmp/w/own'); const pace = process.argv[2] as any;
const { program } = await findCode('tencounter.TenCounter', { types: [], shadow: OWN_SHADOW });
if (program.kind !== 'bundle') throw new Error();
const world = await program.make(undefined);
const bytes = encodeCommand('increment', []);
for (const size of [1, 16, 64, 256]) {
  const commands = Array.from({ length: size }, (_, i) => ({ slot: 1, index: i, time: 1, seed: 5, session: 1, sequence: i + 1, bytes }));
  const N = Math.ceil(60000 / (size + 10));
  for (let i = 0; i < N / 4; i++) await world.apply(commands, pace);
  const c = process.cpuUsage(), t = performance.now();
  for (let i = 0; i < N; i++) await world.apply(commands, pace);
  const u = process.cpuUsage(c);
  console.log('batch', size, ((performance.now() - t) * 1000 / N).toFixed(1), 'us/batch', ((performance.now() - t) * 1000 / N / size).toFixed(2), 'us/call', ((u.user + u.system) / N / size).toFixed(2), 'cpu us/call');
  const c2 = process.cpuUsage(); const t2 = performance.now();
  for (let i = 0; i < N; i++) encodeCalls(commands);
  console.log('   encode only', ((performance.now() - t2) * 1000 / N / size).toFixed(2));
}
const t = performance.now();
for (let i = 0; i < 200; i++) await world.capture();
console.log('capture', ((performance.now() - t) / 200).toFixed(3), 'ms');
world.end();
