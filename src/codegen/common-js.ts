import type { Node } from 'oxc-parser';
import { keyName } from './constants.ts';

/** The name under which a module of CommonJS gives all of itself, as TypeScript writes it. */
export const WHOLE = 'export=';

/** A value that a CommonJS module gives under a name. */
export interface Given {
  readonly name: string;
  readonly value: Node;
}

/** `module.exports = …`, `exports.name = …` and `export = …`, at the top level. */
export function givenBy(statement: Node): readonly Given[] {
  if (statement.type === 'TSExportAssignment') return parts(statement.expression);
  if (statement.type !== 'ExpressionStatement') return [];
  let { expression } = statement;
  const given: Given[] = [];
  // `exports = module.exports = …`
  while (expression.type === 'AssignmentExpression' && expression.operator === '=') {
    const { left, right } = expression;
    const value = valueOf(right);
    if (isExports(left)) given.push(...parts(value));
    else if (left.type === 'MemberExpression' && isExports(left.object)) {
      const name = keyName(left.property);
      if (name !== undefined) given.push({ name, value });
    }
    expression = right;
  }
  return given;
}

/** All of a module: of an object its properties, too, and of what has a name that. */
function parts(whole: Node): readonly Given[] {
  const given: Given[] = [{ name: WHOLE, value: whole }];
  if (whole.type === 'Identifier') given.push({ name: whole.name, value: whole });
  if (whole.type === 'ClassExpression' && whole.id !== null) {
    given.push({ name: whole.id.name, value: whole });
  }
  if (whole.type === 'ObjectExpression') {
    for (const property of whole.properties) {
      const name = property.type === 'Property' ? keyName(property.key) : undefined;
      if (name === undefined || property.type !== 'Property') continue;
      given.push({ name, value: property.value });
    }
  }
  return given;
}

/** What the compiler makes of `module.exports = { Foo }`: a variable of the type `{ Foo: typeof Foo }`. */
export function partsOfType(declared: Node): readonly Given[] {
  if (declared.type !== 'VariableDeclarator' || declared.id.type !== 'Identifier') return [];
  const type = declared.id.typeAnnotation?.typeAnnotation;
  if (type?.type !== 'TSTypeLiteral') return [];
  return type.members.flatMap((member) => {
    if (member.type !== 'TSPropertySignature') return [];
    const name = keyName(member.key);
    const value = member.typeAnnotation?.typeAnnotation;
    return name !== undefined && value?.type === 'TSTypeQuery'
      ? [{ name, value: value.exprName }]
      : [];
  });
}

/** The specifier of `require('…')`. */
export function required(value: Node | null): string | undefined {
  if (value?.type !== 'CallExpression' || value.callee.type !== 'Identifier') return undefined;
  const [specifier] = value.arguments;
  if (value.callee.name !== 'require' || specifier?.type !== 'Literal') return undefined;
  return typeof specifier.value === 'string' ? specifier.value : undefined;
}

function valueOf(node: Node): Node {
  return node.type === 'AssignmentExpression' ? valueOf(node.right) : node;
}

function isExports(node: Node): boolean {
  if (node.type === 'Identifier') return node.name === 'exports';
  return (
    node.type === 'MemberExpression' &&
    node.object.type === 'Identifier' &&
    node.object.name === 'module' &&
    keyName(node.property) === 'exports'
  );
}
