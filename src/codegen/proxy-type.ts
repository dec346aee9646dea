/** The four types of proxies, numbered as in the original, and how their calls follow one another. */
export const PROXY_TYPES = [
  { name: 'basic', mode: 'one-by-one', what: 'one call at a time' },
  { name: 'blocking', mode: 'at-once', what: 'many calls at once' },
  { name: 'client-side batching', mode: 'gathered', what: 'calls are gathered into one request' },
  // The leader always takes what waits together into one slot of the log.
  { name: 'server-side batching', mode: 'at-once', what: 'the leader gathers calls' },
] as const;

export type ProxyType = 0 | 1 | 2 | 3;

/** How the text of a file is written: TypeScript, or JavaScript with its declarations. */
export type Form = 'ts' | 'js' | 'dts';
