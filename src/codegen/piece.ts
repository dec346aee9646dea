import { visitorKeys } from 'oxc-parser';
import type { Node } from 'oxc-parser';
import type { SourceModule } from './source-module.ts';

/** A part of the source that is a type, with what the names in it mean beside those of its module. */
export interface Piece {
  readonly module: SourceModule;
  readonly node: Node;
  /** Type parameters that are declared around it, and are kept. */
  readonly locals: ReadonlySet<string>;
  /** Type parameters of a base class, and what the class that extends it gives for them. */
  readonly given: ReadonlyMap<string, TypeText>;
  /** Of a parameter that has a default value, and must be given all the same. */
  readonly orUndefined?: true;
}

/** A type of the source, or one of our own words such as `number`. */
export type TypeText = Piece | string;

/** The nodes directly below a node, in the order of the text. */
export function childrenOf(node: Node): readonly Node[] {
  const keys = visitorKeys[node.type] ?? [];
  const fields = node as unknown as Readonly<
    Record<string, Node | readonly (Node | null)[] | null>
  >;
  return keys
    .flatMap((key) => fields[key] ?? [])
    .filter((child) => child !== null)
    .toSorted((a, b) => a.start - b.start);
}

/** The type parameters that are declared anywhere in a node: of functions, mapped types, `infer`. */
export function typeParametersIn(node: Node): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (one: Node): void => {
    if (one.type === 'TSTypeParameter') names.add(one.name.name);
    else if (one.type === 'TSMappedType') names.add(one.key.name);
    for (const child of childrenOf(one)) visit(child);
  };
  visit(node);
  return names;
}
