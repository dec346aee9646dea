/** A replica joins an instance whose object has 200 MiB, under load, and loses the one that sends them. */
import { equal, notEqual, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/base/index.ts';
import { invoke } from '../../src/client/index.ts';
import { Counter } from '../../src/proxy/counter.ts';
import { Callers } from '../end-to-end/callers.ts';
import { HEAVY } from '../end-to-end/heavy.ts';
import { addressOf, allAlive, bootstrapOf, Stage } from '../end-to-end/kit.ts';
import { freePort } from '../end-to-end/ports.ts';
import type { Process } from '../end-to-end/process.ts';
import { sized } from './size.ts';

const FETCH = /fetches a snapshot from (\S+) \(slot (\d+), (\d+) of \d+ bytes are here\)/;

/** An argument that the method ignores, and the log has to hold. */
const BALLAST = 'x'.repeat(200_000);

interface Fetch {
  readonly from: string;
  readonly slot: number;
  readonly offset: number;
}

function fetchesOf({ stderr }: Process): Fetch[] {
  return [...stderr.matchAll(new RegExp(FETCH, 'g'))].map(([, from = '', slot, offset]) => {
    return { from, slot: Number(slot), offset: Number(offset) };
  });
}

/** Makes the log so long that a snapshot takes the place of its beginning: a joiner then needs that. */
async function outgrowLog(callers: Callers): Promise<void> {
  for (let bytes = 0; bytes <= limits.SNAPSHOT_EVERY_BYTES; bytes += BALLAST.length) {
    callers.tally.started++;
    await invoke(callers.proxy, 'increment', [BALLAST]);
    callers.tally.acknowledged++;
  }
}

/** What calls took, at 99 of 100 and at most without any, ms. */
function watched(callers: Callers): { readonly p99: number; readonly gap: number } {
  const figures = { p99: Math.round(callers.p99), gap: Math.round(callers.longestGap) };
  callers.watchLatency();
  callers.watchGap();
  return figures;
}

for (const flags of [['-w'], []]) {
  const where = flags.length > 0 ? 'on disk' : 'in memory';
  test(`200 MiB ${where}: a joiner outlives its sender, and calls go on`, async (t) => {
    await using stage = new Stage();
    const { ports, replicas } = await stage.instanceOf(HEAVY.name, 3, ...flags);
    await allAlive(ports, 3);
    await using callers = new Callers(bootstrapOf(ports));
    await outgrowLog(callers);
    for (const replica of replicas) await replica.printed('stderr', /took a snapshot/);
    const snapshots = watched(callers);
    await callers.more(20_000);
    const quiet = watched(callers);

    const port = await freePort();
    const joiner = stage.start(['replica', '-p', String(port), '-b', bootstrapOf(ports), ...flags]);
    await joiner.printed('stderr', FETCH);
    const [begun] = fetchesOf(joiner);
    await callers.more(500);
    const victim = replicas[ports.findIndex((each) => addressOf(each) === begun?.from)];
    victim?.kill();
    ok(victim !== undefined, `${begun?.from} is one of them`);
    await joiner.printed('stdout', /ready/);
    const joining = watched(callers);

    const later = fetchesOf(joiner).at(-1);
    notEqual(later?.from, begun?.from);
    equal(later?.slot, begun?.slot, 'it is the same snapshot');
    ok((later?.offset ?? 0) > 0, 'and goes on where it was');
    t.diagnostic(`p99 and longest gap, ms: ${JSON.stringify({ snapshots, quiet, joining })}`);
    await callers.expectExact();
    await using alone = new Counter(addressOf(port));
    equal(await alone.getvalue(), callers.tally.expected);
    // Beside other suites on two processors nothing can be said of times.
    ok(joining.p99 < sized(Infinity, 3 * quiet.p99), 'others hardly notice');
  });
}
