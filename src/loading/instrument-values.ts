import type { Sheet } from './instrument-scopes.ts';
import type { Node } from './syntax.ts';

/** Operators that make large values: text grows by `+`, a bigint by the others. */
const LENGTHENING: ReadonlySet<string> = new Set(['+', '+=']);
const WIDENING: ReadonlySet<string> = new Set(['*', '<<', '>>', '*=', '<<=', '>>=']);

/** The method of the meter that charges for what a node makes. */
export function chargeFor(node: Node, parent: Node): 'text' | 'big' | undefined {
  switch (node.type) {
    case 'BinaryExpression':
      return ofOperation(node.operator, node.left, node.right);
    case 'AssignmentExpression':
      return ofOperation(node.operator, undefined, node.right);
    case 'TemplateLiteral':
      // The tag of a tagged one gets the parts; a text is not made.
      if (parent.type === 'TaggedTemplateExpression') return undefined;
      return node.expressions.length === 0 ? undefined : 'text';
    default:
      return undefined;
  }
}

function ofOperation(
  operator: string,
  left: Node | undefined,
  right: Node,
): 'text' | 'big' | undefined {
  if (LENGTHENING.has(operator)) {
    const short = left !== undefined && isShort(left) && isShort(right);
    return short ? undefined : 'text';
  }
  if (!WIDENING.has(operator)) return undefined;
  // A number and a bigint do not mix: where one side is a number, the result is one or there is none.
  const numeric = isNumber(right) || (left !== undefined && isNumber(left));
  return numeric ? undefined : 'big';
}

/** Certainly a number, or text whose length the source bounds. */
function isShort(node: Node): boolean {
  return isNumber(node) || (node.type === 'Literal' && typeof node.value !== 'bigint');
}

const ARITHMETIC: ReadonlySet<string> = new Set(['-', '*', '/', '%', '&', '|', '^', '<<', '>>']);

/** Certainly a number, and not a bigint. */
function isNumber(node: Node): boolean {
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

/** Spread arguments and elements lie on a stack before anybody could count them. */
export function spreadStart(node: Node, parent: Node): number | undefined {
  if (node.type !== 'SpreadElement' || parent.type === 'ObjectExpression') return undefined;
  return node.start + '...'.length;
}

/** Edits the operations of one node; answers what follows when its children have been visited. */
export function enterValue(node: Node, parent: Node, { edits }: Sheet): (() => void) | undefined {
  const spread = spreadStart(node, parent);
  if (spread !== undefined) {
    edits.insert(spread, '$.spread(');
    return () => edits.insert(node.end, ')');
  }
  const charge = chargeFor(node, parent);
  if (charge === undefined) return undefined;
  edits.insert(node.start, `$.${charge}(`);
  return () => edits.insert(node.end, ')');
}
