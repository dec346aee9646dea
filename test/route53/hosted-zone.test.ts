/** The hosted zone behind the SDK of Amazon, against the stand-in. */
import { deepEqual, equal, match, ok, rejects } from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ConCoordError } from '../../src/base/index.ts';
import { HostedZone, KeyStore, loadSdk, openAccount, ZoneFailure } from '../../src/dns/index.ts';
import { planChange } from '../../src/dns/route53-plan.ts';
import type { Plan } from '../../src/dns/route53-plan.ts';
import { KNOWN, StandIn } from './stand-in.ts';
import type { Settings } from './stand-in.ts';
import { DOMAIN, INSTANCE, rollOf } from './theatre.ts';
import { Zone } from './zone.ts';

const folder = mkdtempSync(join(tmpdir(), 'concoord-route53-'));
after(() => rmSync(folder, { recursive: true, force: true }));
process.env['XDG_CONFIG_HOME'] = folder;
process.env['HOME'] = folder;

const PATIENT = new AbortController().signal;
const TARGET = { domain: DOMAIN, ttl: 30, identity: { instance: INSTANCE, generation: 1 } };

async function serve(settings: Partial<Settings> = {}): Promise<StandIn> {
  const standIn = new StandIn({ zones: [new Zone('Z1', DOMAIN)], pendingMs: 1, ...settings });
  await standIn.up();
  Object.assign(process.env, standIn.environment);
  return standIn;
}

interface Subject {
  readonly zone: HostedZone;
  readonly lines: string[];
}

function hostedZone(domain = DOMAIN, zoneId?: string): Subject {
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const logger = { debug: note, info: note, warn: note };
  const open = async () => openAccount(await loadSdk(), new KeyStore());
  return { zone: new HostedZone({ domain, zoneId, logger, open }), lines };
}

function changeOf(plan: Plan): Extract<Plan, { kind: 'change' }> {
  if (plan.kind !== 'change') throw new Error(`the plan is ${plan.kind}`);
  return plan;
}

function failure(kind: string, message: RegExp): (error: unknown) => boolean {
  return (error) => {
    ok(error instanceof ZoneFailure, String(error));
    match(error.message, message);
    equal(error.kind, kind);
    return true;
  };
}

test('what was changed is read back, page by page, and the zone says it then', async () => {
  await using standIn = await serve({ pageSize: 2 });
  const [at] = standIn.zones as [Zone];
  for (const name of ['ip', 'ip5', 'ipx', 'www', '*', 'a.ip4-127-0-0-1']) {
    at.put(`${name}.${DOMAIN}`, 'CNAME', 300, 'elsewhere.example.');
  }
  at.put(`elsewhere-${DOMAIN}`, 'A', 300, '192.0.2.1');
  const { zone } = hostedZone();
  const roll = rollOf(1, 1, 2, -3);
  const first = changeOf(planChange(await zone.read(PATIENT), roll, TARGET, true));
  const batch = await zone.change(first.changes, 'view 1', PATIENT);
  await standIn.until(() => at.batches[0]?.status === 'INSYNC' || undefined, 'INSYNC');
  equal(await zone.isInSync(batch, PATIENT), true);
  equal(at.batches[0]?.comment, 'view 1');

  equal(planChange(await zone.read(PATIENT), roll, TARGET, false).kind, 'nothing');
  const next = changeOf(planChange(await zone.read(PATIENT), rollOf(2, -3), TARGET, false));
  const deleted = next.changes.filter(({ action }) => action === 'DELETE');
  deepEqual(deleted.map(({ set }) => `${set.name} ${set.type}`).toSorted(), [
    `_concoord.${DOMAIN} TXT`,
    `${DOMAIN} A`,
    `ip4-127-0-0-1.${DOMAIN} A`,
    `ip4-127-0-0-2.${DOMAIN} A`,
  ]);
  zone.close();
});

for (const ownForm of [true, false]) {
  const form = ownForm ? 'the form that Amazon describes' : 'the form of all errors';
  test(`a batch made from another state is a conflict, in ${form}`, async () => {
    await using standIn = await serve({ ownForm });
    const { zone } = hostedZone();
    const stale = await zone.read(PATIENT);
    const send = async (epoch: number): Promise<string> => {
      const plan = changeOf(planChange(stale, rollOf(epoch, epoch), TARGET, true));
      return zone.change(plan.changes, '', PATIENT);
    };
    await send(1);
    await rejects(send(2), failure('conflict', /^Route 53 refuses/));
    deepEqual(standIn.zones[0]?.find(DOMAIN, 'A')?.values, ['127.0.0.1']);
    zone.close();
  });
}

test('the zone with the longest name is taken, private ones are passed over, and which is said', async () => {
  const zones = [
    new Zone('ZTOP', 'test'),
    new Zone('ZLONG', 'b.counter.test'),
    new Zone('ZPRIVATE', 'a.b.counter.test', true),
    new Zone('ZOTHER', 'other.test'),
    new Zone('ZMIDDLE', 'counter.test'),
  ];
  await using _standIn = await serve({ zones });
  const { zone, lines } = hostedZone('a.b.counter.test');
  await zone.check(PATIENT);
  deepEqual(lines, [
    'the private hosted zone ZPRIVATE (a.b.counter.test) is passed over',
    'a.b.counter.test has its place in Route 53 in the hosted zone ZLONG (b.counter.test)',
  ]);
  zone.close();

  const named = hostedZone('a.b.counter.test', 'ZPRIVATE');
  await named.zone.check(PATIENT);
  match(named.lines[0] ?? '', /in the hosted zone ZPRIVATE/);
  named.zone.close();
});

test('without a zone, with several, or with the wrong one, it says what to do', async () => {
  const zones = [
    new Zone('Z2', 'counter.test'),
    new Zone('Z1', 'counter.test'),
    new Zone('ZP', 'hidden.example', true),
  ];
  await using _standIn = await serve({ zones });
  const check = (domain: string, id?: string): Promise<void> =>
    hostedZone(domain, id).zone.check(PATIENT);
  await rejects(
    check(DOMAIN),
    failure('refused', /^2 hosted zones are called counter\.test: Z1, Z2$/),
  );
  await rejects(
    check('x.example'),
    failure('refused', /^the account has no hosted zone for x\.example$/),
  );
  await rejects(
    check('x.hidden.example'),
    failure('refused', /; private ones are passed over \(ZP\)$/),
  );
  await rejects(
    check('x.example', 'Z1'),
    failure('refused', /Z1 is counter\.test, and x\.example is not/),
  );
  await rejects(check('x.example', 'ZNONE'), failure('refused', /ZNONE \(NoSuchHostedZone\)$/));
});

test('failures are told apart: what passes by itself, and what somebody must mend', async () => {
  await using standIn = await serve();
  const { zone } = hostedZone();
  const faults = ['throttled', 'broken', 'cut'] as const;
  for (const fault of faults) {
    standIn.fault = () => fault;
    await rejects(zone.read(PATIENT), failure('unavailable', /cannot be reached, or is busy/));
  }
  await standIn.down();
  await rejects(zone.read(PATIENT), failure('unavailable', /ECONNREFUSED/));
  await standIn.up();
  standIn.fault = () => undefined;
  await zone.read(PATIENT);
  zone.close();
});

test('what is under way ends when the signal says so', async () => {
  await using standIn = await serve();
  const { zone } = hostedZone();
  standIn.fault = () => 'silent';
  const end = new AbortController();
  const reading = zone.read(end.signal);
  await standIn.until(() => standIn.served[0], 'a request');
  end.abort();
  await rejects(reading, failure('unavailable', /abort/i));
  zone.close();
});

test('wrong and missing credentials are said to be, with what to do', async () => {
  await using standIn = await serve();
  process.env['AWS_SECRET_ACCESS_KEY'] = 'not the secret';
  const check = (): Promise<void> => hostedZone().zone.check(PATIENT);
  await rejects(
    check(),
    failure('refused', /refuses the credentials: .*\(SignatureDoesNotMatch\)$/),
  );
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIANOBODYNOBODYNOB1';
  await rejects(
    check(),
    failure('refused', /refuses the credentials: .*\(InvalidClientTokenId\)$/),
  );
  Object.assign(process.env, standIn.bareEnvironment);
  await rejects(
    check(),
    failure('refused', /^no credentials for Route 53: neither the environment/),
  );

  const store = new KeyStore();
  store.store('id', KNOWN.id);
  await rejects(check(), failure('refused', /route53\.cfg lacks the secret of the key$/));
  equal(store.store('secret', KNOWN.secret), false);
  equal(store.store('secret', KNOWN.secret), true);
  await check();
  // What the SDK finds by itself wins over what was stored.
  process.env['AWS_ACCESS_KEY_ID'] = 'AKIANOBODYNOBODYNOB1';
  process.env['AWS_SECRET_ACCESS_KEY'] = 'not the secret';
  await rejects(check(), failure('refused', /InvalidClientTokenId/));
});

test('a key that was refused and is mended is taken up without a restart', async () => {
  await using standIn = await serve();
  Object.assign(process.env, standIn.bareEnvironment);
  const store = new KeyStore();
  store.store('id', KNOWN.id);
  store.store('secret', 'not the secret');
  const { zone } = hostedZone();
  await rejects(zone.read(PATIENT), failure('refused', /SignatureDoesNotMatch/));
  store.store('secret', KNOWN.secret);
  deepEqual(
    await zone.read(PATIENT),
    standIn.zones[0]?.list().map((set) => ({ ...set, name: DOMAIN, plain: true })),
  );
  zone.close();
});

test('temporary credentials are sent with their token', async () => {
  const known = { ...KNOWN, sessionToken: 'a token/with+signs=' };
  await using _standIn = await serve({ known: [known] });
  process.env['AWS_SESSION_TOKEN'] = known.sessionToken;
  const { zone } = hostedZone();
  await zone.check(PATIENT);
  delete process.env['AWS_SESSION_TOKEN'];
  zone.close();
  await rejects(hostedZone().zone.check(PATIENT), failure('refused', /InvalidClientTokenId/));
});

test('without the SDK it says what to install', async () => {
  const missing = Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
  await rejects(
    loadSdk(() => Promise.reject(missing)),
    (error: unknown) => {
      ok(error instanceof ConCoordError);
      equal(error.code, 'ROUTE53');
      match(error.message, /needs the package @aws-sdk\/client-route-53, which is not installed$/);
      match(error.remedy, /npm install @aws-sdk\/client-route-53/);
      return true;
    },
  );
});
