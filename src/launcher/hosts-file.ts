import { ConCoordError } from '../base/index.ts';
import { checkHost, parseGroups } from './config.ts';
import type { PlacedNode } from './placement.ts';

const MAX_HOSTS = 1_000_000;

/**
 * Hosts to choose from, one a line: `host f0,f1`; the groups may be missing. `#` begins a comment.
 *
 * @throws ConCoordError `INVALID_ARGUMENT` with the line that is wrong.
 */
export function parseHosts(text: string): readonly PlacedNode[] {
  const nodes = new Map<string, PlacedNode>();
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    const words = line.replace(/#.*/, '').trim();
    if (words === '') continue;
    const node = onLine(index + 1, () => parseNode(words));
    if (nodes.has(node.host)) throw wrong(index + 1, `${node.host} is there twice`);
    if (nodes.size === MAX_HOSTS) throw wrong(index + 1, `there are more than ${MAX_HOSTS} hosts`);
    nodes.set(node.host, node);
  }
  return [...nodes.values()];
}

function parseNode(words: string): PlacedNode {
  const [host = '', groups = '', ...rest] = words.split(/\s+/);
  if (rest.length > 0) {
    throw new ConCoordError('INVALID_ARGUMENT', `${rest.length} more words behind the groups`);
  }
  return { host: checkHost(host), groups: groups === '' ? [] : parseGroups(groups) };
}

function onLine<T>(line: number, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof ConCoordError) throw wrong(line, error.message);
    throw error;
  }
}

function wrong(line: number, why: string): ConCoordError {
  return new ConCoordError('INVALID_ARGUMENT', `line ${line} of the hosts: ${why}`, {
    remedy: "Write one host a line, as 'HOST GROUP,GROUP'; the groups may be left out.",
  });
}
