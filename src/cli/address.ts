import { UsageError } from './output.ts';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:14000`, `[::1]:14000` or `name:14000`. */
export function parseAddress(text: string): HostPort {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text.trim());
  const port = Number(match?.[3]);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || port < 1 || port > 65_535) {
    throw new UsageError(`'${text}' is no address: write host:port, or [address]:port for IPv6`);
  }
  return { host, port };
}

export function showAddress({ host, port }: HostPort): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

export function parsePort(text: string): number {
  const port = Number(text);
  if (!/^\d{1,5}$/.test(text) || port < 1 || port > 65_535) {
    throw new UsageError(`'${text}' is no port: a number from 1 to 65535`);
  }
  return port;
}
