import { Callers } from './callers.ts';
import type { CallersOptions } from './callers.ts';
import { allLevel, bootstrapOf, Stage } from './kit.ts';

export interface PowerCutOptions {
  readonly rounds: number;
  /** Acknowledged increments before and after each cut. */
  readonly between: number;
  /** The environment of each replica, which writes somewhere under `folder`. */
  readonly env?: (folder: string) => NodeJS.ProcessEnv;
  readonly load?: CallersOptions;
}

/** Kills all three replicas at once under load, and starts them again with their own command lines. */
export async function cutPower(options: PowerCutOptions): Promise<void> {
  const { rounds, between, env, load } = options;
  await using stage = new Stage();
  if (env !== undefined) stage.surroundings = { env: env(stage.folder) };
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  await using callers = new Callers(bootstrapOf(ports), { impatient: 8, ...load });
  let running = replicas;
  for (let round = 0; round < rounds; round++) {
    await callers.more(between);
    for (const replica of running) replica.kill();
    await Promise.all(running.map(({ exited }) => exited));
    running = await Promise.all(ports.map((port) => stage.replica(port, ['-w'])));
    await callers.more(between);
    await callers.expectExact();
    callers.resume();
  }
  await callers.expectExact();
  await allLevel(ports, 3);
}
