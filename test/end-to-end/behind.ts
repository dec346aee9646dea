/**
 * Preloaded into a replica that stands behind a relay: it advertises one port and listens at another, so
 * that whoever dials the address that it names meets the relay.
 */
import { Server } from 'node:net';

const [front, back] = (process.env['CONCOORD_TEST_BEHIND'] ?? '').split(':').map(Number);

interface Listen {
  (this: Server, ...args: unknown[]): Server;
}

// oxlint-disable-next-line typescript/unbound-method -- called with its server below
const listen = Server.prototype.listen as Listen;

Server.prototype.listen = function (this: Server, ...args: unknown[]): Server {
  const [options, ...rest] = args as [{ readonly port?: number }, ...unknown[]];
  const moved = options.port === front ? { ...options, port: back } : options;
  return listen.call(this, moved, ...rest);
};
