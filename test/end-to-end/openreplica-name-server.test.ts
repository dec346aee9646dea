/** What `openreplica` does on a node before a name server is started there. */
import { equal, match } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { FakeHosts } from './fake-hosts.ts';
import { COUNTER, Stage } from './kit.ts';
import { freePorts } from './ports.ts';
import { Site } from './site.ts';

test('the same command again finds its own name server, and no port that is taken', async () => {
  await using site = await Site.of('h1');
  const [port = 0] = await freePorts(1);
  const command = ['nameserver', '-o', COUNTER, '-n', 'counter.test', '--dns-port', String(port)];

  const first = await site.run(...command, 'h1');
  equal(first.code, 0, first.stderr);
  match(first.stdout, /^h1: NAMESERVER-127\.0\.0\.1:\d+ ready, /m);
  const again = await site.run(...command, 'h1');
  equal(again.code, 0, again.stderr);
  match(again.stdout, /^h1: runs already: NAMESERVER-/m);

  const other = await site.run(...command.with(4, 'other.test'), 'h1');
  equal(other.code, 1);
  match(other.stdout, /^h1: The Nameserver cannot bind to socket \d+\. Try another instance\.$/m);
  match(other.stderr, /^openreplica: h1: port \d+ cannot be bound \(EADDRINUSE\)[^\n]*\n$/);
});

test('a spare node gets what a name server needs before it takes the place of one', async () => {
  await using stage = new Stage();
  await using hosts = new FakeHosts(stage, { a: 'r1', b: 'r2' });
  const started = await hosts.run('replica', '-o', COUNTER, 'a');
  equal(started.code, 0, started.stderr);
  const maintain = ['maintain', '-k', '2', '--patience', '1', '-n', 'counter.test'];

  const published = hosts.start(...maintain, '-r');
  await published.printed('stdout', /^b: copying @aws-sdk\/client-route-53$/m);
  await published.killed();
  const socket = createSocket('udp4').bind(0, hosts.address('b'));
  await once(socket, 'listening');
  const { port } = socket.address();
  const served = hosts.start(...maintain, '--dns-port', String(port));
  await served.printed('stdout', /^b: The Nameserver cannot bind to socket \d+\. /m);
  await served.killed();
  socket.close();
});
