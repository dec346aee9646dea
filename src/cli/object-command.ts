import { PROXY_TYPES, writeObjectProxy } from '../codegen/index.ts';
import type { ProxyType } from '../codegen/index.ts';
import { EXIT, print, UsageError } from './output.ts';

/** As the command line has them. */
export interface ObjectFlags {
  readonly objectname?: string;
  readonly token?: string;
  readonly embedToken?: true;
  readonly proxytype?: string;
  readonly safe?: true;
  readonly verbose?: true;
  readonly out?: string;
  readonly js?: true;
  readonly standalone?: true;
  readonly force?: true;
}

/** `concoord object`: writes the proxy of a class. */
export function object(flags: ObjectFlags): number {
  if (flags.safe === true) {
    throw new UsageError('not yet: -s, the check of a class before it runs; leave it out for now');
  }
  if (flags.objectname === undefined) {
    throw new UsageError('-o names the class, such as tencounter.TenCounter in tencounter.ts');
  }
  const step = flags.verbose === true ? print : (): void => undefined;
  const path = writeObjectProxy({
    name: flags.objectname,
    type: readType(flags.proxytype),
    out: flags.out,
    js: flags.js === true,
    standalone: flags.standalone === true,
    force: flags.force === true,
    token: readToken(flags, step),
    searchPath: process.env['CONCOORD_PATH'] ?? '',
    cwd: process.cwd(),
    step,
  });
  print(`Client proxy file created with name: ${path}`);
  return EXIT.done;
}

function readType(text = '0'): ProxyType {
  if (/^[0-3]$/.test(text)) return Number(text) as ProxyType;
  const types = PROXY_TYPES.map(({ name }, number) => `${number} (${name})`).join(', ');
  throw new UsageError(`-p: '${text}' is no type of proxy; there are ${types}`);
}

/** A secret in a source file ends up where sources go: it is only written when that is asked for by name. */
function readToken(flags: ObjectFlags, step: (text: string) => void): string | undefined {
  if (flags.token === '') throw new UsageError('-t is empty: name the token, or leave -t out');
  if (flags.embedToken !== true) {
    if (flags.token !== undefined) {
      step('the token is not written: give it as the option token, or in CONCOORD_TOKEN');
    }
    return undefined;
  }
  if (flags.token === undefined)
    throw new UsageError('--embed-token writes the token that -t names');
  return flags.token;
}
