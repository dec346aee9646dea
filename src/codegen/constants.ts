import type { Node, TSEnumDeclaration } from 'oxc-parser';

/** The type of an expression whose value is written down, such as `['a', 'b'] as const`. */
export function literalType(node: Node, frozen = false): string | undefined {
  switch (node.type) {
    case 'TSAsExpression': {
      const type = node.typeAnnotation;
      const isConst =
        type.type === 'TSTypeReference' &&
        type.typeName.type === 'Identifier' &&
        type.typeName.name === 'const';
      return isConst ? literalType(node.expression, true) : undefined;
    }
    case 'TSSatisfiesExpression':
    case 'ParenthesizedExpression':
      return literalType(node.expression, frozen);
    case 'ArrayExpression': {
      if (!frozen) return undefined;
      const elements = node.elements.map((one) =>
        one === null ? undefined : literalType(one, true),
      );
      return elements.includes(undefined) ? undefined : `readonly [${elements.join(', ')}]`;
    }
    case 'ObjectExpression':
      return frozen ? objectType(node.properties) : undefined;
    default: {
      const value = constantOf(node, new Map());
      return value === undefined ? undefined : show(value);
    }
  }
}

function objectType(properties: readonly Node[]): string | undefined {
  const fields: string[] = [];
  for (const property of properties) {
    if (property.type !== 'Property' || property.computed || property.kind !== 'init')
      return undefined;
    const type = literalType(property.value, true);
    const key = keyName(property.key);
    if (type === undefined || key === undefined) return undefined;
    fields.push(`readonly ${showKey(key)}: ${type}`);
  }
  return fields.length === 0 ? '{}' : `{ ${fields.join('; ')} }`;
}

type Constant = string | number | boolean | bigint | null;

/** The members of an enum with their values; undefined when one is not written down. */
export function enumMembers(
  node: TSEnumDeclaration,
): ReadonlyMap<string, string | number> | undefined {
  const members = new Map<string, string | number>();
  // In a declaration a member without a value is one that is computed when the program runs.
  const counts = !node.declare || node.const;
  let next: number | undefined = counts ? 0 : undefined;
  for (const { id, initializer } of node.body.members) {
    const name = keyName(id);
    if (name === undefined) return undefined;
    const value: Constant | undefined =
      initializer === null ? next : constantOf(initializer, members);
    if (typeof value !== 'string' && typeof value !== 'number') return undefined;
    members.set(name, value);
    next = counts && typeof value === 'number' ? value + 1 : undefined;
  }
  return members;
}

/** The value of a constant expression, as far as enums have them. */
function constantOf(node: Node, names: ReadonlyMap<string, Constant>): Constant | undefined {
  switch (node.type) {
    case 'Literal':
      return 'regex' in node ? undefined : node.value;
    case 'TemplateLiteral':
      return node.expressions.length > 0 ? undefined : (node.quasis[0]?.value.cooked ?? undefined);
    case 'Identifier':
      return names.get(node.name);
    case 'MemberExpression':
      return node.property.type === 'Identifier' ? names.get(node.property.name) : undefined;
    case 'ParenthesizedExpression':
      return constantOf(node.expression, names);
    case 'UnaryExpression':
      return unary(node.operator, constantOf(node.argument, names));
    case 'BinaryExpression':
      return binary(node.operator, constantOf(node.left, names), constantOf(node.right, names));
    default:
      return undefined;
  }
}

function unary(operator: string, value: Constant | undefined): Constant | undefined {
  if (typeof value !== 'number') return undefined;
  if (operator === '-') return -value;
  if (operator === '+') return value;
  return operator === '~' ? ~value : undefined;
}

const ARITHMETIC: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b,
  '-': (a, b) => a - b,
  '*': (a, b) => a * b,
  '/': (a, b) => a / b,
  '%': (a, b) => a % b,
  '**': (a, b) => a ** b,
  '<<': (a, b) => a << b,
  '>>': (a, b) => a >> b,
  '>>>': (a, b) => a >>> b,
  '&': (a, b) => a & b,
  '|': (a, b) => a | b,
  '^': (a, b) => a ^ b,
};

function binary(
  operator: string,
  left: Constant | undefined,
  right: Constant | undefined,
): Constant | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    return ARITHMETIC[operator]?.(left, right);
  }
  const texts = typeof left === 'string' && typeof right === 'string';
  return texts && operator === '+' ? left + right : undefined;
}

/** The type that a parameter has by its default value, when that is simple: `by = 1` is a number. */
export function widenedType(node: Node): string | undefined {
  const value = constantOf(node, new Map());
  return value === undefined || value === null ? undefined : typeof value;
}

/** The name of a property that is not computed; undefined for symbols and private names. */
export function keyName(key: Node): string | undefined {
  if (key.type === 'Identifier') return key.name;
  if (key.type !== 'Literal') return undefined;
  return typeof key.value === 'string' || typeof key.value === 'number'
    ? String(key.value)
    : undefined;
}

/** A key as it is written in an object or a class. */
export function showKey(name: string): string {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(name) ? name : show(name);
}

/** A constant as source text. */
export function show(value: Constant): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value !== 'string') return Object.is(value, -0) ? '-0' : String(value);
  const text = JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${text.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}
