import { KeyError, ValueError } from '../object/index.ts';
import { checkInteger, checkList, checkName, checkRoom, checkText, describe } from './checks.ts';

/** By type of node: addresses. */
export type SubdomainNodes = Map<number, string[]>;

/** Which nodes answer for which domains, in kinds that the caller numbers. */
export class NameserverCoord {
  /** Domain, type, nodes; each in the order in which it came. */
  domains = new Map<string, SubdomainNodes>();

  /**
   * Adds a node. A name without `openreplica` in it is one below `openreplica.org`. Nothing happens when the
   * node is there.
   */
  addnodetosubdomain(subdomain: string, type: number, node: string): void {
    const name = domainOf(subdomain);
    checkType(type);
    checkNode(node);
    let types = this.domains.get(name);
    if (types === undefined) {
      checkRoom(this.domains.size);
      this.domains.set(name, (types = new Map()));
    }
    const nodes = types.get(type);
    if (nodes === undefined) types.set(type, [node]);
    else if (!nodes.includes(node)) nodes.push(node);
  }

  /** Removes a domain with its nodes; false when there is none. */
  delsubdomain(subdomain: string): boolean {
    return this.domains.delete(domainOf(subdomain));
  }

  /** Removes a node; false when it is not there. A domain stays when its last node leaves. */
  delnodefromsubdomain(subdomain: string, type: number, node: string): boolean {
    const types = this.domains.get(domainOf(subdomain));
    const nodes = types?.get(checkType(type));
    const at = nodes?.indexOf(checkNode(node)) ?? -1;
    if (types === undefined || nodes === undefined || at < 0) return false;
    nodes.splice(at, 1);
    if (nodes.length === 0) types.delete(type);
    return true;
  }

  /** Replaces all nodes of a domain, or begins one. */
  updatesubdomain(subdomain: string, nodes: SubdomainNodes): void {
    const name = domainOf(subdomain);
    const checked = checkNodes(nodes);
    if (!this.domains.has(name)) checkRoom(this.domains.size);
    this.domains.set(name, checked);
  }

  /** The nodes of a domain by type. Throws KeyError when there is no such domain. */
  getnodes(subdomain: string): SubdomainNodes {
    const name = domainOf(subdomain);
    const types = this.domains.get(name);
    if (types === undefined) throw new KeyError(name);
    return new Map(Array.from(types, ([type, nodes]) => [type, [...nodes]] as const));
  }

  /** What stands in front of `.openreplica.org.`; other names as they are. */
  getsubdomains(): string[] {
    return this.getdomains().map((name) =>
      name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : name,
    );
  }

  /** The full names of all domains. */
  getdomains(): string[] {
    return [...this.domains.keys()];
  }

  /** Takes up what `toString` showed, in place of what is there. Throws ValueError for anything else. */
  _reinstantiate(state: string): void {
    const domains = new Map<string, SubdomainNodes>();
    // The last one ends with a semicolon, too.
    const parts = checkText(state, 'the state').split(';').slice(0, -1);
    if (parts.length % 2 !== 0 || !/^$|;$/.test(state)) throw new ValueError(FORM);
    for (let at = 0; at < parts.length; at += 2) {
      const name = domainOf(parts[at]);
      if (domains.has(name)) throw new ValueError(`${name} stands there twice`);
      domains.set(name, parseTypes(parts[at + 1] ?? ''));
    }
    this.domains = domains;
  }

  /** `domain;(type-node node--type-node);` for each domain. */
  toString(): string {
    return Array.from(this.domains, ([name, types]) => {
      const shown = Array.from(types, ([type, nodes]) => `${type}-${nodes.join(' ')}`);
      return `${name};(${shown.join('--')});`;
    }).join('');
  }

  __repr__(): string {
    return `<NameserverCoord domains=${this.domains.size}>`;
  }
}

const SUFFIX = '.openreplica.org.';
const FORM = 'a state is domain;(type-node node--type-node); for each domain, as __str__ shows it';

function domainOf(subdomain: unknown): string {
  const name = checkName(subdomain, 'a subdomain');
  if (!/^[\w.-]+$/.test(name)) {
    throw new ValueError('a subdomain is made of letters, digits, hyphens and dots');
  }
  return name.includes('openreplica') ? name : name + SUFFIX;
}

function checkType(type: unknown): number {
  return checkInteger(type, 'the type of a node', 0);
}

/** Nothing that would read otherwise in what `toString` shows: two hyphens end the nodes of a type there. */
function checkNode(node: unknown): string {
  const address = checkName(node, 'a node');
  if (/^[\w.:[\]]+(?:-[\w.:[\]]+)*$/.test(address)) return address;
  throw new ValueError('a node is an address like 10.0.0.1:14000, without two hyphens in a row');
}

function checkNodes(types: unknown): SubdomainNodes {
  if (!(types instanceof Map)) {
    throw new TypeError(`nodes are a Map from type to addresses, not ${describe(types)}`);
  }
  const checked: SubdomainNodes = new Map();
  for (const [type, nodes] of types as Map<unknown, unknown>) {
    const addresses = new Set(checkList(nodes, 'the nodes of a type').map(checkNode));
    checkType(type);
    if (addresses.size > 0) checked.set(type as number, [...addresses]);
  }
  return checked;
}

function parseTypes(text: string): SubdomainNodes {
  const [, inside] = /^\((.*)\)$/.exec(text) ?? [];
  if (inside === undefined) throw new ValueError(FORM);
  const types: SubdomainNodes = new Map();
  if (inside === '') return types;
  for (const shown of inside.split('--')) {
    const [, type, nodes] = /^(\d+)-(.+)$/.exec(shown) ?? [];
    if (type === undefined || nodes === undefined || types.has(Number(type))) {
      throw new ValueError(FORM);
    }
    types.set(Number(type), nodes.split(' '));
  }
  return checkNodes(types);
}
