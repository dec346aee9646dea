import { deepEqual, equal } from 'node:assert/strict';
import { decodeResponses, FRAME } from '../../src/wire/index.ts';
import { invoke, ObjectProxy } from '../../src/client/index.ts';
import { addressOf, allLevel, bootstrapOf, Stage } from './kit.ts';
import { freePorts } from './ports.ts';
import { CLIENT, Network } from './relay.ts';
import { OWN, writeWaitingClasses } from './waiting-classes.ts';

const READERS = 4;

/**
 * Breaks connections of clients `cuts` times just when a reply comes, which is that to a call that waited in
 * half of the cases. Every letter must arrive once all the same.
 */
export async function loseWakeUps(cuts: number): Promise<void> {
  await using stage = new Stage();
  await using network = new Network();
  writeWaitingClasses(stage);
  const ports = await freePorts(3);
  const [first = 0, ...others] = ports;
  await stage.replica(first, ['-o', OWN.mailbox], await network.front(first));
  for (const port of others) {
    await stage.replica(port, ['-b', addressOf(first)], await network.front(port));
  }
  await allLevel(ports, 3);
  await using proxies = new AsyncDisposableStack();
  const open = (): ObjectProxy => proxies.use(new ObjectProxy(bootstrapOf(ports)));
  const writer = open();
  const readers = Array.from({ length: READERS }, open);

  const count = { replies: 0, cuts: 0 };
  network.rule({
    judge: (from, _to, frame, way) => {
      if (from !== CLIENT || way !== 'back' || frame.type !== FRAME.responses) return 'pass';
      if (!decodeResponses(frame.body).some(({ kind }) => kind === 'reply')) return 'pass';
      // Neither the first, nor each: what is sent again must get through at last.
      if (count.cuts === cuts || ++count.replies % 3 !== 0) return 'pass';
      count.cuts++;
      return 'cut';
    },
  });
  const received: number[] = [];
  let sent = 0;
  while (count.cuts < cuts) {
    const letters = readers.map(() => ++sent);
    const taken = readers.map((reader) => invoke<number>(reader, 'take', []));
    for (const letter of letters) await invoke(writer, 'put', [letter]);
    received.push(...(await Promise.all(taken)));
  }

  deepEqual(
    received.sort((a, b) => a - b),
    Array.from({ length: sent }, (_, at) => at + 1),
  );
  equal(await invoke(writer, 'waiting', []), 0);
  equal(await invoke(writer, 'take', [1]), 'nothing');
}
