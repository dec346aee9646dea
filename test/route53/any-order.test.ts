/** Publishers against whatever views, leaders and failures there can be. */
import { deepEqual, equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Mishap } from './theatre.ts';
import { DOMAIN, rollOf, Theatre } from './theatre.ts';

const MINUTE = 60_000;

/** Who is cut off hears neither of views nor that it leads no longer. */
const steps = fc.array(
  fc.oneof(
    fc.record({ do: fc.constant('view' as const), member: fc.integer({ min: -4, max: 4 }) }),
    fc.record({ do: fc.constant('lead' as const), who: fc.nat(2) }),
    fc.record({ do: fc.constant('cutOff' as const), who: fc.nat(2) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 3000 }) }),
  ),
  { maxLength: 60 },
);
const mishaps = fc.infiniteStream(
  fc.oneof(
    { weight: 3, arbitrary: fc.constant(undefined) },
    fc.constantFrom<Mishap>('refused', 'unavailable', 'lost', 'late'),
  ),
);

test('whatever views, leaders and failures there are, the zone says the newest view in the end', async () => {
  await fc.assert(
    fc.asyncProperty(steps, mishaps, async (story, bad) => {
      using theatre = new Theatre();
      const { clock, zone } = theatre;
      zone.mishap = () => bad.next().value;
      const replicas = [1, 2, 3].map(() => theatre.replica().publisher);
      const members = new Set([1]);
      let epoch = 1;
      let leader = 0;
      const cut = new Set<number>();
      const tell = (): void => {
        for (const [who, publisher] of replicas.entries()) {
          if (!cut.has(who))
            publisher.offer(who === leader ? rollOf(epoch, ...members) : undefined);
        }
      };
      tell();
      for (const step of story) {
        if (step.do === 'view') {
          if (!members.delete(step.member)) members.add(step.member);
          members.delete(0);
          if (members.size === 0) members.add(1);
          epoch++;
        } else if (step.do === 'lead') {
          leader = step.who;
          cut.delete(leader);
        } else if (step.do === 'cutOff') cut.add(step.who);
        if (step.do === 'pass') await clock.pass(step.ms);
        else tell();
      }
      zone.mishap = () => undefined;
      cut.delete(leader);
      tell();
      // Those that are cut off go on believing that they lead.
      await clock.pass(20 * MINUTE);
      const expected = [...members].filter((one) => one > 0).toSorted((a, b) => a - b);
      const addresses = expected.map((one) => `127.0.0.${one}`);
      deepEqual(zone.zone.find(DOMAIN, 'A')?.values.toSorted() ?? [], addresses);
      const services = zone.zone.find(`_concoord._tcp.${DOMAIN}`, 'SRV')?.values.length;
      equal(services, members.size);
      match(
        zone.zone.find(`_concoord.${DOMAIN}`, 'TXT')?.values[0] ?? '',
        RegExp(` epoch=${epoch} `),
      );
    }),
    { numRuns: process.env['CONCOORD_SOAK'] === 'full' ? 20_000 : 1000 },
  );
});
