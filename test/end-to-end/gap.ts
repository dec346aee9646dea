import { Callers } from './callers.ts';
import type { CallersOptions } from './callers.ts';
import { allAlive, bootstrapOf, leaderOf, Stage } from './kit.ts';

export interface Gaps {
  readonly trials: readonly number[];
  readonly least: number;
  readonly median: number;
  readonly most: number;
}

/** How long calls stand still when the leader is killed and comes back (ms); the count is exact. */
export async function measureGaps(
  trials: number,
  flags: readonly string[],
  load: CallersOptions = {},
): Promise<Gaps> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3, ...flags);
  const running = new Map(replicas.map((replica, index) => [ports[index] as number, replica]));
  await using callers = new Callers(bootstrapOf(ports), { readers: 0, ...load });
  const gaps: number[] = [];
  await allAlive(ports, 3);
  await callers.more(200);
  for (let trial = 0; trial < trials; trial++) {
    const { port } = await leaderOf(ports);
    callers.watchGap();
    running.get(port)?.kill();
    await callers.more(500);
    await running.get(port)?.exited;
    const boot = flags.includes('-w') ? [] : ['-b', bootstrapOf(ports)];
    running.set(port, await stage.replica(port, [...flags, ...boot]));
    await allAlive(ports, 3);
    // Its return is watched, too: it must not cost more than its death.
    await callers.more(200);
    gaps.push(callers.longestGap);
  }
  await callers.expectExact();
  const sorted = [...gaps].sort((a, b) => a - b);
  const at = (index: number): number => Math.round(sorted[index] as number);
  return { trials: gaps, least: at(0), median: at(trials >> 1), most: at(trials - 1) };
}
