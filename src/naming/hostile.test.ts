/** Answers in which anything may be wrong, by a seed. */
import { equal, ok } from 'node:assert/strict';
import { isIP } from 'node:net';
import { test } from 'node:test';
import { Random } from '../base/index.ts';
import { domainOf, NameServer } from './name-server-test-kit.ts';
import { NameFailure, Names } from './index.ts';

const ROUNDS = 400;

/** Changes, cuts or lengthens it; the id stays mostly, or nobody would look at the rest. */
function mangled(packet: Buffer, random: Random): Buffer {
  if (random.between(0, 9) === 0) return packet;
  const copy = Buffer.from(packet);
  for (let flips = random.between(1, 8); flips > 0; flips--) {
    copy[random.between(random.between(0, 19) === 0 ? 0 : 2, copy.length - 1)] = random.between(
      0,
      255,
    );
  }
  if (random.between(0, 3) > 0) return copy;
  if (random.between(0, 1) === 0) return copy.subarray(0, random.between(0, copy.length));
  return Buffer.concat([copy, Buffer.alloc(random.between(1, 600), random.between(0, 255))]);
}

test('whatever comes back, there are addresses or a reason, within a bound', async () => {
  const seed = Math.floor(performance.timeOrigin) % 1_000_000;
  const random = new Random(seed);
  await using server = await NameServer.start(
    Array.from({ length: ROUNDS }, (_, at) => domainOf(`d${at}.test`, [1, 2, 3])).flat(),
  );
  server.mangle = (packet) => mangled(packet, random);
  const names = new Names(server.address);

  const answers = await Promise.allSettled(
    Array.from({ length: ROUNDS }, (_, at) =>
      names.find({ kind: 'domain', domain: `d${at}.test` }),
    ),
  );

  const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  for (const { address, port } of found) {
    ok(isIP(address) !== 0 && port >= 1 && port <= 65_535, `seed ${seed}: ${address} ${port}`);
  }
  const failures = answers.filter((one) => one.status === 'rejected');
  for (const { reason } of failures) ok(reason instanceof NameFailure, `seed ${seed}: ${reason}`);
  equal(answers.length, ROUNDS);
  ok(found.length > 0 && failures.length > 0, `seed ${seed}`);
});
