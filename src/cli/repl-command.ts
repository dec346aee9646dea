import { Token } from '../auth/index.ts';
import { ConCoordError } from '../base/index.ts';
import { outcome } from '../client/index.ts';
import { builtInNames, findBuiltIn } from '../library/index.ts';
import type { Welcome } from '../wire/index.ts';
import { ask } from './control.ts';
import { checkServer, findMembers, readWhereabouts } from './find-members.ts';
import type { Whereabouts } from './find-members.ts';
import { EXIT, print, say, UsageError } from './output.ts';
import { classNameOf, ProxyClasses } from './repl-classes.ts';
import type { ProxyClass } from './repl-classes.ts';
import { remember } from './repl-history.ts';
import { explain, startPrompt } from './repl-prompt.ts';

export interface ReplFlags {
  readonly objectname?: string;
  readonly dns?: string;
}

/**
 * `concoord repl`: tries objects, line by line. With addresses, the object that runs there is `c`; its class,
 * and those of the library, can be named in any case.
 *
 * @param token Of the instance, in clear: proxies take it so.
 */
export async function repl(
  list: string | undefined,
  { dns, objectname }: ReplFlags,
  token: string | undefined,
): Promise<number> {
  checkServer(dns);
  const classes = new ProxyClasses({ dns, token });
  const names: Record<string, unknown> = { outcome };
  for (const name of builtInNames()) names[classNameOf(name)] = classOf(name, classes);
  if (list === undefined) {
    if (objectname !== undefined) names[classNameOf(objectname)] = classOf(objectname, classes);
    greet('no instance was named: say c = new Counter(...)');
  } else {
    const welcome = await firstWelcome(readWhereabouts(list, dns), token);
    if (objectname !== undefined && objectname !== welcome.objectName) {
      throw new ConCoordError(
        'CODE_MISMATCH',
        `-o says ${objectname}, but the instance runs ${welcome.objectName}`,
        { remedy: 'Leave -o out: the replicas say what they run.' },
      );
    }
    const methods = welcome.methods.map(({ name }) => name);
    const Made = classes.make(welcome.objectName, methods);
    names[Made.name] = Made;
    names['c'] = new Made(list);
    greet(`c is a ${Made.name} (${methods.join(', ')})`);
  }
  try {
    return await converse(names);
  } finally {
    await classes.closeAll();
  }
}

function classOf(objectName: string, classes: ProxyClasses): ProxyClass {
  const type = findBuiltIn(objectName);
  if (type !== undefined) {
    return classes.make(
      objectName,
      type.methods.map(({ name }) => name),
    );
  }
  throw new UsageError(
    `${objectName} is no object of this library. Name the replicas that run it: ` +
      'they say what methods it has.',
  );
}

/** All are asked in turn: some may be down. */
async function firstWelcome(places: Whereabouts, text: string | undefined): Promise<Welcome> {
  const token = text === undefined ? undefined : new Token(text);
  const failures: string[] = [];
  for (const address of await findMembers(places)) {
    try {
      return (await ask(address, undefined, { token })).welcome;
    } catch (error) {
      if (!(error instanceof ConCoordError) || error.code !== 'CONNECTION') throw error;
      failures.push(error.message);
    }
  }
  throw new ConCoordError('CONNECTION', failures.join('; '));
}

function greet(line: string): void {
  if (process.stdin.isTTY) print(`${line}; every call is awaited; .help and .exit`);
}

/** Until the input ends. What failed in a script is known by its exit code. */
function converse(names: Readonly<Record<string, unknown>>): Promise<number> {
  const terminal = process.stdin.isTTY && process.stdout.isTTY;
  let failed = false;
  const complain = (line: string): void => {
    failed = true;
    if (terminal) print(line);
    else say(line);
  };
  const unwaited = (error: unknown): void => complain(`${explain(error)} (nobody waited for it)`);
  process.on('unhandledRejection', unwaited).on('uncaughtException', unwaited);
  const { stdin: input, stdout: output } = process;
  const server = startPrompt({ input, output, terminal, names, complain });
  if (terminal) void remember(server, process.env, (line) => say(`concoord: ${line}`));
  return new Promise((resolve) => {
    server.once('exit', () => {
      process.off('unhandledRejection', unwaited).off('uncaughtException', unwaited);
      resolve(failed && !terminal ? EXIT.failed : EXIT.done);
    });
  });
}
