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
