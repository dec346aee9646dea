import { invoke, ObjectProxy } from '../client/index.ts';

/** By type of node: addresses. */
export type SubdomainNodes = Map<number, string[]>;

/**
 * A replicated object (`concoord.object.nameservercoord.NameserverCoord`). Which nodes answer for which
 * domains, in kinds that the caller numbers.
 *
 * Every call rejects with a `ConCoordError` when it cannot be made, or when nobody can say whether it was:
 * see its `code` and `outcome`. What the object itself throws arrives as it is.
 */
export class NameserverCoord extends ObjectProxy {
  /**
   * Adds a node. A name without `openreplica` in it is one below `openreplica.org`. Nothing happens when the
   * node is there.
   */
  addnodetosubdomain(subdomain: string, type: number, node: string): Promise<void> {
    return invoke(this, 'addnodetosubdomain', [subdomain, type, node]);
  }

  /** Removes a domain with its nodes; false when there is none. */
  delsubdomain(subdomain: string): Promise<boolean> {
    return invoke(this, 'delsubdomain', [subdomain]);
  }

  /** Removes a node; false when it is not there. A domain stays when its last node leaves. */
  delnodefromsubdomain(subdomain: string, type: number, node: string): Promise<boolean> {
    return invoke(this, 'delnodefromsubdomain', [subdomain, type, node]);
  }

  /** Replaces all nodes of a domain, or begins one. */
  updatesubdomain(subdomain: string, nodes: SubdomainNodes): Promise<void> {
    return invoke(this, 'updatesubdomain', [subdomain, nodes]);
  }

  /** The nodes of a domain by type. Rejects with `KeyError` when there is no such domain. */
  getnodes(subdomain: string): Promise<SubdomainNodes> {
    return invoke(this, 'getnodes', [subdomain]);
  }

  /** What stands in front of `.openreplica.org.`; other names as they are. */
  getsubdomains(): Promise<string[]> {
    return invoke(this, 'getsubdomains', []);
  }

  /** The full names of all domains. */
  getdomains(): Promise<string[]> {
    return invoke(this, 'getdomains', []);
  }

  /**
   * Takes up what `toString` showed, in place of what is there. Rejects with `ValueError` for anything else.
   */
  _reinstantiate(state: string): Promise<void> {
    return invoke(this, '_reinstantiate', [state]);
  }

  /** Replaces the object by a fresh one on every replica. */
  __concoordinit__(): Promise<void> {
    return invoke(this, '__concoordinit__', []);
  }

  /** The object's `toString()`. */
  __str__(): Promise<string> {
    return invoke(this, '__str__', []);
  }

  /** The object's `__repr__()`. */
  __repr__(): Promise<string> {
    return invoke(this, '__repr__', []);
  }
}
