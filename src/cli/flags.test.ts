import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { readFlags } from './flags.ts';
import type { ReplicaFlags } from './flags.ts';

function refusalOf(flags: ReplicaFlags): string {
  let message = '';
  throws(
    () => readFlags(flags),
    (error: Error) => {
      message = error.message;
      return true;
    },
    JSON.stringify(flags),
  );
  return message;
}

test('an address that nobody can dial is refused, with one that others can', () => {
  for (const addr of ['0.0.0.0', '0', '::', '[::]', '0:0:0:0:0:0:0:0', '::0', '::ffff:0.0.0.0']) {
    match(refusalOf({ addr }), /is every address of this machine.* such as [\d.:a-f]+$/);
  }
  for (const addr of ['127.0.0.1', '::1', '10.0.0.0', 'fe80::', 'replica-0', '[2001:db8::]']) {
    equal(readFlags({ addr }).host, addr.replace(/^\[|\]$/g, ''));
  }
});

test('a -b that is empty or lacks a port is never taken for none', () => {
  for (const boot of ['', ' ', ',']) match(refusalOf({ boot }), /^-b is empty: name members/);
  equal(refusalOf({ boot: '127.0.0.1' }), '-b: 127.0.0.1 has no port: write 127.0.0.1:14000');
  equal(refusalOf({ boot: '::1' }), '-b: ::1 has no port: write [::1]:14000');
  match(refusalOf({ boot: '127.0.0.1:14000, localhost' }), /^-b: localhost has no port/);
  match(refusalOf({ boot: 'counter' }), /^-b: counter has no port: write counter:14000$/);
  match(refusalOf({ boot: 'counter..test' }), /^-b: .* no domain: it has an empty label$/);
  match(refusalOf({ boot: 'a.test', dns: 'ns.test' }), /^--dns ns\.test: give the address of a/);
  match(refusalOf({ dns: '127.0.0.1:53' }), /^--dns says who is asked.*: give -b as well$/);
  deepEqual(readFlags({ boot: '[::1]:14000, Counter.TEST.', dns: '[::1]:53' }).bootstrap, {
    targets: [
      { kind: 'host', host: '::1', port: 14_000 },
      { kind: 'domain', domain: 'counter.test' },
    ],
    dns: '[::1]:53',
  });
});

test('-r takes a domain, and no port of its own', () => {
  const domainname = 'counter.test';
  const route53 = true;
  const cases: readonly (readonly [ReplicaFlags, RegExp])[] = [
    [{ route53 }, /^-r publishes a domain to Route 53: give the domain with -n as well$/],
    [{ hostedZone: 'Z1' }, /^--hosted-zone is of Route 53: give the domain with -n/],
    [{ domainname, hostedZone: 'Z1' }, /^--hosted-zone is of Route 53: give -r as well$/],
    [{ domainname, route53, dnsPort: '5353' }, /^--dns-port: with -r Route 53 answers/],
    [{ domainname, route53, hostedZone: 'z/1' }, /^--hosted-zone 'z\/1': an id such as/],
    [{ domainname: 'nodot', route53 }, /^-n 'nodot': a domain has a dot/],
  ];
  for (const [flags, message] of cases) match(refusalOf(flags), message);
  const zoneOf = (flags: ReplicaFlags) => readFlags({ domainname, ...flags }).nameService?.route53;
  equal(zoneOf({}), undefined);
  deepEqual(zoneOf({ route53 }), { zoneId: undefined });
  deepEqual(zoneOf({ route53, hostedZone: '/hostedzone/Z1' }), { zoneId: 'Z1' });
});

test('a domain that cannot be served is explained', () => {
  const refused = (text: string, why: RegExp, more: ReplicaFlags = {}): void => {
    throws(() => readFlags({ domainname: text, ...more }), why);
  };

  refused('localhost', /-n 'localhost': a domain has a dot/);
  refused('', /-n '': it is empty/);
  refused('a..test', /-n 'a\.\.test': it has an empty label/);
  refused('127.0.0.1', /-n '127\.0\.0\.1': .*is an IP address/);
  refused('http://a.test/', /-n .*a name has no "[:/]"/);
  refused(`${'a'.repeat(64)}.test`, /it has a label of 64 characters/);
  refused(`${'a.'.repeat(124)}test1`, /it has 253 characters/);
  refused(`${'a.'.repeat(125)}test`, /it has 254 characters/);
  refused(`${'a.'.repeat(105)}test`, /-n: .*214 characters.*most is 209/);
  refused('a.test', /-a r1\.A\.test\. is a name in the domain/, { addr: 'r1.A.test.' });
  refused('a.test', /'x' is no port/, { dnsPort: 'x' });
  refused('a.test', /--dns-ttl '1m': a number of seconds/, { dnsTtl: '1m' });
  refused('a.test', /--dns-ttl '86401'/, { dnsTtl: '86401' });
  throws(() => readFlags({ dnsTtl: '5' }), /--dns-ttl is of the name server: give .*-n/);
});

test('a domain is served by its name in ASCII, in lower case, without a dot at its end', () => {
  const domainOf = (text: string): string | undefined =>
    readFlags({ domainname: text }).nameService?.domain;

  equal(domainOf('CounterDomain.COM.'), 'counterdomain.com');
  equal(domainOf('Zähler.Bücher.test'), 'xn--zhler-gra.xn--bcher-kva.test');
  equal(domainOf(`${'a.'.repeat(102)}test1`), `${'a.'.repeat(102)}test1`, '209 characters');
  equal(readFlags({}).nameService, undefined);
});
