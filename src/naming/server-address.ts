import { isIP } from 'node:net';

/** Whether `text` is the address of a name server as `setServers` of node:dns takes it: `addr:port`. */
export function isServerAddress(text: string): boolean {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '';
  const port = Number(match?.[3]);
  // `[127.0.0.1]:53` is none, and `::1:53` could be another address.
  const isBracketed = match?.[1] !== undefined;
  return isIP(host) === (isBracketed ? 6 : 4) && port >= 1 && port <= 65_535;
}
