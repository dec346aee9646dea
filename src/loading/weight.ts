import type { Scopes } from './scopes.ts';
import { childrenOf, isClass, isFunction } from './syntax.ts';
import type { FunctionNode, Node } from './syntax.ts';

/**
 * What a call of a function weighs on the stack, so that the budget of depth ends a recursion long before the
 * stack does: 1, and more for many variables and for deep expressions, which need places for what they have
 * computed so far.
 */
export class Weights {
  readonly #variables = new Map<Node, number>();
  readonly #known = new Map<FunctionNode, number>();

  constructor(scopes: Scopes) {
    for (const scope of scopes.all) {
      const home = scope.home.node;
      this.#variables.set(home, (this.#variables.get(home) ?? 0) + scope.bindings.size);
    }
  }

  of(node: FunctionNode): number {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    const places = (this.#variables.get(node) ?? 0) + placesOf(node);
    const weight = 1 + Math.floor(places / PLACES_PER_WEIGHT);
    this.#known.set(node, weight);
    return weight;
  }
}

const PLACES_PER_WEIGHT = 16;

/** Places that the largest expression of a function needs at once, at most. */
function placesOf(node: Node): number {
  let most = 0;
  for (const child of childrenOf(node)) {
    // Other functions have a stack of their own; of a class only its keys and parents are evaluated here.
    if (isFunction(child)) continue;
    most = Math.max(most, placesOf(child));
  }
  return most + ownPlaces(node);
}

function ownPlaces(node: Node): number {
  if (isFunction(node)) return 0;
  if (isClass(node)) return 2 + node.body.body.length;
  switch (node.type) {
    case 'CallExpression':
    case 'NewExpression':
      return 2 + node.arguments.length;
    case 'TaggedTemplateExpression':
      return 2 + node.quasi.expressions.length;
    case 'BlockStatement':
    case 'ExpressionStatement':
    case 'VariableDeclaration':
    case 'VariableDeclarator':
    case 'IfStatement':
    case 'ReturnStatement':
    case 'Identifier':
    case 'Literal':
      return 0;
    case 'MemberExpression':
      return node.computed ? 3 : 1;
    case 'ForInStatement':
    case 'ForOfStatement':
    case 'TryStatement':
      return 4;
    default:
      return 1;
  }
}
