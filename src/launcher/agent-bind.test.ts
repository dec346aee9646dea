import { deepEqual } from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { bind } from './agent-bind.ts';

test('a port that is taken is found before a name server is started, and one that is free, too', async () => {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const { port } = socket.address();
  const request = { do: 'bind', addr: '127.0.0.1', port, sudo: false } as const;
  const node = process.execPath;
  deepEqual(bind(request), { free: false, why: 'EADDRINUSE', node });
  const closed = once(socket, 'close');
  socket.close();
  await closed;
  deepEqual(bind(request), { free: true, why: '', node });
});

test('an address of another machine is none to bind', () => {
  const request = { do: 'bind', addr: '192.0.2.1', port: 0, sudo: false } as const;
  deepEqual(bind(request), { free: false, why: 'EADDRNOTAVAIL', node: process.execPath });
});
