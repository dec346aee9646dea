import { equal } from 'node:assert/strict';
import { Counter } from '../../src/proxy/counter.ts';
import { Callers } from './callers.ts';
import type { CallersOptions } from './callers.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';
import type { Process } from './process.ts';

/** With the very same command. */
async function startAgain(stage: Stage, dead: Process, port: number): Promise<void> {
  const again = stage.start(dead.args);
  await again.printed('stdout', new RegExp(`^REPLICA-\\S+:${port} ready`, 'm'));
}

/**
 * Kills the leader of `count` replicas as often as a majority stays, with increments between; then starts
 * the dead again, each on its old port, and asks each alone for the count.
 *
 * @param between Acknowledged increments between two kills.
 */
export async function failOver(
  count: number,
  between: number,
  disk: 'disk' | 'memory',
  load: CallersOptions = {},
): Promise<void> {
  await using stage = new Stage();
  const flags = disk === 'disk' ? ['-w'] : [];
  const { ports, replicas } = await stage.instance(count, ...flags);
  await allLevel(ports, count);
  await using callers = new Callers(bootstrapOf(ports), { impatient: 8, ...load });
  const alive = new Set(ports);
  const dead: number[] = [];
  for (let kills = 0; kills < (count - 1) / 2; kills++) {
    await callers.more(between);
    const { port } = await leaderOf([...alive]);
    await replicas[ports.indexOf(port)]?.killed();
    alive.delete(port);
    dead.push(port);
    await callers.more(between);
    await callers.expectExact();
    callers.resume();
  }
  for (const port of dead) {
    if (disk === 'disk') await startAgain(stage, replicas[ports.indexOf(port)] as Process, port);
    else await stage.replica(port, ['-b', [...alive].map(addressOf).join(',')]);
    alive.add(port);
    const read = callers.tally.beginRead();
    await using alone = new Counter(addressOf(port));
    read(await alone.getvalue());
    await callers.more(between);
  }
  await callers.stop();
  for (const port of ports) {
    await using counter = new Counter(addressOf(port));
    equal(await counter.getvalue(), callers.tally.expected, `through ${port}`);
  }
  await allLevel(ports, count);
}
