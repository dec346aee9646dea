import { equal } from 'node:assert/strict';
import { Counter } from '../../src/proxy/counter.ts';
import { Callers } from './callers.ts';
import type { CallersOptions } from './callers.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';

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
    const boot = disk === 'disk' ? [] : ['-b', [...alive].map(addressOf).join(',')];
    await stage.replica(port, [...flags, ...boot]);
    alive.add(port);
    await callers.more(between);
  }
  await callers.stop();
  for (const port of ports) {
    await using counter = new Counter(addressOf(port));
    equal(await counter.getvalue(), callers.tally.expected, `through ${port}`);
  }
  await allLevel(ports, count);
}
