import { Callers } from './callers.ts';
import { allLevel, bootstrapOf, Stage } from './kit.ts';
import type { Surroundings } from './process.ts';

export interface PowerCutOptions {
  readonly rounds: number;
  /** Acknowledged increments before and after each cut. */
  readonly between: number;
  /** Where each replica runs. */
  readonly surroundings?: Partial<Surroundings>;
}

/** Kills all three replicas at once under load, and starts them again with their own command lines. */
export async function cutPower(options: PowerCutOptions): Promise<Callers> {
  const { rounds, between, surroundings = {} } = options;
  await using stage = new Stage();
  stage.surroundings = surroundings;
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  await using callers = new Callers(bootstrapOf(ports), { impatient: 8 });
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
  return callers;
}
