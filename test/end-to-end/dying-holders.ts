/** Programs that are killed while they hold a lock or wait for it, and leaders that are killed beside. */
import { equal, ok } from 'node:assert/strict';
import { Random } from '../../src/base/index.ts';
import { bootstrapOf, Stage } from './kit.ts';
import { LeaderKiller } from './leader-killer.ts';
import { Puppet } from './puppets.ts';
import type { Done } from './puppets.ts';

const LEASED = { leaseMs: 2000 } as const;
const PLACES = 4;

export interface DyingOptions {
  /** So often somebody dies. */
  readonly deaths: number;
  readonly leaders: number;
  readonly seed: number;
}

/** What is seen of the lock from outside, in the order in which it is seen. */
class Book {
  /** Who has it and has not given it back. The dead have it no more. */
  readonly inside = new Set<Puppet>();
  #fence = 0n;

  async enter(puppet: Puppet, { at, value: fence }: Done<bigint>): Promise<void> {
    ok(fence > this.#fence, `fence ${fence} after ${this.#fence}`);
    this.#fence = fence;
    const others = [...this.inside].filter(({ process }) => process.running);
    this.inside.add(puppet);
    for (const other of others) {
      // On a machine that stands still for a while, it may have lost it; then it has said so before.
      await other.turn();
      ok(other.hasLost(), 'two have the lock, and the first of them knows of nothing');
      const lost = await other.lost();
      ok(lost.at < at, `lost at ${lost.at}, and another has it at ${at}`);
    }
  }
}

/**
 * Four programs take turns at a lock. Now and then one dies: while it holds the lock, or waits for it, by
 * chance; another takes its place. Nobody has the lock with another, nobody waits for ever, fences grow.
 */
export async function dyingHolders({ deaths, leaders, seed }: DyingOptions): Promise<void> {
  await using stage = new Stage();
  const deadly = Array.from({ length: leaders }, (_, at) =>
    Math.floor(((at + 0.5) * deaths) / leaders),
  );
  const object = 'concoord.object.lock.Lock';
  const killer = await LeaderKiller.around(stage, object, { disk: true, rounds: deadly });
  const random = new Random(seed);
  const book = new Book();
  const toll = { dead: 0 };
  const goesOn = (): boolean => toll.dead < deaths;

  const die = async (puppet: Puppet): Promise<void> => {
    toll.dead++;
    await puppet.process.killed();
  };
  /** Until it dies, or enough have died. */
  const live = async (puppet: Puppet): Promise<void> => {
    while (goesOn()) {
      await killer.pass(toll.dead);
      const holding = puppet.hold();
      holding.catch(() => undefined);
      if (random.chance(1, 12)) {
        // It waits, or is about to.
        await puppet.turn();
        return die(puppet);
      }
      await book.enter(puppet, await holding);
      if (random.chance(1, 8)) return die(puppet);
      book.inside.delete(puppet);
      await puppet.release();
    }
    await puppet.close();
  };
  const place = async (): Promise<void> => {
    while (goesOn()) await live(await Puppet.with(stage, bootstrapOf(killer.ports), LEASED));
  };
  await Promise.all(Array.from({ length: PLACES }, place));

  ok(!goesOn());
  equal(killer.kills, leaders);
  await killer.over();
  const last = await Puppet.with(stage, bootstrapOf(killer.ports), LEASED);
  await book.enter(last, await last.hold());
  await last.release();
}
