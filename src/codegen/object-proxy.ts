import { basename, dirname, extname, join, resolve } from 'node:path';
import type { ClassMember } from '../loading/index.ts';
import { findSource } from './find-source.ts';
import type { FoundSource } from './find-source.ts';
import { generate } from './generate.ts';
import type { Wanted } from './generate.ts';
import { classesIn, headerOf, refuseForeign, writeFiles } from './output.ts';
import type { Form, ProxyType } from './proxy-type.ts';
import { canImportConcoord } from './resolvable.ts';

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
  /** What replicas list of the classes that were asked for, and of those that the file has already. */
  readonly members: ReadonlyMap<string, readonly ClassMember[]>;
  readonly step: (text: string) => void;
  /** Told what users should know, each in one line. */
  readonly warn: (text: string) => void;
}

/** The other classes that the file of a proxy has already, and that are written again with it. */
export function otherClasses(order: Omit<ProxyOrder, 'members'>): readonly string[] {
  const { first, source } = placeOf(order);
  return (classesIn(first) ?? []).flatMap((one) =>
    one.className === source.className ? [] : [one.className],
  );
}

/**
 * Writes the proxy of a class, beside those that its file has for other classes of the same module.
 *
 * @returns The path of the file that programs import.
 * @throws ConCoordError `INVALID_ARGUMENT` with what to correct.
 */
export function writeObjectProxy(order: ProxyOrder): string {
  const { members, step, warn } = order;
  const { source, folder, paths, first } = placeOf(order);
  step(`${order.name} is ${source.className} in ${source.file}`);
  if (!order.force) refuseForeign([...paths.values()]);
  const wanted = { className: source.className, type: order.type, isKept: false };
  const others = (classesIn(first) ?? []).filter((one) => one.className !== wanted.className);
  const classes = [...others, wanted]
    .map((one) => ({ ...one, members: members.get(one.className) }))
    .toSorted((a, b) => (a.className < b.className ? -1 : 1));
  const texts = generate({
    file: source.file,
    classes,
    forms: [...paths.keys()],
    header: (kept) => header(order, source, kept),
    token: order.token,
    isStandalone: order.standalone,
    cwd: order.cwd,
    step,
    warn,
  });
  writeFiles(new Map([...paths].map(([form, path]) => [path, texts.get(form) ?? ''])));
  for (const path of paths.values()) step(`wrote ${path}`);
  if (!order.standalone && !canImportConcoord(folder)) {
    warn(
      `${first} imports concoord, which cannot be found from there: run npm install concoord ` +
        'in its project, or write it again with --standalone',
    );
  }
  return first;
}

interface Place {
  readonly source: FoundSource;
  readonly folder: string;
  readonly paths: ReadonlyMap<Form, string>;
  /** The file that programs import. */
  readonly first: string;
}

function placeOf(order: Omit<ProxyOrder, 'members'>): Place {
  const source = findSource(order.name, order.searchPath, order.cwd);
  const beside = source.folder === 'beside' ? dirname(source.file) : order.cwd;
  const folder = order.out === undefined ? beside : resolve(order.cwd, order.out);
  const isJs = order.js || order.standalone;
  const paths = pathsOf(join(folder, `${source.stem}proxy`), source.file, isJs);
  const [first = ''] = paths.values();
  return { source, folder, paths, first };
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
