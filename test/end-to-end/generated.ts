/** Proxies as `concoord object` writes them for a class of a user, loaded into the test. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ObjectProxy, ProxyOptions } from '../../src/client/index.ts';
import type { Stage } from './kit.ts';

const CLIENT = new URL('../../src/client/index.ts', import.meta.url);

const TEN_COUNTER = `
/** How often anything was counted, also where nobody looks at the value. */
let calls = 0;

export class TenCounter {
  value = 0;
  #labels: string[] = [];

  increment(): number {
    calls++;
    this.value += 10;
    return this.value;
  }

  getvalue(): number {
    return this.value;
  }

  counted(): number {
    return calls;
  }

  label(text: string): number {
    this.#labels.push(text);
    return this.#labels.length;
  }

  labels(): number[] {
    return this.#labels.map((label) => label.length);
  }

  fail(): number {
    calls++;
    this.value += 10;
    throw new RangeError(\`at \${this.value}\`);
  }
}
`;

export const TEN_COUNTER_NAME = 'tencounter.TenCounter';

/** As the generated text declares it; that it does is checked where it is compiled. */
export interface TenCounter extends ObjectProxy {
  increment(): Promise<number>;
  getvalue(): Promise<number>;
  counted(): Promise<number>;
  label(text: string): Promise<number>;
  labels(): Promise<number[]>;
  fail(): Promise<number>;
  __concoordinit__(): Promise<void>;
}

export type TenCounterClass = new (bootstrap: string, options?: ProxyOptions) => TenCounter;

/** The package as programs in this folder import it: the client engine of this checkout. */
export function installClient(folder: string): void {
  const home = join(folder, 'node_modules/concoord');
  mkdirSync(home, { recursive: true });
  writeFileSync(join(home, 'package.json'), '{ "type": "module", "exports": "./index.js" }');
  writeFileSync(join(home, 'index.js'), `export * from '${CLIENT.href}';\n`);
}

/** Writes the class, where replicas of this stage find it, and a proxy of each of these types. */
export async function generateTenCounters(
  stage: Stage,
  types: readonly number[],
): Promise<readonly TenCounterClass[]> {
  const sources = join(stage.folder, 'sources');
  mkdirSync(sources);
  writeFileSync(join(sources, 'tencounter.ts'), TEN_COUNTER);
  stage.surroundings = { env: { CONCOORD_PATH: sources } };
  installClient(stage.folder);
  return Promise.all(
    types.map(async (type) => {
      const out = `proxy-${type}`;
      const flags = ['-p', String(type), '--out', out];
      const { code, stderr } = await stage.run('object', '-o', TEN_COUNTER_NAME, ...flags);
      if (code !== 0) throw new Error(stderr);
      const path = join(stage.folder, out, 'tencounterproxy.ts');
      const module = (await import(pathToFileURL(path).href)) as unknown;
      return (module as { readonly TenCounter: TenCounterClass }).TenCounter;
    }),
  );
}
