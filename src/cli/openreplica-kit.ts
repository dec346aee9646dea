import { ConCoordError } from '../base/index.ts';
import { checkHost, ConfigFile, loginTo, together } from '../launcher/index.ts';
import type { LaunchConfig, Login, Outcome } from '../launcher/index.ts';
import { EXIT, print, say } from './output.ts';

/** In the words of the original. */
export const NOT_CONFIGURED = 'This instance is not in the configuration. Add and try again.';

/** The nodes of these names; none: all that there are. */
export function loginsOf(
  hosts: readonly string[],
  config: LaunchConfig = new ConfigFile().read(),
): readonly Login[] {
  const { nodes } = config;
  if (nodes.length === 0) {
    throw new ConCoordError('SETTINGS', 'there are no nodes in the configuration', {
      remedy: 'Add one: openreplica addnode HOST.',
    });
  }
  const wanted =
    hosts.length === 0 ? nodes.map(({ host }) => host) : [...new Set(hosts.map(checkHost))];
  return wanted.map((host) => {
    const node = nodes.find((known) => known.host === host);
    if (node !== undefined) return loginTo(node, config);
    print(NOT_CONFIGURED);
    throw new ConCoordError('SETTINGS', `${host} is not in the configuration`, {
      remedy: `Add it: openreplica addnode ${host}.`,
    });
  });
}

/** A line about one node, among those about others. */
export function tell(host: string): (text: string) => void {
  return (text) => print(`${host}: ${text}`);
}

/** Does the same with several nodes, saying of each what went wrong, and how many in the end. */
export async function onEach<T>(
  logins: readonly Login[],
  work: (login: Login, tellIt: (text: string) => void) => Promise<T>,
  atOnce?: number,
): Promise<readonly Outcome<T>[]> {
  return together(logins, (login) => work(login, tell(login.host)), atOnce);
}

/** The exit code; what failed is said, in one line. */
export function sumUp(outcomes: readonly Outcome<unknown>[], done: string): number {
  const failed = outcomes.flatMap(({ error }) => (error === undefined ? [] : [error]));
  const [first] = failed;
  if (outcomes.length > 1) {
    print(`${outcomes.length - failed.length} of ${outcomes.length} nodes ${done}`);
  }
  if (first === undefined) return EXIT.done;
  const describe = (error: Error): string => {
    const { code = '', message, remedy = '' } = error as Partial<ConCoordError> & Error;
    return `${message} (${code}). ${remedy}`;
  };
  const again = outcomes.length > 1 ? ' The same command goes on with what is missing.' : '';
  say(`openreplica: ${failed.map(describe).join(' | ')}${again}`.replaceAll(/\s*\n\s*/g, ' '));
  return EXIT.failed;
}
