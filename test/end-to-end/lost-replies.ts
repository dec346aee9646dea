import { equal } from 'node:assert/strict';
import { Random } from '../../src/base/index.ts';
import { decodeResponses, FRAME } from '../../src/wire/index.ts';
import { Callers } from './callers.ts';
import type { CallersOptions } from './callers.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, Stage } from './kit.ts';
import { freePorts } from './ports.ts';
import { CLIENT, Network } from './relay.ts';

/** A reply frame is cut off about as often as one in this many passes. */
const ONE_IN = 3;

/**
 * Breaks the connections of clients `cuts` times, each time after a request was taken and before its
 * reply arrives: the client cannot know, and must ask again.
 */
export async function loseReplies(
  cuts: number,
  seed: number,
  load: CallersOptions = {},
): Promise<void> {
  await using stage = new Stage();
  await using network = new Network();
  const ports = await freePorts(3);
  const [first = 0, ...others] = ports;
  await stage.replica(first, ['-o', COUNTER], await network.front(first));
  for (const port of others) {
    await stage.replica(port, ['-b', addressOf(first)], await network.front(port));
  }
  await allLevel(ports, 3);
  await using callers = new Callers(bootstrapOf(ports), { readers: 2, ...load });
  const random = new Random(seed);
  let left = cuts;
  const lost = new Promise<void>((resolve) => {
    network.rule({
      judge: (from, _to, frame, way) => {
        if (from !== CLIENT || way !== 'back' || frame.type !== FRAME.responses) return 'pass';
        const replies = decodeResponses(frame.body).some(({ kind }) => kind === 'reply');
        if (left === 0 || !replies || !random.chance(1, ONE_IN)) return 'pass';
        if (--left === 0) resolve();
        return 'cut';
      },
    });
  });
  await lost;
  await callers.more(200);
  await callers.expectExact();
  equal(callers.tally.acknowledged, callers.tally.started, 'no call failed');
}
