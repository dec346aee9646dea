import { deepEqual, doesNotMatch, equal, match } from 'node:assert/strict';
import { join } from 'node:path';
import { Counter } from '../../src/proxy/counter.ts';
import { addressOf, allLevel, bootstrapOf, leaderOf, Stage } from './kit.ts';
import type { Process } from './process.ts';

export interface Scene {
  readonly stage: Stage;
  readonly ports: readonly number[];
  readonly replicas: readonly Process[];
  readonly counter: Counter;
  /** The directory of a replica. */
  readonly directory: (port: number) => string;
  /** Of a replica that does not lead, with its process. */
  readonly follower: { readonly port: number; readonly process: Process };
}

/** Three replicas with disks that have counted to 1; afterwards the count must be there, and all level. */
export async function withThree(story: (scene: Scene) => Promise<number>): Promise<void> {
  await using stage = new Stage();
  const { ports, replicas } = await stage.instance(3, '-w');
  await allLevel(ports, 3);
  await using counter = new Counter(bootstrapOf(ports));
  await counter.increment();
  const directory = (port: number): string =>
    join(stage.folder, 'concoord-data', `127.0.0.1-${port}`);
  const { port: leader } = await leaderOf(ports);
  const port = ports.find((other) => other !== leader) as number;
  const process = replicas[ports.indexOf(port)] as Process;
  const follower = { port, process };
  const count = await story({ stage, ports, replicas, counter, directory, follower });
  equal(await counter.getvalue(), count);
  await allLevel(ports, 3);
  for (const each of ports) {
    await using alone = new Counter(addressOf(each));
    equal(await alone.getvalue(), count);
  }
}

/** It ends with one line that says why, before it was ever ready. */
export async function expectRefused(process: Process, why: RegExp): Promise<void> {
  equal((await process.ended()).code, 1);
  const [line = '', ...more] = process.stderr.match(/^concoord: .*$/gm) ?? [];
  match(line, why);
  deepEqual(more, [], 'one line');
  doesNotMatch(process.stderr, /^\s+at /m, 'no stack');
  doesNotMatch(process.stdout, /ready/);
}
