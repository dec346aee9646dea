import { equal } from 'node:assert/strict';
import { promises } from 'node:dns';
import { test } from 'node:test';
import { isServerAddress } from './server-address.ts';

test('a name server has an address and a port, as node:dns takes it', () => {
  for (const text of ['127.0.0.1:53', '[::1]:5353', '[fe80::1%eth0]:65535']) {
    equal(isServerAddress(text), true, text);
    new promises.Resolver().setServers([text]);
  }
  const others = [
    '',
    '127.0.0.1',
    '::1:53',
    '[::1]',
    '[127.0.0.1]:53',
    'ns.test:53',
    '127.0.0.1:0',
  ];
  others.push('127.0.0.1:65536', '127.0.0.1:53 ', '1.2.3:53', ':53', '[::1]:', '127.0.0.1:5e1');
  for (const text of others) equal(isServerAddress(text), false, text);
});
