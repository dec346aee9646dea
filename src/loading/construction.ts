import { PURE_CONSTRUCTORS } from './built-ins.ts';
import type { Scopes } from './scopes.ts';
import { childrenOf, isFunction } from './syntax.ts';
import type { Node } from './syntax.ts';

/** A constructor that returns something else gives its callers what may not be new. */
export function returnsValue(node: Node): boolean {
  return childrenOf(node).some((child) => {
    if (child.type === 'ReturnStatement') return child.argument !== null;
    return !isFunction(child) && returnsValue(child);
  });
}

/** Whether an expression makes an object that nobody else has yet. */
export function isNew(value: Node, scopes: Scopes): boolean {
  if (value.type === 'ArrayExpression' || value.type === 'ObjectExpression') return true;
  return (
    value.type === 'NewExpression' &&
    value.callee.type === 'Identifier' &&
    scopes.bindingOf(value.callee) === undefined &&
    PURE_CONSTRUCTORS.has(value.callee.name)
  );
}
