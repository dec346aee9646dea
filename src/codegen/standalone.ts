import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import { present } from '../base/index.ts';
import { CLIENT_BUILD } from '../bundles/index.ts';
import type { ModuleGraph } from './module-graph.ts';
import type { Vocabulary } from './vocabulary.ts';

/** What a file without the package gives beside its proxies, where the user has not these names. */
const EXPORTED = [
  'BareProxy',
  'close',
  'ConCoordError',
  'flush',
  'hold',
  'ObjectProxy',
  'outcome',
  'withOptions',
];

const CLIENT = fileURLToPath(new URL('../client', import.meta.url));

/** The client engine, which is read and not run: its sources in a checkout, else what was built from them. */
function clientFile(...names: readonly string[]): string {
  const files = names.map((name) => `${CLIENT}/${name}`);
  return present(files.find(existsSync), `one of ${names.join(', ')} of the client engine`);
}

/** The proxies and the client engine as one module, which is the same on every machine. */
export function bundle(text: string, taken: ReadonlySet<string>): string {
  const more = EXPORTED.filter((name) => !taken.has(name)).join(', ');
  const entry = clientFile('index.ts', 'index.js');
  const { outputFiles } = buildSync({
    stdin: { contents: `${text}\nexport { ${more} } from 'concoord';\n`, resolveDir: CLIENT },
    absWorkingDir: dirname(CLIENT),
    alias: { concoord: entry },
    ...CLIENT_BUILD,
  });
  return present(outputFiles[0], 'output of the bundler').text;
}

/** What declarations of such a file say in place of the import from `concoord`. */
export function declareHelpers(
  graph: ModuleGraph,
  vocabulary: Vocabulary,
  local: (helper: string) => string,
): string {
  const options = graph.load(clientFile('options.ts', 'options.d.ts'));
  const outcomes = graph.load(clientFile('outcome.ts', 'outcome.d.ts'));
  const helds = graph.load(clientFile('held.ts', 'held.d.ts'));
  const name = (module: typeof options, type: string): string =>
    vocabulary.need(
      present(graph.exported(module, type), `type ${type} of the client`),
      local(type),
    );
  const proxy = name(options, 'ProxyOptions');
  const call = name(options, 'CallOptions');
  const fate = name(outcomes, 'CallOutcome');
  const how = `options?: ${name(options, 'HoldOptions')}, methods?: ${name(helds, 'HoldMethods')}`;
  const held = name(helds, 'Held');
  const functions: readonly (readonly [string, string])[] = [
    ['withOptions', `<P extends object>(proxy: P, options: ${call}): P`],
    ['flush', '(proxy: object): Promise<void>'],
    ['close', '(proxy: object): Promise<void>'],
    ['hold', `(proxy: object, ${how}): Promise<${held}>`],
    ['outcome', `<T = unknown>(proxy: object, requestId: string): Promise<${fate}<T>>`],
  ];
  const free = functions.filter(([helper]) => local(helper) === helper);
  const error = local('ConCoordError') === 'ConCoordError' ? ERROR : '';
  return `${error}${free.map(([helper, type]) => `export declare function ${helper}${type};\n`).join('')}
export declare class ${local('BareProxy')} {
  constructor(bootstrap: string, options?: ${proxy});
  toString(): string;
  [Symbol.asyncDispose](): Promise<void>;
}
export declare class ${local('ObjectProxy')} extends ${local('BareProxy')} {
  with(options: ${call}): this;
  flush(): Promise<void>;
  close(): Promise<void>;
}
`;
}

const ERROR = `/** Every error that is not the object's own. */
export declare class ConCoordError extends Error {
  readonly code: string;
  readonly remedy: string;
  readonly retryable: boolean;
  readonly outcome: 'not-applied' | 'applied' | 'unknown' | undefined;
  readonly requestId: string | undefined;
}
`;
