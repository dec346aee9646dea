import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { test } from 'node:test';
import { domainToASCII } from 'node:url';
import * as fc from 'fast-check';
import { MAX_NAME_CHARACTERS, readName, SERVICE_LABELS } from './domain.ts';
import type { NameUse } from './domain.ts';

/** Of so many characters, in labels that are as long as they may be. */
function longName(characters: number): string {
  const tail = '.test';
  const labels = 'a'.repeat(characters - tail.length).replaceAll(/(.{63})./g, '$1.');
  return labels + tail;
}

function fault(text: string, use: NameUse = 'domain'): string {
  const read = readName(text, use, domainToASCII);
  return 'fault' in read ? read.fault : `none: ${read.name}`;
}

test('a domain is read in lower case, in ASCII, and without the dot of the root', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['counterdomain.test', 'counterdomain.test'],
    ['CounterDomain.Test', 'counterdomain.test'],
    ['counterdomain.test.', 'counterdomain.test'],
    ['3com.test', '3com.test'],
    ['xn--mnchen-3ya.test', 'xn--mnchen-3ya.test'],
    ['MÜNCHEN.test', 'xn--mnchen-3ya.test'],
    ['例え.テスト', 'xn--r8jz45g.xn--zckzah'],
    ['counter。test', 'counter.test'],
    [longName(238), longName(238)],
    [`${'a'.repeat(63)}.test`, `${'a'.repeat(63)}.test`],
  ];
  for (const [text, name] of cases) deepEqual(readName(text, 'domain', domainToASCII), { name });
});

test('a host may be a single label, and have underscores', () => {
  for (const name of ['localhost', 'a_b.test', '_x', longName(253)]) {
    deepEqual(readName(name, 'host'), { name });
  }
});

test('what is no domain is refused, and says why', () => {
  const cases: readonly (readonly [string, RegExp])[] = [
    ['', /empty$/],
    ['.', /empty$/],
    ['counter', /has a dot/],
    ['counter.', /has a dot/],
    ['.test', /empty label/],
    ['a..test', /empty label/],
    ['a.test..', /empty label/],
    ['-a.test', /hyphen$/],
    ['a-.test', /hyphen$/],
    [`${'a'.repeat(64)}.test`, /label of 64 characters, and the most is 63/],
    [longName(254), /has 254 characters, and a name has at most 253$/],
    [longName(239), /has 239 characters.*253 with _concoord\._tcp\. before/],
    ['10.0.0.1', /^it is an IP address, and no name$/],
    ['１０.０.０.１', /^it is an IP address, and no name$/],
    ['10.0.1', /no IP address$/],
    ['a.0x1f', /no IP address/],
    ['_concoord._tcp.a.test', /without _concoord\._tcp\./],
    ['a_b.test', /letters, digits and hyphens/],
    ['a b.test', /no " "/],
    ['a.test/x', /no "\/"/],
    ['ü/x.test', /no "\/"/],
    ['ü%2e.test', /no "%"/],
    ['a.test:80', /no ":"/],
    ['a\0.test', /no "\\u0000"/],
    ['\u00ad', /no form in ASCII/],
    ['\u{ffff}.test', /no form in ASCII/],
    [`${'ü'.repeat(60)}.test`, /no form in ASCII|label of/],
  ];
  for (const [text, why] of cases) match(fault(text), why, JSON.stringify(text));
});

test('other alphabets need whoever turns them to ASCII', () => {
  deepEqual(readName('münchen.test', 'domain'), { fault: 'it has no form in ASCII' });
});

test('whatever is given, what is read fits a question and reads as itself', () => {
  const label = fc.stringMatching(/^[a-zA-Z0-9_-]{0,64}$/);
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 300 }),
    fc.array(label, { maxLength: 6 }).map((labels) => labels.join('.')),
  );
  fc.assert(
    fc.property(text, fc.constantFrom<NameUse>('host', 'domain'), (given, use) => {
      const read = readName(given, use, domainToASCII);
      if ('fault' in read) return;
      deepEqual(readName(read.name, use), read);
      const asked = use === 'domain' ? `${SERVICE_LABELS}.${read.name}` : read.name;
      ok(asked.length <= MAX_NAME_CHARACTERS);
      for (const one of asked.split('.')) {
        ok(one.length > 0 && one.length <= 63);
        equal(/[^a-z0-9_-]/.test(one), false);
      }
    }),
  );
});
