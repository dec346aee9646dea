import { ConCoordError } from '../base/index.ts';
import { callAgent, carrySdk, orderId } from '../launcher/index.ts';
import type { Login, Order } from '../launcher/index.ts';
import type { NameService } from './flags.ts';

export const SUDO = [
  '--sudo',
  'for port 53: give our Node.js there the right to bind it, by sudo setcap',
] as const;

export interface NameServerNeeds extends Pick<NameService, 'port' | 'route53'> {
  readonly isSudo: boolean;
}

/**
 * Sees to what a name server needs of its node, before anything is started there that would only fail.
 *
 * @throws ConCoordError `REMOTE_NODE` with what to do there.
 */
export async function prepareNameServer(
  login: Login,
  order: Order,
  { isSudo, port, route53 }: NameServerNeeds,
  tellIt: (text: string) => void,
): Promise<void> {
  if (route53 !== undefined) {
    await carrySdk(login, tellIt);
    return;
  }
  const { free, node, why } = await callAgent(login, {
    do: 'bind',
    port,
    sudo: isSudo,
    replica: { order: orderId(order), ...(order.port !== undefined && { port: order.port }) },
    ...(order.addr !== undefined && { addr: order.addr }),
  });
  if (free) return;
  tellIt(`The Nameserver cannot bind to socket ${port}. Try another instance.`);
  throw new ConCoordError('REMOTE_NODE', `${login.host}: port ${port} cannot be bound (${why})`, {
    remedy: remedyFor(why, node),
  });
}

function remedyFor(why: string, node: string): string {
  const byHand = `sudo setcap cap_net_bind_service=+ep ${node}; or give --dns-port with a port above 1023.`;
  if (why === 'EACCES') return `Give --sudo; or run there: ${byHand}`;
  if (why.startsWith('sudo'))
    return `Let that user run setcap by sudo without a password; or run there: ${byHand}`;
  if (why === 'EADDRNOTAVAIL') return 'Give -a an address of that machine.';
  return 'Stop what has it there, or name another with --dns-port.';
}
