import { createSocket } from 'node:dgram';
import { Resolver } from 'node:dns/promises';

const ASK_MS = 1000;
const TRIES = 2;

export interface Place {
  readonly address: string;
  readonly port: number;
}

/**
 * Whether a name server for the domain is there already, and lists one of these members (`addr:port`): then
 * it is another replica of the same instance, on the same machine, and tells what we would.
 */
export async function isKin(
  { address, port }: Place,
  domain: string,
  members: readonly string[],
): Promise<boolean> {
  const resolver = new Resolver({ timeout: ASK_MS, tries: TRIES });
  try {
    resolver.setServers([`${address.includes(':') ? `[${address}]` : address}:${port}`]);
    const texts = await resolver.resolveTxt(domain);
    const nodes = texts.flatMap((strings) => strings.join('').split(';'));
    return nodes.some((node) => members.includes(node.replace(/^(?:REPLICA|NAMESERVER) /, '')));
  } catch {
    // It is something else, or answers for another domain.
    return false;
  }
}

/** Whether nobody listens there over UDP, which is less work to find out than to start a thread for it. */
export function isVacant({ address, port }: Place): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createSocket({ type: address.includes(':') ? 'udp6' : 'udp4' });
    socket.once('error', () => {
      socket.close();
      resolve(false);
    });
    socket.bind({ address, port, exclusive: true }, () => socket.close(() => resolve(true)));
  });
}
