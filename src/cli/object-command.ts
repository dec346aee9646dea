import { ConCoordError } from '../base/index.ts';
import { findClassFile, isBuiltInClass, otherClasses, writeObjectProxy } from '../codegen/index.ts';
import type { ProxyOrder } from '../codegen/index.ts';
import { readClass, splitSearchPath } from '../loading/index.ts';
import type { ClassMember } from '../loading/index.ts';
import { checkSafety } from '../safety/index.ts';
import { complain, EXIT, print, say, UsageError } from './output.ts';
import { judgeClass } from './programs.ts';
import { readProxyType } from './proxy-type.ts';

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
export async function object(flags: ObjectFlags): Promise<number> {
  if (flags.objectname === undefined) {
    throw new UsageError('-o names the class, such as tencounter.TenCounter in tencounter.ts');
  }
  const step = flags.verbose === true ? print : (): void => undefined;
  const searchPath = process.env['CONCOORD_PATH'] ?? '';
  const order = {
    name: flags.objectname,
    type: readProxyType(flags.proxytype),
    out: flags.out,
    js: flags.js === true,
    standalone: flags.standalone === true,
    force: flags.force === true,
    token: readToken(flags, step),
    searchPath,
    cwd: process.cwd(),
    step,
    warn: (text: string): void => say(`concoord: ${text}`),
  };
  if (flags.safe === true) {
    const file = findClassFile(order.name, searchPath, order.cwd);
    if (!(await isSafe(file, step))) return EXIT.failed;
  }
  try {
    const path = await createProxy(order);
    print(`Client proxy file created with name: ${path}`);
    return EXIT.done;
  } catch (error) {
    // The command line made sense: what is wrong now is what it leads to.
    return Math.min(complain('concoord', error), EXIT.failed);
  }
}

type Order = Omit<ProxyOrder, 'members'>;

/**
 * Writes the proxy of a class that replicas would run.
 *
 * @throws ConCoordError as a replica does that is to found an instance with it.
 */
export async function createProxy(order: Order): Promise<string> {
  return writeObjectProxy({ ...order, members: await judge(order) });
}

/** What replicas list of the classes of the file. */
async function judge(order: Order): Promise<ReadonlyMap<string, readonly ClassMember[]>> {
  const { cwd, name, searchPath, step, warn } = order;
  const listed = new Map<string, readonly ClassMember[]>();
  if (isBuiltInClass(name)) return listed;
  const places = { paths: splitSearchPath(searchPath), directory: cwd };
  const own = await readClass(name, places);
  step('making an object of it, as a replica does');
  if (!(await judgeClass(own))) {
    warn(`isolated-vm cannot be loaded, so no object of ${name} was made: replicas may refuse it`);
  }
  listed.set(classNameOf(name), own.members);
  for (const other of otherClasses(order)) {
    const named = name.slice(0, name.length - classNameOf(name).length) + other;
    const read = await readClass(named, places).catch((error: unknown) => {
      if (!(error instanceof ConCoordError)) throw error;
      step(`class ${other}: ${error.message}`);
      return undefined;
    });
    if (read !== undefined) listed.set(other, read.members);
  }
  return listed;
}

function classNameOf(name: string): string {
  return name.split(/[.#]/).at(-1) ?? name;
}
/** The lines of the original, so that who reads them by a program can go on doing so. */
async function isSafe(file: string, step: (text: string) => void): Promise<boolean> {
  step('Checking object safety');
  const violations = await checkSafety(file);
  for (const { line, reason } of violations) print(`${line} | ${reason} --> EXIT`);
  if (violations.length > 0) print('Object is not safe to execute.');
  else step('Object is safe!');
  return violations.length === 0;
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
