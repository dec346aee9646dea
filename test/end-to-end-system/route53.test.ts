/**
 * The stand-in for Route 53 before a client that is not ours, so that what our own tests prove against it is
 * not what we imagine; and what resolvers see of the zone while replicas come and go.
 */
import { deepEqual, equal, match } from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { addressOf, COUNTER, leaderOf, Stage } from '../end-to-end/kit.ts';
import { freePorts } from '../end-to-end/ports.ts';
import type { Process } from '../end-to-end/process.ts';
import { Answering } from '../route53/answering.ts';
import { KNOWN, StandIn } from '../route53/stand-in.ts';
import { Zone } from '../route53/zone.ts';
import { need } from './needs.ts';

const DOMAIN = 'counter.test';
/** Of Debian: another Python may have another botocore, or none. */
const PYTHON = '/usr/bin/python3';
const SCRIPT = fileURLToPath(new URL('../route53/with-botocore.py', import.meta.url));
const run = promisify(execFile);

interface Step {
  readonly step: string;
  readonly [fact: string]: unknown;
}

test("Debian's botocore understands the stand-in, and is understood", async () => {
  if (!existsSync('/usr/lib/python3/dist-packages/botocore')) {
    throw new Error("this suite needs Python's botocore, from the Debian package python3-botocore");
  }
  const zones = [new Zone('ZONE1', DOMAIN), new Zone('ZONE2', DOMAIN, true)];
  await using standIn = new StandIn({ zones, pendingMs: 300, pageSize: 2 });
  await standIn.up();
  const args = [SCRIPT, standIn.endpoint, KNOWN.id, KNOWN.secret, 'ZONE1', DOMAIN];
  const { stdout } = await run(PYTHON, args, {
    env: { ...process.env, ...standIn.bareEnvironment, HTTP_PROXY: '', http_proxy: '' },
    timeout: 60_000,
  });
  const steps = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Step);
  const facts = new Map(steps.map(({ step, ...rest }) => [step, rest]));

  deepEqual(facts.get('zones'), {
    names: [
      ['/hostedzone/ZONE1', `${DOMAIN}.`, false],
      ['/hostedzone/ZONE2', `${DOMAIN}.`, true],
    ],
  });
  deepEqual(facts.get('zone'), { name: `${DOMAIN}.` });
  deepEqual(facts.get('changed'), { status: 'PENDING' });
  deepEqual(facts.get('waited'), { status: 'INSYNC' });
  deepEqual(facts.get('records'), {
    sets: [
      [`${DOMAIN}.`, 'A', 30, ['192.0.2.1', '192.0.2.2']],
      [`${DOMAIN}.`, 'TXT', 30, ['"a & b" "<c>"']],
      [`_concoord._tcp.${DOMAIN}.`, 'SRV', 30, [`0 100 14000 a.${DOMAIN}.`]],
    ],
  });
  equal(standIn.zones[0]?.batches[0]?.comment, 'by <botocore> & "others"');
  const refusals: Readonly<Record<string, readonly [string, RegExp]>> = {
    again: ['InvalidChangeBatch', /already exists/],
    'other values': ['InvalidChangeBatch', /values provided do not match/],
    'all or none': ['InvalidChangeBatch', /not found/],
    elsewhere: ['InvalidChangeBatch', /not permitted in zone/],
    'no address': ['InvalidChangeBatch', /not a valid A/],
    'no zone': ['NoSuchHostedZone', /ZNONE/],
    'no change': ['NoSuchChange', /CNONE/],
    'wrong secret': ['SignatureDoesNotMatch', /does not match/],
  };
  for (const [step, [code, text]] of Object.entries(refusals)) {
    const found = facts.get(step);
    equal(found?.['code'], code, `${step}: ${JSON.stringify(found)}`);
    match(String(found?.['text']), text, step);
  }
  deepEqual(facts.get('after'), { names: [] });
});

test('dig sees the members of the view, and those of the next one', async () => {
  need('dig', 'bind9-dnsutils');
  const zone = new Zone('Z1', DOMAIN);
  await using standIn = new StandIn({ zones: [zone], pendingMs: 200 });
  await standIn.up();
  using answering = new Answering([zone]);
  const server = await answering.up();
  await using stage = new Stage();
  stage.surroundings = { env: { ...standIn.environment, HOME: stage.folder } };
  const hosts = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const [port = 0] = await freePorts(1);
  const places = hosts.map((host) => `${host}:${port}`);
  const replicas = new Map<string, Process>();
  for (const [at, host] of hosts.entries()) {
    const how = at === 0 ? ['-o', COUNTER] : ['-b', addressOf(port)];
    const words = ['replica', '-a', host, '-p', String(port), '-n', DOMAIN, '-r', ...how];
    const started = stage.start(words);
    await started.printed('stdout', /^NAMESERVER-\S+ ready/m);
    replicas.set(`${host}:${port}`, started);
  }
  const settled = (count: number): Promise<true> =>
    standIn.until(() => {
      const isThere = zone.find(DOMAIN, 'A')?.values.length === count;
      return (isThere && zone.batches.at(-1)?.status === 'INSYNC') || undefined;
    }, `${count} members, and INSYNC`);
  const dig = async (...words: string[]): Promise<string[]> => {
    const args = ['@127.0.0.1', '-p', String(server), '+short', ...words];
    const { stdout } = await run('dig', args, { timeout: 20_000 });
    return stdout.trimEnd().split('\n').toSorted();
  };

  await settled(3);
  deepEqual(await dig('-t', 'a', DOMAIN), hosts);
  deepEqual(
    await dig('-t', 'srv', `_concoord._tcp.${DOMAIN}`),
    hosts.map((host) => `0 100 ${port} ip4-${host.replaceAll('.', '-')}.${DOMAIN}.`),
  );
  deepEqual(await dig('-t', 'txt', DOMAIN), [
    `"${places.map((place) => `NAMESERVER ${place}`).join(';')}"`,
  ]);
  deepEqual(await dig('-t', 'a', `ip4-127-0-0-2.${DOMAIN}`), ['127.0.0.2']);

  const { address } = await leaderOf(places);
  await replicas.get(address)?.killed();
  const rest = places.filter((place) => place !== address);
  await leaderOf(rest);
  const removed = await stage.run('remove', rest.join(','), address, '--force');
  equal(removed.code, 0, removed.stderr);
  await settled(2);
  const left = rest.map((place) => place.replace(/:\d+$/, ''));
  deepEqual(await dig('-t', 'a', DOMAIN), left);
  const gone = address.replace(/:\d+$/, '').replaceAll('.', '-');
  deepEqual(await dig('-t', 'a', `ip4-${gone}.${DOMAIN}`), ['']);
});
