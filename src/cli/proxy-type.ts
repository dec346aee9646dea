import { PROXY_TYPES } from '../codegen/index.ts';
import type { ProxyType } from '../codegen/index.ts';
import { UsageError } from './output.ts';

/** What `-p` says; a basic one when it says nothing. */
export function readProxyType(text = '0'): ProxyType {
  if (/^[0-3]$/.test(text)) return Number(text) as ProxyType;
  const types = PROXY_TYPES.map(({ name }, number) => `${number} (${name})`).join(', ');
  throw new UsageError(`-p: '${text}' is no type of proxy; there are ${types}`);
}
