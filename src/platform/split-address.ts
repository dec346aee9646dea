import { ConCoordError } from '../base/index.ts';

/** Splits `host:port`, IPv6 as `[::1]:14000`; addresses of members come from others and are checked. */
export function splitAddress(address: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new ConCoordError('INVALID_ARGUMENT', `'${address}' is no address of a replica`);
  }
  return { host, port };
}

export function joinAddress(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
