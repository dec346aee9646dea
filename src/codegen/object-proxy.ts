import { basename, dirname, extname, join, resolve } from 'node:path';
import { findSource } from './find-source.ts';
import type { FoundSource } from './find-source.ts';
import { generate } from './generate.ts';
import type { Wanted } from './generate.ts';
import { classesIn, headerOf, refuseForeign, writeFiles } from './output.ts';
import type { Form, ProxyType } from './proxy-type.ts';

export interface ProxyOrder {
  /** As for `-o`. */
  readonly name: string;
  readonly type: ProxyType;
  /** Folder of the proxy; undefined is beside the source. */
  readonly out: string | undefined;
  /** JavaScript and declarations, also for a TypeScript source. */
  readonly js: boolean;
  /** JavaScript that needs no package. */
  readonly standalone: boolean;
  /** Overwrites what was not generated. */
  readonly force: boolean;
  /** Written into the file. */
  readonly token: string | undefined;
  /** CONCOORD_PATH. */
  readonly searchPath: string;
  readonly cwd: string;
  readonly step: (text: string) => void;
}

/**
 * Writes the proxy of a class, beside those that its file has for other classes of the same module.
 *
 * @returns The path of the file that programs import.
 * @throws ConCoordError `INVALID_ARGUMENT` with what to correct.
 */
export function writeObjectProxy(order: ProxyOrder): string {
  const { step } = order;
  const source = findSource(order.name, order.searchPath, order.cwd);
  step(`${order.name} is ${source.className} in ${source.file}`);
  const folder =
    order.out === undefined
      ? source.folder === 'beside'
        ? dirname(source.file)
        : order.cwd
      : resolve(order.cwd, order.out);
  const paths = pathsOf(
    join(folder, `${source.stem}proxy`),
    source.file,
    order.js || order.standalone,
  );
  if (!order.force) refuseForeign([...paths.values()]);
  const [first = ''] = paths.values();
  const wanted = { className: source.className, type: order.type, isKept: false };
  const others = (classesIn(first) ?? []).filter((one) => one.className !== wanted.className);
  const classes = [...others, wanted].toSorted((a, b) => (a.className < b.className ? -1 : 1));
  const texts = generate({
    file: source.file,
    classes,
    forms: [...paths.keys()],
    header: (kept) => header(order, source, kept),
    token: order.token,
    isStandalone: order.standalone,
    cwd: order.cwd,
    step,
  });
  writeFiles(new Map([...paths].map(([form, path]) => [path, texts.get(form) ?? ''])));
  for (const path of paths.values()) step(`wrote ${path}`);
  return first;
}

/** The file that programs import comes first. */
function pathsOf(base: string, source: string, js: boolean): ReadonlyMap<Form, string> {
  const isModule = extname(source).startsWith('.m');
  const isJs = js || source.endsWith('js');
  if (!isJs) return new Map([['ts', `${base}${isModule ? '.mts' : '.ts'}`]]);
  return new Map([
    ['js', `${base}${isModule ? '.mjs' : '.js'}`],
    ['dts', `${base}${isModule ? '.d.mts' : '.d.ts'}`],
  ]);
}

function header(
  { js, standalone, token }: ProxyOrder,
  { file, prefix }: FoundSource,
  classes: readonly Wanted[],
): string {
  const again = classes.map((one) => ({ ...one, name: prefix + one.className }));
  const flags = [
    js ? ' --js' : '',
    standalone ? ' --standalone' : '',
    token === undefined ? '' : ' -t TOKEN --embed-token',
  ];
  return headerOf(basename(file), again, flags.join(''));
}
