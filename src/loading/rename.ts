import type { Edits } from './edits.ts';
import type { Binding, Scopes } from './scopes.ts';
import type { Node } from './syntax.ts';

/** Gives a binding another name, which must be free wherever the old one was used. */
export function renameBinding(
  binding: Binding,
  name: string,
  scopes: Scopes,
  edits: Edits,
  leaveOut: (node: Node) => boolean = () => false,
): void {
  const nodes = new Set<Node>([
    ...binding.declarations.map(({ node }) => node),
    ...binding.references.map(({ node }) => node),
  ]);
  for (const node of nodes) {
    if (leaveOut(node)) continue;
    const shorthand = scopes.shorthands.get(node);
    const inExport = `${name} as ${binding.name}`;
    const long = shorthand === 'property' ? `${binding.name}: ${name}` : inExport;
    edits.replace(node.start, node.end, shorthand === undefined ? name : long);
  }
}
