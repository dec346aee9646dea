import type { Node } from './syntax.ts';

const ARITHMETIC: ReadonlySet<string> = new Set(['-', '*', '/', '%', '&', '|', '^', '<<', '>>']);

/** Certainly a number, and not a bigint. */
export function isNumber(node: Node): boolean {
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'number';
    case 'UnaryExpression':
      return node.operator === '+' || (node.operator === '-' && isNumber(node.argument));
    case 'BinaryExpression':
      if (node.operator === '>>>') return true;
      if (node.operator === '+') return isNumber(node.left) && isNumber(node.right);
      // One number among the operands: with a bigint on the other side it throws.
      return ARITHMETIC.has(node.operator) && (isNumber(node.left) || isNumber(node.right));
    default:
      return false;
  }
}
