import { deepEqual, throws } from 'node:assert/strict';
import { test } from 'node:test';
import { parseConnectString, showTarget } from './connect-string.ts';
import { ConnectionError } from '../base/index.ts';

test('a connection string names hosts with ports and domains without, in any mixture', () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ['127.0.0.1:14000', ['127.0.0.1:14000']],
    ['127.0.0.1:14000, 127.0.0.1:14001', ['127.0.0.1:14000', '127.0.0.1:14001']],
    [' [::1]:14000 ,localhost:1', ['[::1]:14000', 'localhost:1']],
    ['[fe80::1%eth0]:65535', ['[fe80::1%eth0]:65535']],
    ['counter.example.org', ['counter.example.org']],
    ['Counter.Example.org., counter.example.ORG', ['counter.example.org']],
    ['zähler.example', ['xn--zhler-gra.example']],
    ['Zähler.example:80', ['xn--zhler-gra.example:80']],
    ['counter.example.org, a_b.example.:8080', ['counter.example.org', 'a_b.example.:8080']],
    ['a:1,a:1', ['a:1']],
  ];
  for (const [text, shown] of cases) deepEqual(parseConnectString(text).map(showTarget), shown);
});

test('a malformed connection string is refused, and says why', () => {
  const cases: readonly (readonly [unknown, RegExp])[] = [
    ['', /it is empty/],
    ['  ', /it is empty/],
    ['a:1,', /empty element/],
    [',a:1', /empty element/],
    ['127.0.0.1', /no port: write 127\.0\.0\.1:14000/],
    ['localhost', /no port: write localhost:14000/],
    ['::1', /write \[::1\]:14000/],
    ['[::1]', /port from 1 to 65535/],
    ['[::1', /no host name/],
    ['[127.0.0.1]:80', /no IPv6 address/],
    ['a:0', /port from 1 to 65535/],
    ['a:65536', /port from 1 to 65535/],
    ['a:', /port from 1 to 65535/],
    ['a:-1', /port from 1 to 65535/],
    ['a:1:2', /port from 1 to 65535/],
    ['a:1e3', /port from 1 to 65535/],
    ['http://a:1', /is a URL: write host:port, without http:\/\//],
    ['::1:14000', /needs brackets: write \[::1\]:14000/],
    ['a:1;b:2', /separated by commas/],
    ['300.1.1.1:80', /no host name/],
    ['-a:80', /no host name/],
    ['a b:80', /separated by commas/],
    [`${'a'.repeat(64)}:80`, /no host name/],
    [`${'a'.repeat(400)}:80`, /too long/],
    [':80', /no host name/],
    ['counter', /no port: write counter:14000/],
    ['_concoord._tcp.counter.test', /give the domain alone, without _concoord\._tcp\./],
    ['a_b.test', /'a_b\.test' is no domain: .*letters, digits and hyphens/],
    ['counter..test', /no domain: it has an empty label/],
    [`${'a.'.repeat(125)}test`, /no domain: it has 254 characters/],
    ['counter.test/x', /no domain: a name has no "\/"/],
    ['10.0.0', /no domain: .*no IP address/],
    [undefined, /not undefined/],
    [null, /not null/],
    [14_000, /not number/],
    [Array.from({ length: 65 }, (_, at) => `a:${at + 1}`).join(','), /more than 64/],
  ];
  for (const [text, message] of cases) {
    throws(
      () => parseConnectString(text),
      (error) =>
        error instanceof ConnectionError && message.test(error.message) && !error.retryable,
    );
  }
});
