import type { Node } from '../loading/index.ts';

/** No name of anything is longer, and constants that are put together must not fill the memory. */
const MOST_UNITS = 1024;

/**
 * The text that an expression certainly is when it is used as the name of a property.
 *
 * @param named What a name stands for, or a part of a table.
 */
export function fold(node: Node, named: (name: Node) => string | undefined): string | undefined {
  const text = compute(node, named);
  return text === undefined || text.length > MOST_UNITS ? undefined : text;
}

type Named = (name: Node) => string | undefined;

function compute(node: Node, named: Named): string | undefined {
  const inside = (part: Node): string | undefined => fold(part, named);
  switch (node.type) {
    case 'Literal':
      return typeof node.value === 'object' ? undefined : String(node.value);
    case 'Identifier':
    case 'MemberExpression':
      return named(node);
    case 'SequenceExpression':
      return inside(node.expressions.at(-1) ?? node);
    case 'TemplateLiteral':
      return concatenate([
        ...node.quasis.flatMap((quasi, index) => {
          const next = node.expressions[index];
          const text = quasi.value.cooked ?? undefined;
          return next === undefined ? [text] : [text, inside(next)];
        }),
      ]);
    case 'BinaryExpression':
      return sum(node, inside);
    case 'ConditionalExpression': {
      const [one, other] = [inside(node.consequent), inside(node.alternate)];
      return one === other ? one : undefined;
    }
    case 'CallExpression':
      return called(node, inside);
    default:
      return undefined;
  }
}

type Inside = (part: Node) => string | undefined;

/** A sum of numbers is no sum of their texts. Sums are long to the left: those are taken in a loop. */
function sum(
  whole: Extract<Node, { type: 'BinaryExpression' }>,
  inside: Inside,
): string | undefined {
  const parts: (string | undefined)[] = [];
  let left: Node = whole;
  while (left.type === 'BinaryExpression' && left.operator === '+') {
    if (isNumber(left.left) && isNumber(left.right)) return undefined;
    parts.unshift(inside(left.right));
    if (parts[0] === undefined || parts.length > MOST_UNITS) return undefined;
    left = left.left;
  }
  return left === whole ? undefined : concatenate([inside(left), ...parts]);
}

function isNumber(node: Node): boolean {
  return node.type === 'Literal' && typeof node.value === 'number';
}

/** The calls by which people hide a name, or shorten a line. */
function called(
  node: Extract<Node, { type: 'CallExpression' }>,
  inside: Inside,
): string | undefined {
  const { callee, arguments: given } = node;
  if (callee.type !== 'MemberExpression' || callee.computed) return undefined;
  const { object, property } = callee;
  const method = property.type === 'Identifier' ? property.name : '';
  if (method === 'fromCharCode' && object.type === 'Identifier' && object.name === 'String') {
    const units = given.map((one) => Number(inside(one) ?? Number.NaN));
    return units.every((unit) => Number.isInteger(unit))
      ? String.fromCharCode(...units)
      : undefined;
  }
  const parts = given.map((one) => inside(one));
  if (method === 'join' && object.type === 'ArrayExpression') {
    const items = object.elements.map((one) => (one === null ? '' : inside(one)));
    const between = given.length === 0 ? ',' : parts[0];
    if (between === undefined || items.includes(undefined)) return undefined;
    return items.join(between);
  }
  const text = inside(object);
  if (text === undefined || parts.includes(undefined)) return undefined;
  switch (method) {
    case 'concat':
      return concatenate([text, ...parts]);
    case 'toLowerCase':
      return text.toLowerCase();
    case 'trim':
      return text.trim();
    case 'toString':
      return given.length === 0 ? text : undefined;
    default:
      return undefined;
  }
}

function concatenate(parts: readonly (string | undefined)[]): string | undefined {
  return parts.includes(undefined) ? undefined : parts.join('');
}
