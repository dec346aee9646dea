/** Name servers at port 53, asked by tools that are not ours, as people type them. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { NameServer } from '../../src/dns/index.ts';
import { COUNTER, eventually, Stage } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { expectRefused } from '../end-to-end/three-disks.ts';
import { NameSpace } from './name-space.ts';

const DOMAIN = 'counterdomain.com';
const SERVICE = `_concoord._tcp.${DOMAIN}`;
/** Lines of the original's documentation, unchanged. */
const SEED = {
  a: 'dig -t a counterdomain.com',
  srv: 'dig -t srv _concoord._tcp.counterdomain.com',
  txt: 'dig -t txt counterdomain.com',
  ns: 'dig -t ns counterdomain.com',
  txtThere: 'dig -t txt counterdomain.com @127.0.0.1',
} as const;

class Scene implements AsyncDisposable {
  readonly space = new NameSpace();
  readonly stage = new Stage();

  constructor() {
    this.stage.surroundings = { prefix: this.space.prefix };
  }

  /** Starts a replica as the original's documentation does, and waits until it is ready. */
  async replica(line: string): Promise<Process> {
    const started = this.stage.start(['replica', ...line.split(' ')]);
    await started.printed('stdout', /^(?:REPLICA|NAMESERVER)-\S+:14\d{3} ready/m);
    return started;
  }

  /** The values of an answer section, sorted. */
  async answers(line: string): Promise<string[]> {
    const text = await this.space.type(line);
    match(text, /status: NOERROR/, text);
    const section = /;; ANSWER SECTION:\n((?:.+\n)+)/.exec(text)?.[1] ?? '';
    const values = section
      .trim()
      .split('\n')
      .map((record) => record.split(/\s+/).slice(4).join(' '));
    return values.sort();
  }

  /** Until every line of the seed answers with these members; each resolver may remember for a second. */
  async untilTold(nodes: readonly string[]): Promise<void> {
    const wanted = answersFor(nodes);
    let last: unknown;
    const look = async (): Promise<true | undefined> => {
      const told = await this.told();
      last = told;
      return JSON.stringify(told) === JSON.stringify(wanted) ? true : undefined;
    };
    await eventually('the view', look).catch(() => deepEqual(last, wanted));
  }

  async told(): Promise<Record<string, string[]>> {
    const told: Record<string, string[]> = {};
    for (const [name, line] of Object.entries(SEED)) told[name] = await this.answers(line);
    return told;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stage[Symbol.asyncDispose]();
    await this.space[Symbol.asyncDispose]();
  }
}

/** @param nodes Such as `NAMESERVER 127.0.0.1`, all of which listen at port 14000. */
function answersFor(nodes: readonly string[]): Record<string, string[]> {
  const hosts = nodes.map((node) => node.split(' ')[1] ?? '').sort();
  const nameOf = (host: string): string => `ip4-${host.replaceAll('.', '-')}.${DOMAIN}.`;
  const text = [`"${nodes.map((node) => `${node}:14000`).join(';')}"`];
  const servers = nodes
    .filter((node) => node.startsWith('NAMESERVER'))
    .map((node) => node.split(' ')[1]);
  return {
    a: hosts,
    srv: hosts.map((host) => `0 100 14000 ${nameOf(host)}`),
    txt: text,
    ns: servers.map((host = '') => nameOf(host)).sort(),
    txtThere: text,
  };
}

test('every line of the seed is answered, also after a join, a kill and a removal', async () => {
  await using scene = new Scene();
  const { space, stage } = scene;
  const servers = ['127.0.0.1', '127.0.0.2', '127.0.0.3'];
  const brief = `-n ${DOMAIN} --dns-ttl 1`;
  await scene.replica(`-o ${COUNTER} -a 127.0.0.1 -w ${brief}`);
  const second = await scene.replica(`-o ${COUNTER} -a 127.0.0.2 -w -b 127.0.0.1:14000 ${brief}`);
  await scene.replica(`-a 127.0.0.3 -w -b 127.0.0.1:14000 ${brief}`);
  await space.resolve(DOMAIN, servers, stage.folder);
  const three = servers.map((host) => `NAMESERVER ${host}`);
  await scene.untilTold(three);

  await scene.replica('-a 127.0.0.4 -w -b 127.0.0.1:14000');
  await scene.untilTold([...three, 'REPLICA 127.0.0.4']);
  await second.killed();
  const removed = await stage.run('remove', '127.0.0.1:14000', '127.0.0.2:14000', '--force');
  equal(removed.code, 0, removed.stderr);
  await scene.untilTold(['NAMESERVER 127.0.0.1', 'NAMESERVER 127.0.0.3', 'REPLICA 127.0.0.4']);
});

/** What each tool says, short, of a name and type at a server; sorted, and written as dig writes it. */
const TOOLS: Readonly<Record<string, (type: string, name: string, server: string) => string>> = {
  dig: (type, name, server) => `dig +short -t ${type} ${name} @${server}`,
  digByTcp: (type, name, server) => `dig +short +tcp -t ${type} ${name} @${server}`,
  digWithoutEdns: (type, name, server) => `dig +short +noedns -t ${type} ${name} @${server}`,
  kdig: (type, name, server) => `kdig +short -t ${type} ${name} @${server}`,
  drill: (type, name, server) => `drill -Q ${name} ${type} @${server}`,
  delv: (type, name, server) => `delv -i +short -t ${type} ${name} @${server}`,
  host: (type, name, server) => `host -t ${type} ${name} ${server}`,
};

function valuesIn(output: string): string[] {
  const lines = output.split('\n').flatMap((line) => {
    const told = / (?:has (?:IPv6 )?address|has SRV record|has SOA record|name server) (.*)$/.exec(
      line,
    );
    const text = / descriptive text (.*)$/.exec(line);
    const value = told?.[1] ?? text?.[1] ?? line;
    return /^(?:;|$|Using|Name:|Address:|Aliases:)/.test(value) ? [] : [value];
  });
  return lines.sort();
}

test('dig, kdig, drill, delv and host agree, over IPv4 and IPv6', async () => {
  await using scene = new Scene();
  const flags = `-n ${DOMAIN}`;
  await scene.replica(`-o ${COUNTER} -a 127.0.0.1 ${flags}`);
  await scene.replica(`-a ::1 -b 127.0.0.1:14000 ${flags}`);
  await scene.replica(`-a 127.0.0.2 -b 127.0.0.1:14000`);
  const v6 = `ip6-0-0-0-0-0-0-0-1.${DOMAIN}.`;
  const v4 = `ip4-127-0-0-1.${DOMAIN}.`;
  const wanted: readonly (readonly [string, string, readonly string[]])[] = [
    ['A', DOMAIN, ['127.0.0.1', '127.0.0.2']],
    ['AAAA', DOMAIN, ['::1']],
    [
      'SRV',
      SERVICE,
      [`0 100 14000 ${v4}`, `0 100 14000 ${v4.replace('1.c', '2.c')}`, `0 100 14000 ${v6}`],
    ],
    [
      'TXT',
      DOMAIN,
      ['"NAMESERVER 127.0.0.1:14000;REPLICA 127.0.0.2:14000;NAMESERVER [::1]:14000"'],
    ],
    ['NS', DOMAIN, [v4, v6]],
    ['SOA', DOMAIN, [`${v4} hostmaster.${DOMAIN}. 3 3600 600 86400 30`]],
    ['AAAA', v6, ['::1']],
    ['A', v4, ['127.0.0.1']],
  ];

  for (const server of ['127.0.0.1', '::1']) {
    for (const [type, name, values] of wanted) {
      for (const [tool, line] of Object.entries(TOOLS)) {
        const typed = line(type, name, server);
        const output = await scene.space.type(typed);
        deepEqual(valuesIn(output), values, `${tool}: ${typed}\n${output}`);
      }
    }
  }
});

test('what is not there, and what is not ours, is told as the tools expect it', async () => {
  await using scene = new Scene();
  await scene.replica(`-o ${COUNTER} -a 127.0.0.1 -n ${DOMAIN}`);
  const statusOf = async (words: string): Promise<string> => {
    const text = await scene.space.type(`dig ${words} @127.0.0.1`);
    const [, status = text] = /status: (\w+)/.exec(text) ?? [];
    const [, flags = ''] = /flags: ([^;]*);/.exec(text) ?? [];
    return `${status} ${flags} ${/AUTHORITY SECTION:\n.*\sSOA\s/.test(text) ? 'SOA' : '-'}`;
  };

  equal(await statusOf(`-t mx ${DOMAIN}`), 'NOERROR qr aa rd SOA');
  equal(await statusOf(`-t a _tcp.${DOMAIN}`), 'NOERROR qr aa rd SOA');
  equal(await statusOf(`-t a no.${DOMAIN}`), 'NXDOMAIN qr aa rd SOA');
  equal(await statusOf('-t a example.org'), 'REFUSED qr rd -');
  equal(await statusOf('-c ch -t txt version.bind'), 'REFUSED qr rd -');
  equal(await statusOf(`+opcode=update ${DOMAIN}`), 'NOTIMP qr rd -');
  equal(await statusOf(`+edns=7 +noednsneg ${DOMAIN}`), 'BADVERS qr rd -');
  equal(await statusOf(`+norec -t any ${DOMAIN}`), 'NOERROR qr aa -');
  match(await scene.space.type(`dig -t axfr ${DOMAIN} @127.0.0.1`), /; Transfer failed\./);
  const mixed = await scene.space.type('dig -t a CounterDomain.COM @127.0.0.1');
  match(mixed, /^CounterDomain\.COM\.\s+30\s+IN\s+A\s+127\.0\.0\.1$/m);
});

test('docs/discovery.md shows what is printed', async () => {
  await using scene = new Scene();
  const text = readFileSync(new URL('../../docs/discovery.md', import.meta.url), 'utf8');
  const [, start = '', transcript = ''] =
    /```sh\nconcoord (replica .*)\n```\n\n```text\n(\$ dig [^`]*)```/.exec(text) ?? [];
  const started = scene.stage.start(start.split(' '));
  await started.printed('stdout', /^NAMESERVER-/m);
  let typed = '';

  for (const [, line = ''] of transcript.matchAll(/^\$ (.*)$/gm)) {
    typed += `$ ${line}\n${await scene.space.type(line)}`;
  }

  equal(typed, transcript);
  ok(typed.includes('status: NXDOMAIN'));
});

test('sixty members are cut off over UDP, and complete over TCP', async (t) => {
  const nodes = Array.from({ length: 60 }, (_, at) => {
    return { kind: 'NAMESERVER', host: `10.0.0.${at + 1}`, port: 14_000 } as const;
  });
  const warnings: string[] = [];
  const warn = (text: string): void => void warnings.push(text);
  const server = await NameServer.listen({
    domain: DOMAIN,
    host: '127.0.0.1',
    port: 0,
    ttl: 30,
    warn,
  });
  t.after(() => server.close());
  await server.publish({ epoch: 1, nodes });
  await using space = new NameSpace();
  const there = `-p ${server.port} @127.0.0.1 -t srv ${SERVICE}`;
  const here = async (line: string): Promise<string> => space.typeOutside(line);

  match(await here(`dig +ignore ${there}`), /flags: qr aa tc rd;/);
  const whole = await here(`dig ${there}`);
  match(whole, /Truncated, retrying in TCP mode[^]*ANSWER: 60, /);
  for (const tool of [
    `dig +short ${there}`,
    `kdig +short -p ${server.port} @127.0.0.1 -t srv ${SERVICE}`,
  ]) {
    equal((await here(tool)).match(/^0 100 14000 ip4-/gm)?.length, 60, tool);
  }
  deepEqual(warnings, []);
});

test('port 53 without the right is an error that says three ways out', async () => {
  await using scene = new Scene();
  const flags = ['-o', COUNTER, '-a', '127.0.0.1', '-n', DOMAIN];
  const without = ['setpriv', '--bounding-set=-net_bind_service', '--inh-caps=-net_bind_service'];
  const prefix = [...scene.space.prefix, ...without];

  const refused = scene.stage.start(['replica', ...flags], { prefix });
  await expectRefused(
    refused,
    /127\.0\.0\.1:53: EACCES \(PORT_FORBIDDEN\)\. .*--dns-port.*sudo setcap cap_net_bind_service=\+ep .*sudo/,
  );
  const allowed = scene.stage.start(['replica', ...flags, '--dns-port', '5353'], { prefix });
  await allowed.printed('stdout', /^NAMESERVER-/m);

  const there = await scene.space.type(`dig +short -p 5353 -t a ${DOMAIN} @127.0.0.1`);
  ok(there.startsWith('127.0.0.1'));
});
