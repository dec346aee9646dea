/** Replicas that answer for a domain (`-n`), asked by the resolver of Node.js, which is not ours. */
import { deepEqual, equal, match, rejects } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { Resolver } from 'node:dns/promises';
import { addressOf, allLevel, COUNTER, eventually, Stage } from './kit.ts';
import { freePort, freePorts } from './ports.ts';
import { sideBySide } from './side-by-side.ts';
import { expectRefused } from './three-disks.ts';

const DOMAIN = 'counterdomain.test';
const SERVICE = `_concoord._tcp.${DOMAIN}`;
const HOST = `ip4-127-0-0-1.${DOMAIN}`;

function resolverAt(dnsPort: number): Resolver {
  const resolver = new Resolver({ timeout: 2000, tries: 2 });
  resolver.setServers([`127.0.0.1:${dnsPort}`]);
  return resolver;
}

async function textOf(dnsPort: number): Promise<string> {
  const [strings = []] = await resolverAt(dnsPort).resolveTxt(DOMAIN);
  return strings.join('');
}

/** Waits until the name server there tells of exactly these nodes. */
async function untilTold(dnsPort: number, nodes: readonly string[]): Promise<void> {
  const wanted = nodes.toSorted((a, b) => portOf(a) - portOf(b)).join(';');
  let told = '';
  const same = async (): Promise<true | undefined> => {
    told = await textOf(dnsPort);
    return told === wanted ? true : undefined;
  };
  await eventually(`${dnsPort} tells of ${wanted}`, same).catch((error: unknown) => {
    throw new Error(`${(error as Error).message}, but of ${told}`);
  });
}

function portOf(node: string): number {
  return Number(node.split(':').at(-1));
}

function portsIn(services: readonly { readonly port: number }[]): number[] {
  return services.map(({ port }) => port).toSorted((one, other) => one - other);
}

function named(port: number, kind: 'REPLICA' | 'NAMESERVER' = 'NAMESERVER'): string {
  return `${kind} ${addressOf(port)}`;
}

function nameService(dnsPort: number): string[] {
  return ['-n', DOMAIN, '--dns-port', String(dnsPort), '--dns-ttl', '1'];
}

sideBySide('name-server', {
  'who is ready answers, and says so': async () => {
    await using stage = new Stage();
    const [port = 0, dnsPort = 0] = await freePorts(2);
    const founder = await stage.replica(port, ['-o', COUNTER, ...nameService(dnsPort)]);
    const resolver = resolverAt(dnsPort);

    match(founder.stdout, new RegExp(`^NAMESERVER-127\\.0\\.0\\.1:${port} ready, .*\\n$`));
    deepEqual(await resolver.resolve4(DOMAIN, { ttl: true }), [{ address: '127.0.0.1', ttl: 1 }]);
    const [service] = await resolver.resolveSrv(SERVICE);
    deepEqual([service?.name, service?.port], [HOST, port]);
    deepEqual(await resolver.resolve4(HOST), ['127.0.0.1']);
    deepEqual(await resolver.resolveNs(DOMAIN), [HOST]);
    equal(await textOf(dnsPort), named(port));
    const { nsname, serial } = await resolver.resolveSoa(DOMAIN);
    deepEqual([nsname, serial], [HOST, 1]);
    await rejects(resolver.resolve4(`no.${DOMAIN}`), { code: 'ENOTFOUND' });
    await rejects(resolver.resolve6(DOMAIN), { code: 'ENODATA' });
    await rejects(resolver.resolve4('example.org'), { code: 'EREFUSED' });
  },

  'every name server follows the view: joins, restarts as another kind, a kill and a removal':
    async () => {
      await using stage = new Stage();
      const [a = 0, b = 0, c = 0, atA = 0, atB = 0] = await freePorts(5);
      await stage.replica(a, ['-o', COUNTER, '-w', ...nameService(atA)]);
      const boot = ['-b', addressOf(a), '-w'];
      const second = await stage.replica(b, [...boot, ...nameService(atB)]);
      const third = await stage.replica(c, boot);
      const all = [named(a), named(b), named(c, 'REPLICA')];
      await untilTold(atA, all);
      await untilTold(atB, all);
      const before = (await resolverAt(atA).resolveSoa(DOMAIN)).serial;

      await second.killed();
      const plain = await stage.replica(b, ['-w']);
      match(plain.stdout, /^REPLICA-/);
      await untilTold(atA, [named(a), named(b, 'REPLICA'), named(c, 'REPLICA')]);
      await plain.killed();
      const again = await stage.replica(b, ['-w', ...nameService(atB)]);
      match(again.stdout, /^NAMESERVER-/);
      await untilTold(atA, all);
      await untilTold(atB, all);
      equal((await resolverAt(atA).resolveSoa(DOMAIN)).serial, before + 2, 'once for each change');

      await allLevel([a, b, c], 3);
      await third.killed();
      await untilTold(atA, all);
      equal((await stage.run('remove', addressOf(a), addressOf(c), '--force')).code, 0);
      await untilTold(atA, all.slice(0, 2));
      await untilTold(atB, all.slice(0, 2));
      deepEqual(
        portsIn(await resolverAt(atB).resolveSrv(SERVICE)),
        [a, b].toSorted((one, other) => one - other),
      );
    },

  'a founder that is restarted without -n stops being a name server of its own accord':
    async () => {
      await using stage = new Stage();
      const [a = 0, b = 0, atA = 0, atB = 0] = await freePorts(4);
      const founder = await stage.replica(a, ['-o', COUNTER, '-w', ...nameService(atA)]);
      await stage.replica(b, ['-b', addressOf(a), '-w', ...nameService(atB)]);
      await untilTold(atB, [named(a), named(b)]);
      await founder.killed();

      await stage.replica(a, ['-w']);

      await untilTold(atB, [named(a, 'REPLICA'), named(b)]);
    },

  'replicas at one address, as in the original tutorial, answer one after the other at its port':
    async () => {
      await using stage = new Stage();
      const [a = 0, b = 0, dnsPort = 0] = await freePorts(3);
      const founder = await stage.replica(a, ['-o', COUNTER, ...nameService(dnsPort)]);
      const boot = ['-o', COUNTER, '-b', addressOf(a)];
      const second = await stage.replica(b, [...boot, ...nameService(dnsPort)]);
      match(second.stdout, /^NAMESERVER-/);
      await untilTold(dnsPort, [named(a), named(b)]);

      await founder.killed();
      await second.printed('stderr', /answers for \S+ at port \d+ now, in the place of another/);
      await untilTold(dnsPort, [named(a), named(b)]);

      const again = stage.start([
        'replica',
        '-p',
        String(a),
        '-o',
        COUNTER,
        ...nameService(dnsPort),
      ]);
      await expectRefused(again, new RegExp(`INSTANCE_EXISTS.* -b ${addressOf(b)}`));
    },

  'a port of the name server that somebody has is an error before anything is founded':
    async () => {
      await using stage = new Stage();
      const [port = 0, dnsPort = 0] = await freePorts(2);
      const taken = createSocket('udp4').bind(dnsPort, '127.0.0.1');
      await once(taken, 'listening');
      const flags = ['-o', COUNTER, '-w', '-p', String(port), ...nameService(dnsPort)];

      const refused = stage.start(['replica', ...flags]);
      await expectRefused(
        refused,
        new RegExp(
          `cannot listen at 127\\.0\\.0\\.1:${dnsPort}: EADDRINUSE \\(ADDRESS_IN_USE\\)\\. .*--dns-port`,
        ),
      );
      taken.close();

      await stage.replica(port, flags.slice(0, 3).concat(nameService(dnsPort)));
    },

  'a domain in another alphabet, or with a dot at its end, is served by its name in ASCII':
    async () => {
      await using stage = new Stage();
      const [port, dnsPort] = [await freePort(), await freePort()] as const;
      const flags = ['-n', 'Zähler.Bücher.test.', '--dns-port', String(dnsPort)];

      await stage.replica(port, ['-o', COUNTER, ...flags]);

      deepEqual(await resolverAt(dnsPort).resolve4('xn--zhler-gra.xn--bcher-kva.test'), [
        '127.0.0.1',
      ]);
    },
});
