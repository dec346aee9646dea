/** Three programs that wait for one another, round after round, while leaders die. */
import { deepEqual, equal, ok } from 'node:assert/strict';
import { bootstrapOf, Stage } from './kit.ts';
import { LeaderKiller } from './leader-killer.ts';
import { Puppet } from './puppets.ts';
import { OWN, writeWaitingClasses } from './waiting-classes.ts';

export interface RoundsOptions {
  readonly rounds: number;
  /** In how many of them the leader is killed. */
  readonly kills: number;
  readonly disk?: boolean;
}

/** A proxy in one of three client processes. */
interface Party {
  readonly number: number;
  readonly call: <T>(method: string, args?: readonly unknown[]) => Promise<T>;
}

interface Scene {
  readonly parties: readonly Party[];
  readonly rounds: number;
  /** Every party takes all rounds, and the leaders die meanwhile. */
  readonly play: (take: (party: Party, round: number) => Promise<void>) => Promise<void>;
}

const PROGRAMS = 3;

async function withParties(
  object: string,
  count: number,
  { disk = true, kills, rounds }: RoundsOptions,
  story: (scene: Scene) => Promise<void>,
): Promise<void> {
  await using stage = new Stage();
  writeWaitingClasses(stage);
  const deadly = Array.from({ length: kills }, (_, at) =>
    Math.floor(((at + 0.5) * rounds) / kills),
  );
  const killer = await LeaderKiller.around(stage, object, { disk, rounds: deadly });
  const puppets = Array.from({ length: PROGRAMS }, () => new Puppet(stage));
  const parties = await Promise.all(
    Array.from({ length: count }, async (_, number): Promise<Party> => {
      const puppet = puppets[number % PROGRAMS] as Puppet;
      const proxy = `party-${number}`;
      await puppet.open(proxy, bootstrapOf(killer.ports));
      return {
        number,
        call: async <T>(method: string, args: readonly unknown[] = []) =>
          (await puppet.callThrough<T>(proxy, method, args)).value,
      };
    }),
  );
  const play: Scene['play'] = async (take) => {
    await Promise.all(
      parties.map(async (party) => {
        for (let round = 0; round < rounds; round++) {
          await killer.pass(round);
          await take(party, round);
        }
      }),
    );
  };
  await story({ parties, rounds, play });
  equal(killer.kills, kills);
  await killer.over();
}

/** Those between acquire and release, and how many each has had. */
class Inside {
  readonly #most: number;
  readonly #now = new Set<number>();
  readonly visits = new Map<number, number>();

  constructor(most: number) {
    this.#most = most;
  }

  enter({ number }: Party): void {
    this.#now.add(number);
    ok(this.#now.size <= this.#most, `inside are ${[...this.#now].join()}`);
    this.visits.set(number, (this.visits.get(number) ?? 0) + 1);
  }

  leave({ number }: Party): void {
    this.#now.delete(number);
  }

  expectAll(parties: readonly Party[], rounds: number): void {
    deepEqual(this.visits, new Map(parties.map(({ number }) => [number, rounds])));
  }
}

/** One lock: one at a time, everybody as often as it wants. */
export async function lockRounds(options: RoundsOptions): Promise<void> {
  await withParties('concoord.object.lock.Lock', 3, options, async ({ parties, play, rounds }) => {
    const inside = new Inside(1);
    await play(async (party) => {
      equal(await party.call('acquire'), true);
      inside.enter(party);
      inside.leave(party);
      await party.call('release');
    });
    inside.expectAll(parties, rounds);
    equal(await parties[0]?.call('__repr__'), '<DLock owner=None>');
  });
}

/** The same with a class of a user that notes in which order callers come, and in which they have had it. */
export async function gateRounds(options: RoundsOptions): Promise<void> {
  await withParties(OWN.gate, 6, options, async ({ parties, play, rounds }) => {
    const inside = new Inside(1);
    await play(async (party) => {
      equal(await party.call('acquire'), true);
      inside.enter(party);
      inside.leave(party);
      await party.call('release');
    });
    inside.expectAll(parties, rounds);
    const [come, gone] = (await parties[0]?.call<[number[], number[]]>('book')) ?? [];
    equal(come?.length, parties.length * rounds);
    deepEqual(gone, come, 'who comes first has it first');
  });
}

/**
 * A semaphore with two permits and six who want one.
 *
 * @param name Of ours, or of a class of a user.
 */
export async function semaphoreRounds(
  options: RoundsOptions,
  name = 'concoord.object.semaphore.Semaphore',
): Promise<void> {
  await withParties(name, 6, options, async ({ parties, play, rounds }) => {
    await parties[0]?.call('__concoordinit__', [2]);
    const inside = new Inside(2);
    await play(async (party) => {
      equal(await party.call('acquire'), true);
      inside.enter(party);
      await party.call('__repr__');
      inside.leave(party);
      await party.call('release');
    });
    inside.expectAll(parties, rounds);
    equal(await parties[0]?.call('__repr__'), '<DSemaphore count=2>');
  });
}

/** Producers and consumers at a buffer of three places, which the lock of the condition protects. */
export async function conditionRounds(options: RoundsOptions): Promise<void> {
  const name = 'concoord.object.condition.Condition';
  await withParties(name, 4, options, async ({ parties, play, rounds }) => {
    const inside = new Inside(1);
    const buffer: string[] = [];
    const taken: string[] = [];
    await play(async (party, round) => {
      const produces = party.number < 2;
      equal(await party.call('acquire'), true);
      inside.enter(party);
      while (produces ? buffer.length >= 3 : buffer.length === 0) {
        inside.leave(party);
        equal(await party.call('wait'), true);
        inside.enter(party);
      }
      if (produces) buffer.push(`${party.number}:${round}`);
      else taken.push(buffer.shift() as string);
      await party.call('notify_all');
      inside.leave(party);
      await party.call('release');
    });
    for (const producer of [0, 1]) {
      const its = taken.filter((item) => item.startsWith(`${producer}:`));
      deepEqual(
        its,
        Array.from({ length: rounds }, (_, round) => `${producer}:${round}`),
      );
    }
    equal(buffer.length, 0);
    equal(await parties[0]?.call('locked'), false);
  });
}

/** Nobody goes on before all have come, and each has a place of its own. */
export async function barrierRounds(count: number, options: RoundsOptions): Promise<void> {
  const name = 'concoord.object.barrier.Barrier';
  await withParties(name, count, options, async ({ parties, play, rounds }) => {
    await parties[0]?.call('__concoordinit__', [count]);
    const come = Array.from({ length: rounds }, () => 0);
    const places = Array.from({ length: rounds }, () => new Set<number>());
    await play(async (party, round) => {
      come[round] = (come[round] ?? 0) + 1;
      const place = await party.call<number>('wait');
      equal(come[round], count, `round ${round}: one goes on before all have come`);
      ok(place >= 0 && place < count, `place ${place}`);
      places[round]?.add(place);
    });
    for (const [round, taken] of places.entries()) equal(taken.size, count, `round ${round}`);
    equal(await parties[0]?.call('n_waiting'), 0);
    equal(await parties[0]?.call('broken'), false);
  });
}

/** Letters from three programs to three others, with a class that keeps commands of its callers itself. */
export async function mailboxRounds(options: RoundsOptions): Promise<void> {
  await withParties(OWN.mailbox, 6, options, async ({ parties, play, rounds }) => {
    const received: string[] = [];
    await play(async (party, round) => {
      if (party.number < 3) await party.call('put', [`${party.number}:${round}`]);
      else received.push(await party.call<string>('take'));
    });
    const sent = [0, 1, 2].flatMap((sender) =>
      Array.from({ length: rounds }, (_, round) => `${sender}:${round}`),
    );
    deepEqual(received.sort(), sent.sort(), 'each letter has arrived once');
    equal(await parties[0]?.call('waiting'), 0);
  });
}
