/** Runs in the hub of a lab: three replicas and a client on machines of their own, one side unplugged. */
import { equal, match, ok } from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { outcome } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { Callers } from '../end-to-end/callers.ts';
import { allLevel, COUNTER, eventually, leaderOf, Stage, statusOf } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';

const ONE_CALL = fileURLToPath(new URL('./one-call.ts', import.meta.url));
const PORT = 14_000;

interface Machine {
  readonly name: string;
  readonly address: string;
  readonly space: string;
}

interface Settings {
  readonly hub: string;
  readonly spaces: readonly Machine[];
  readonly rounds: number;
}

/** What one-call.ts prints. */
interface OneCall {
  readonly code: string;
  readonly message: string;
  readonly outcome: string;
  readonly requestId?: string;
  readonly ms: number;
}

const { hub, spaces, rounds } = JSON.parse(process.argv[2] as string) as Settings;
const hosts = spaces.slice(0, 3);
const visitor = spaces[3] as Machine;
const places = hosts.map(({ address }) => `${address}:${PORT}`);

const began = performance.now();

function say(text: string): void {
  console.log(`${Math.round(performance.now() - began)} ms: ${text}`);
}

function plug({ name }: Machine, into: 'one' | 'two'): void {
  execFileSync('ip', ['-n', hub, 'link', 'set', name, 'master', into]);
}

function inside({ space }: Machine): readonly string[] {
  return ['ip', 'netns', 'exec', space];
}

/** One increment from the visitor's machine, which fails. */
async function callInVain(stage: Stage, bootstrap: string): Promise<OneCall> {
  const call = stage.start([bootstrap], { prefix: inside(visitor), main: ONE_CALL });
  await call.ended();
  return JSON.parse(call.stdout) as OneCall;
}

async function unplugLeader(stage: Stage, callers: Callers, replicas: Process[]): Promise<void> {
  const leader = await leaderOf(places);
  const index = places.indexOf(leader.address);
  const lost = hosts[index] as Machine;
  for (const machine of [lost, visitor]) plug(machine, 'two');
  callers.watchGap();
  await callers.more(500);
  say(`longest time without an acknowledged call: ${Math.round(callers.longestGap)} ms`);

  const failed = await callInVain(stage, leader.address);
  say(`in the minority after ${failed.ms} ms: ${failed.code}, ${failed.message}`);
  equal(failed.code, 'NO_QUORUM', failed.message);
  ok(failed.ms < 10_500, `${failed.ms} ms`);
  const status = stage.start(['status', leader.address], { prefix: inside(visitor) });
  equal((await status.ended()).code, 1);
  match(status.stderr, /no majority|no leader is known/);
  match(replicas[index]?.stderr ?? '', /no majority: not heard are/);
  await callers.more(500);

  say('healed');
  for (const machine of [lost, visitor]) plug(machine, 'one');
  await eventually('the lost one follows', async () => {
    const { role, applied } = await statusOf(leader.address);
    return role === 'follower' && applied > leader.applied ? true : undefined;
  });
  say('the lost one follows');
  if (failed.outcome !== 'unknown') return;
  const { applied } = await outcome(callers.proxy, failed.requestId ?? '');
  if (applied) callers.tally.resolved++;
  callers.tally.started++;
}

await using stage = new Stage();
const replicas: Process[] = [];
for (const [index, machine] of hosts.entries()) {
  const boot = index === 0 ? ['-o', COUNTER] : ['-b', places[0] as string];
  const flags = ['-w', '-a', machine.address, ...boot];
  replicas.push(await stage.replica(PORT, flags, { prefix: inside(machine) }));
}
await allLevel(places, 3);
await using callers = new Callers(places.join(', '), { impatient: 8 });
await callers.more(500);
for (let round = 0; round < rounds; round++) await unplugLeader(stage, callers, replicas);
await callers.expectExact();
await allLevel(places, 3);
for (const place of places) {
  await using alone = new Counter(place);
  equal(await alone.getvalue(), callers.tally.expected);
}
