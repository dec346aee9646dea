import { ConCoordError } from '../base/index.ts';
import type { PlacedNode } from './placement.ts';

/** What names of hosts and failure groups are made of: nothing that a shell, ssh or an INI file reads. */
const HOST = /^[A-Za-z0-9:][A-Za-z0-9._:-]{0,252}$/;
const GROUP = /^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,127}$/;
const MAX_HOSTS = 1_000_000;
const MAX_GROUPS = 64;

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
    const number = index + 1;
    const [host = '', groups = '', ...rest] = words.split(/\s+/);
    if (rest.length > 0) throw wrong(number, `${show(rest[0] ?? '')} stands behind the groups`);
    if (!HOST.test(host)) throw wrong(number, `${show(host)} is no name of a host`);
    if (nodes.has(host)) throw wrong(number, `${host} is there twice`);
    if (nodes.size === MAX_HOSTS) throw wrong(number, `there are more than ${MAX_HOSTS} hosts`);
    nodes.set(host, { host, groups: readGroups(groups, (why) => wrong(number, why)) });
  }
  return [...nodes.values()];
}

/** `f0,f1`: each counts once. `refusal` makes the error of what is no list of failure groups. */
export function readGroups(text: string, refusal: (why: string) => Error): readonly string[] {
  if (text === '') return [];
  const groups = [...new Set(text.split(','))];
  const bad = groups.find((group) => !GROUP.test(group));
  if (bad !== undefined) throw refusal(`${show(bad)} is no name of a failure group`);
  if (groups.length > MAX_GROUPS) throw refusal(`a host has at most ${MAX_GROUPS} failure groups`);
  return groups;
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}

function wrong(line: number, why: string): ConCoordError {
  return new ConCoordError('INVALID_ARGUMENT', `line ${line} of the hosts: ${why}`, {
    remedy: "Write one host a line, as 'HOST GROUP,GROUP'; the groups may be left out.",
  });
}
