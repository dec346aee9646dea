import { constants, createContext, runInContext } from 'node:vm';
import { loadClass, realmText } from '../loading/index.ts';
import { encodeCommand } from '../wire/index.ts';
import { encodeCalls } from '../realm/index.ts';
process.chdir('/tmp/w/own');
const b = await loadClass('tencounter.TenCounter', { paths: [], directory: '/tmp/w/own' });
if (process.argv[2]) console.log(b.code);
const context = createContext(constants.DONT_CONTEXTIFY);
const start = runInContext(await realmText(), context, {filename: 'realm.js'}) as any;
const realm = start(b.code, JSON.stringify({ name: b.name, exported: 'TenCounter', methods: b.methods }));
const bytes = encodeCommand('increment', []);
const commands = Array.from({ length: 128 }, (_, i) => ({ slot: 1, index: i, time: 1, seed: 5, session: 1, sequence: i + 1, bytes }));
realm.begin(); const batch = encodeCalls(commands);
for (let k = 0; k < 3; k++) {
  const t = performance.now();
  for (let i = 0; i < 1000; i++) realm.apply(batch);
  console.log(((performance.now() - t) * 1000 / 1000 / 128).toFixed(2), 'us/call');
}
