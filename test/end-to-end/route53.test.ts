/** Replicas that publish to Route 53, as processes; Route 53 itself is the stand-in of test/route53. */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Counter } from '../../src/proxy/counter.ts';
import { KNOWN, StandIn } from '../route53/stand-in.ts';
import type { Settings } from '../route53/stand-in.ts';
import { Zone } from '../route53/zone.ts';
import { addressOf, allLevel, bootstrapOf, COUNTER, leaderOf, Stage } from './kit.ts';
import { freePorts } from './ports.ts';
import type { Process, Surroundings } from './process.ts';
import { sideBySide } from './side-by-side.ts';

const DOMAIN = 'counter.test';
const PIPED = fileURLToPath(new URL('piped.ts', import.meta.url));
const FLAGS = ['-n', DOMAIN, '-r'];

interface Scene extends AsyncDisposable {
  readonly stage: Stage;
  readonly standIn: StandIn;
  readonly zone: Zone;
  readonly folder: string;
}

async function scene(settings: Partial<Settings> = {}): Promise<Scene> {
  const stage = new Stage();
  const zone = new Zone('Z1', DOMAIN);
  const standIn = new StandIn({ zones: [zone], pendingMs: 200, ...settings });
  await standIn.up();
  const { folder } = stage;
  stage.surroundings = { env: environmentOf(standIn.environment, folder) };
  return {
    ...{ stage, standIn, zone, folder },
    async [Symbol.asyncDispose]() {
      await stage[Symbol.asyncDispose]();
      await standIn[Symbol.asyncDispose]();
    },
  };
}

/** With nothing of the user who runs the test. */
function environmentOf(environment: NodeJS.ProcessEnv, folder: string): NodeJS.ProcessEnv {
  return { ...environment, HOME: folder, XDG_CONFIG_HOME: join(folder, 'config') };
}

async function replica(stage: Stage, port: number, ...flags: string[]): Promise<Process> {
  const started = stage.start(['replica', '-p', String(port), ...FLAGS, ...flags]);
  await started.printed('stdout', new RegExp(`^NAMESERVER-127\\.0\\.0\\.1:${port} ready`, 'm'));
  return started;
}

/** The zone has exactly these members, with ports, names, text, and addresses. */
async function published({ standIn, zone }: Scene, ports: readonly number[]): Promise<void> {
  const wanted = ports.map(String).toSorted().join();
  const look = (): true | undefined => {
    const services = zone.find(`_concoord._tcp.${DOMAIN}`, 'SRV')?.values ?? [];
    const text = zone.find(DOMAIN, 'TXT')?.values[0] ?? '';
    const told = services.map((value) => value.split(' ')[2] ?? '');
    const written = [...text.matchAll(/NAMESERVER 127\.0\.0\.1:(\d+)/g)].map(
      ([, port]) => port ?? '',
    );
    const isThere = told.toSorted().join() === wanted && written.toSorted().join() === wanted;
    return isThere || undefined;
  };
  await standIn.until(look, `the members ${wanted} in the zone`);
  deepEqual(zone.find(DOMAIN, 'A')?.values, ['127.0.0.1']);
  deepEqual(zone.find(`ip4-127-0-0-1.${DOMAIN}`, 'A')?.values, ['127.0.0.1']);
}

/** A replica that ends by itself, with one line. */
async function refused(
  stage: Stage,
  flags: readonly string[],
  surroundings: Partial<Surroundings> = {},
): Promise<string> {
  const [port] = await freePorts(1);
  const words = ['replica', '-o', COUNTER, '-p', String(port), ...flags];
  const started = stage.start(words, { ...stage.surroundings, ...surroundings });
  const { code } = await started.ended();
  deepEqual([code, started.stdout], [1, ''], started.stderr);
  const lines = started.stderr.trimEnd().split('\n');
  const plain = lines.filter((line) => !line.startsWith('{'));
  equal(plain.length, 1, started.stderr);
  return plain[0] ?? '';
}

sideBySide('route 53', {
  'the zone follows the view through joins, throttling, a killed leader, removals and an outage':
    async () => {
      await using all = await scene();
      const { stage, standIn, zone } = all;
      const ports = await freePorts(5);
      const [first = 0, ...others] = ports;
      const replicas = new Map([[first, await replica(stage, first, '-o', COUNTER)]]);
      const enter = async (port: number): Promise<void> =>
        void replicas.set(port, await replica(stage, port, '-b', addressOf(first)));
      await published(all, [first]);

      let count = 0;
      standIn.fault = () => (++count % 2 === 0 ? 'throttled' : undefined);
      await Promise.all(others.slice(1).map(enter));
      await published(all, [first, ...others.slice(1)]);

      // The leader dies while its batch is under way: its successor publishes the view.
      const isChange = (operation: string): boolean => operation === 'ChangeResourceRecordSets';
      standIn.fault = (operation) => (isChange(operation) ? 'silent' : undefined);
      await enter(others[0] ?? 0);
      await allLevel(ports, 5);
      await using counter = new Counter(bootstrapOf(ports));
      await counter.increment();
      const sent = (): unknown => standIn.served.find(({ code }) => code === 'silent');
      await standIn.until(sent, 'a batch under way');
      const leader = (await leaderOf(ports)).port;
      await replicas.get(leader)?.killed();
      standIn.fault = () => undefined;
      await published(all, ports);
      const four = ports.filter((port) => port !== leader);
      await leaderOf(four);
      const removed = await stage.run('remove', bootstrapOf(four), addressOf(leader), '--force');
      equal(removed.code, 0, removed.stderr);
      await published(all, four);

      await standIn.down();
      const next = (await leaderOf(four)).port;
      const gone = four.find((port) => port !== next) as number;
      const again = await stage.run('remove', bootstrapOf(four), addressOf(gone), '--force');
      equal(again.code, 0, again.stderr);
      for (let call = 2; call <= 50; call++) await counter.increment();
      equal(await counter.getvalue(), 50);
      const three = four.filter((port) => port !== gone);
      // Whichever of them leads by then.
      const left = [...replicas].flatMap(([port, one]) => (three.includes(port) ? [one] : []));
      const says = (words: RegExp): Promise<unknown> =>
        Promise.any(left.map((one) => one.printed('stderr', words)));
      await says(/is not in Route 53 yet: .*ECONNREFUSED/);
      await standIn.up();
      await published(all, three);
      const { batches } = zone;
      await standIn.until(() => batches.at(-1)?.status === 'INSYNC' || undefined, 'INSYNC');
      await says(/all name servers of Route 53 have view \d+/);
      deepEqual(
        new Set(standIn.served.map(({ code = 'done' }) => code)),
        new Set(['done', 'silent', 'throttled']),
      );
      ok(batches.length <= 7, `${batches.length} batches for 7 views`);
    },

  'an outage when a replica starts is no reason not to serve; the zone follows later': async () => {
    await using all = await scene();
    const { stage, standIn } = all;
    await standIn.down();
    const [port = 0] = await freePorts(1);
    const started = await replica(stage, port, '-o', COUNTER);
    await using counter = new Counter(addressOf(port));
    await counter.increment();
    equal(await counter.getvalue(), 1);
    match(started.stderr, /starts without it/);
    await standIn.up();
    await published(all, [port]);
    started.kill('SIGTERM');
    deepEqual(await started.ended(), { code: 0, signal: null });
  },

  'a leader that does not publish is told of by those who would, until one of them leads':
    async () => {
      await using all = await scene();
      const { stage, standIn } = all;
      const [plain = 0, other = 0] = await freePorts(2);
      await stage.replica(plain, ['-o', COUNTER]);
      const second = await replica(stage, other, '-b', addressOf(plain));
      const from = addressOf(plain);
      const to = addressOf(other);
      const warning = new RegExp(
        `${from} leads, and was started without -n and -r: nobody publishes ${DOMAIN} to Route 53\\. ` +
          `Restart it with both, or hand over: concoord transfer ${from} ${to}`,
      );
      await second.printed('stderr', warning);

      const transfer = await stage.run('transfer', from, to);
      equal(transfer.code, 0, transfer.stderr);

      const look = (): unknown =>
        all.zone.find(`_concoord._tcp.${DOMAIN}`, 'SRV')?.values.length === 2;
      await standIn.until(() => look() || undefined, 'both members in the zone');
    },

  'a server that never answers holds nothing up, not even the end': async () => {
    await using all = await scene();
    const { stage, standIn } = all;
    standIn.fault = (operation) => (operation === 'ListHostedZonesByName' ? undefined : 'silent');
    const [port = 0] = await freePorts(1);
    const started = await replica(stage, port, '-o', COUNTER);
    await standIn.until(() => standIn.served.find(({ status }) => status === 0), 'silence');
    started.kill('SIGTERM');
    deepEqual(await started.ended(), { code: 0, signal: null });
  },

  'what cannot work ends a replica when it starts, with one line': async () => {
    await using all = await scene();
    const { stage, standIn, folder } = all;
    const env = stage.surroundings.env ?? {};
    const broken = join(folder, 'other');
    mkdirSync(join(broken, 'concoord'), { recursive: true });
    writeFileSync(join(broken, 'concoord', 'route53.cfg'), 'what = [is this\n');
    const hook = `import { registerHooks } from 'node:module';
      registerHooks({ resolve: (name, context, next) => {
        if (!name.startsWith('@aws-sdk/')) return next(name, context);
        throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' });
      } });`;
    const bare = { ...env, ...standIn.bareEnvironment };
    const [noZone, wrong, none, malformed, noSdk] = await Promise.all([
      refused(stage, ['-n', 'other.example', '-r']),
      refused(stage, FLAGS, { env: { ...env, AWS_SECRET_ACCESS_KEY: 'notTheSecret' } }),
      refused(stage, FLAGS, { env: bare }),
      refused(stage, FLAGS, { env: { ...bare, XDG_CONFIG_HOME: broken } }),
      refused(stage, FLAGS, {
        node: ['--import', `data:text/javascript,${encodeURIComponent(hook)}`],
      }),
    ]);
    match(noZone, /the account has no hosted zone for other\.example \(ROUTE53\)\. Create one/);
    match(wrong, /refuses the credentials: .*SignatureDoesNotMatch.* Correct AWS_ACCESS_KEY_ID/);
    doesNotMatch(wrong, /notTheSecret/);
    match(none, /no credentials for Route 53: .*concoord route53id ID/);
    match(malformed, /route53\.cfg: .*\(SETTINGS\)/);
    match(
      noSdk,
      /needs the package @aws-sdk\/client-route-53, which is not installed .* npm install/,
    );
  },

  'route53id and route53key store a key for the user alone, and a replica uses it': async () => {
    await using all = await scene();
    const { stage, standIn, folder } = all;
    stage.surroundings = { env: environmentOf(standIn.bareEnvironment, folder) };
    const { id, secret } = KNOWN;
    deepEqual(await stage.run('route53id', id), {
      code: 0,
      stdout: `Adding AWS_ACCESS_KEY_ID to CONFIG: ${id}\n`,
      stderr: '',
    });
    const key = stage.start(['ROUTE53KEY', '-'], { main: PIPED });
    key.child.stdin?.end(`${secret}\n`);
    equal((await key.ended()).code, 0);
    const said = `Adding AWS_SECRET_ACCESS_KEY to CONFIG: stored, ends in ${secret.slice(-4)}\n`;
    deepEqual([key.stdout, key.stderr], [said, '']);
    const again = await stage.run('route53key', secret);
    equal(again.stdout, `${said}AWS_SECRET_ACCESS_KEY is already in the CONFIG file.\n`);
    const path = join(folder, 'config', 'concoord', 'route53.cfg');
    equal(statSync(path).mode & 0o777, 0o600);
    match(readFileSync(path, 'utf8'), /\[ENVIRONMENT\]\naws_access_key_id = AKIA\w+\naws_secret/);

    const [port = 0] = await freePorts(1);
    await replica(stage, port, '-o', COUNTER);
    await published(all, [port]);
  },

  'a key that is none is refused, and not repeated': async () => {
    await using stage = new Stage();
    stage.surroundings = { env: environmentOf({}, stage.folder) };
    for (const value of ['two words', 'x'.repeat(257)]) {
      const { code, stdout, stderr } = await stage.run('route53key', value);
      deepEqual([code, stdout], [2, ''], stderr);
      match(stderr, /^concoord: AWS_SECRET_ACCESS_KEY is 1 to 256 printable .*\n$/);
      ok(!stderr.includes(value));
    }
    const none = await stage.run('route53key');
    equal(none.code, 2);
    const file = join(stage.folder, 'file');
    writeFileSync(file, '');
    stage.surroundings = { env: { XDG_CONFIG_HOME: file } };
    const failed = await stage.run('route53id', KNOWN.id);
    equal(failed.code, 1, failed.stderr);
    match(failed.stderr, /^concoord: .*\(SETTINGS\)\. .*\n$/);
  },
});
