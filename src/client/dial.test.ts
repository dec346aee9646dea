import { equal, match } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Server } from 'node:net';
import { test } from 'node:test';
import { BlackHole } from './black-hole-test-kit.ts';
import { Dial } from './dial.ts';

function endpointAt(port: number): { readonly address: string; readonly port: number } {
  return { address: '127.0.0.1', port };
}

async function listen(): Promise<{ readonly server: Server; readonly port: number }> {
  const server = createServer((socket) => socket.on('error', () => undefined)).listen(
    0,
    '127.0.0.1',
  );
  await once(server, 'listening');
  return { server, port: (server.address() as AddressInfo).port };
}

/** The port that took the connection, or why none did. */
function dial(ports: readonly number[]): Promise<number | string> {
  return new Promise((resolve) => {
    const made = new Dial(ports.map(endpointAt), true, {
      connected: (socket) => {
        resolve(socket.remotePort ?? 0);
        made.end();
        socket.destroy();
      },
      failed: resolve,
    });
  });
}

test('the first that takes the connection has it', async () => {
  const [one, two] = await Promise.all([listen(), listen()]);
  const dead = await listen();
  dead.server.close();
  await once(dead.server, 'close');

  equal(await dial([one.port, two.port]), one.port);
  equal(await dial([dead.port, two.port, one.port]), two.port);
  match(String(await dial([dead.port])), /^connect ECONNREFUSED/);
  equal(await dial([]), 'no address');
  one.server.close();
  two.server.close();
});

test('an endpoint that says nothing does not keep from the next one', async () => {
  await using hole = await BlackHole.start();
  const { port, server } = await listen();
  let taken = 0;
  server.on('connection', () => taken++);

  equal(await dial([hole.port, hole.port, port]), port);
  equal(taken, 1);
  server.close();
});

test('who has ended it hears nothing more', async () => {
  const { port, server } = await listen();
  const dead = await listen();
  dead.server.close();
  await once(dead.server, 'close');
  const heard: string[] = [];
  const events = {
    connected: () => heard.push('connected'),
    failed: () => heard.push('failed'),
  };
  new Dial([endpointAt(port)], true, events).end();
  new Dial([endpointAt(dead.port)], true, events).end();

  equal(await dial([dead.port, port]), port);
  equal(heard.join(), '');
  server.close();
});
