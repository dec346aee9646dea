import type { Node } from 'oxc-parser';
import type { ModuleGraph } from './module-graph.ts';
import { typeParametersIn } from './piece.ts';
import type { Piece, TypeText } from './piece.ts';

/** Types of the language whose values are no plain data, and what to call them. */
const UNSENDABLE: ReadonlyMap<string, string> = new Map([
  ...words('Function', 'a function'),
  ...words('Symbol', 'a symbol'),
  ...words('Promise PromiseLike', 'a promise'),
  ...words('Generator AsyncGenerator', 'a generator'),
  ...words(
    `Iterator IterableIterator IteratorObject ArrayIterator MapIterator SetIterator StringIterator
     RegExpStringIterator AsyncIterator AsyncIterable AsyncIterableIterator AsyncIteratorObject`,
    'an iterator',
  ),
  ...`WeakMap WeakSet WeakRef RegExp ArrayBuffer SharedArrayBuffer DataView Int8Array Uint8ClampedArray
      Int16Array Uint16Array Int32Array Uint32Array Float32Array Float64Array BigInt64Array
      BigUint64Array URL`
    .split(/\s+/)
    .map((name) => [name, `an instance of ${name}`] as const),
]);

/** Of these the arguments travel with them. */
const CONTAINERS: ReadonlySet<string> = new Set(
  `Array ReadonlyArray Map ReadonlyMap Set ReadonlySet Record Required Readonly
   NonNullable Iterable`.split(/\s+/),
);

function words(names: string, what: string): readonly (readonly [string, string])[] {
  return names
    .trim()
    .split(/\s+/)
    .map((name) => [name, what] as const);
}

/**
 * What values of a type certainly hold that cannot be sent: `a function`; undefined when all of them may
 * well be plain data. A union counts when each of its members does: callers choose.
 */
export function unsendable(graph: ModuleGraph, type: TypeText): string | undefined {
  if (typeof type === 'string' || type.orUndefined === true) return undefined;
  return new Judge(graph).judge(type, type.node);
}

class Judge {
  readonly #graph: ModuleGraph;
  /** Declarations that are being looked at: types may mean themselves. */
  readonly #open = new Set<Node>();

  constructor(graph: ModuleGraph) {
    this.#graph = graph;
  }

  judge(piece: Piece, node: Node): string | undefined {
    const first = (nodes: readonly Node[]): string | undefined => this.#first(piece, nodes);
    switch (node.type) {
      case 'TSFunctionType':
      case 'TSConstructorType':
      case 'TSMethodSignature':
      case 'TSCallSignatureDeclaration':
      case 'TSConstructSignatureDeclaration':
        return 'optional' in node && node.optional ? undefined : 'a function';
      case 'TSSymbolKeyword':
        return 'a symbol';
      case 'TSTypeOperator':
        if (node.operator === 'unique') return 'a symbol';
        return node.operator === 'readonly' ? this.judge(piece, node.typeAnnotation) : undefined;
      case 'TSParenthesizedType':
        return this.judge(piece, node.typeAnnotation);
      case 'TSArrayType':
        return this.judge(piece, node.elementType);
      case 'TSTupleType':
        return first(node.elementTypes);
      case 'TSRestType':
        return this.judge(piece, node.typeAnnotation);
      case 'TSNamedTupleMember':
        return node.optional ? undefined : this.judge(piece, node.elementType);
      case 'TSIntersectionType':
        return first(node.types);
      case 'TSUnionType':
        return this.#union(piece, node.types);
      case 'TSTypeLiteral':
        return first(node.members);
      case 'TSIndexSignature':
        return this.judge(piece, node.typeAnnotation.typeAnnotation);
      case 'TSInterfaceHeritage':
        return node.expression.type === 'Identifier'
          ? this.#named(piece, node.expression.name, node.typeArguments?.params ?? [])
          : undefined;
      case 'TSPropertySignature':
        if (node.optional || node.typeAnnotation === null) return undefined;
        return this.judge(piece, node.typeAnnotation.typeAnnotation);
      case 'TSTypeReference':
        return node.typeName.type === 'Identifier'
          ? this.#named(piece, node.typeName.name, node.typeArguments?.params ?? [])
          : undefined;
      default:
        return undefined;
    }
  }

  #first(piece: Piece, nodes: readonly Node[]): string | undefined {
    for (const node of nodes) {
      const what = this.judge(piece, node);
      if (what !== undefined) return what;
    }
    return undefined;
  }

  #union(piece: Piece, types: readonly Node[]): string | undefined {
    const found = types.map((type) => this.judge(piece, type));
    return found.every((what) => what !== undefined) ? found[0] : undefined;
  }

  #named(piece: Piece, name: string, args: readonly Node[]): string | undefined {
    const given = piece.given.get(name);
    if (given !== undefined) {
      return typeof given === 'string' ? undefined : this.judge(given, given.node);
    }
    if (piece.locals.has(name)) return undefined;
    const meaning = this.#graph.meaning(piece.module, name);
    if (meaning.kind === 'global') {
      const what = UNSENDABLE.get(name);
      return what ?? (CONTAINERS.has(name) ? this.#first(piece, args) : undefined);
    }
    if (meaning.kind !== 'declared') return undefined;
    for (const node of meaning.nodes) {
      const what = this.#declared({ ...piece, module: meaning.module, node, given: new Map() });
      if (what !== undefined) return what;
    }
    return undefined;
  }

  #declared(piece: Piece): string | undefined {
    const { node } = piece;
    if (this.#open.has(node)) return undefined;
    this.#open.add(node);
    const inside = { ...piece, locals: typeParametersIn(node) };
    try {
      if (node.type === 'TSTypeAliasDeclaration') return this.judge(inside, node.typeAnnotation);
      if (node.type !== 'TSInterfaceDeclaration') return undefined;
      return this.#first(inside, [...node.body.body, ...node.extends]);
    } finally {
      this.#open.delete(node);
    }
  }
}
