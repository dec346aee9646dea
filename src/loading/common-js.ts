import type { Scopes } from './scopes.ts';
import { isFunction, keyName, walk } from './syntax.ts';
import type { FunctionNode, Node } from './syntax.ts';

/** What a CommonJS module gives, as far as its text tells. */
interface Given {
  /** Values of `module.exports = …`. */
  readonly whole: Node[];
  /** Values of `exports.name = …`, and of accessors that compilers write for what they pass on. */
  readonly parts: Map<string, Node[]>;
}

type Call = Extract<Node, { type: 'CallExpression' }>;

/** The CommonJS modules of a bundle: `var require_x = __commonJS({ "x.js"(exports, module) { … } })`. */
export class CommonModules {
  readonly #scopes: Scopes;
  readonly #valueOf: (name: Node) => Node | undefined;
  readonly #given = new Map<FunctionNode, Given>();

  /** @param valueOf What the only declaration of a variable gives to it. */
  constructor(scopes: Scopes, valueOf: (name: Node) => Node | undefined) {
    this.#scopes = scopes;
    this.#valueOf = valueOf;
  }

  /** The module that an expression gives: `require_x()`, the same for importers, or a variable for it. */
  moduleOf(node: Node, left = 10): FunctionNode | undefined {
    if (left === 0) return undefined;
    if (node.type === 'Identifier') {
      const value = this.#valueOf(node);
      return value === undefined ? undefined : this.moduleOf(value, left - 1);
    }
    if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return undefined;
    const [first] = node.arguments;
    if (node.callee.name === '__toESM') {
      return first === undefined ? undefined : this.moduleOf(first, left - 1);
    }
    const wrapped = this.#valueOf(node.callee);
    return wrapped === undefined ? undefined : wrappedBy(wrapped);
  }

  /** The only value that a module gives under a name; `default` is all of it, where it is replaced. */
  part(module: FunctionNode, name: string): Node | undefined {
    const { parts, whole } = this.#givenBy(module);
    const inside = whole.flatMap((one) =>
      one.type === 'ObjectExpression'
        ? one.properties.flatMap((property) =>
            property.type === 'Property' && keyName(property.key, property.computed) === name
              ? [property.value]
              : [],
          )
        : [],
    );
    const found = [...(parts.get(name) ?? []), ...inside];
    if (found.length > 0) return only(found);
    const passedOn = only(whole);
    const other = passedOn === undefined ? undefined : this.moduleOf(passedOn);
    if (other !== undefined && other !== module) return this.part(other, name);
    return name === 'default' ? passedOn : undefined;
  }

  #givenBy(module: FunctionNode): Given {
    const known = this.#given.get(module);
    if (known !== undefined) return known;
    const given: Given = { whole: [], parts: new Map() };
    this.#given.set(module, given);
    walk(module, (node) => {
      if (node.type === 'AssignmentExpression' && node.operator === '=') {
        this.#note(module, node.left, node.right, given);
      } else if (node.type === 'CallExpression') {
        this.#noteDefined(module, node, given);
      }
      return undefined;
    });
    return given;
  }

  #note(module: FunctionNode, target: Node, value: Node, { parts, whole }: Given): void {
    if (this.#isExports(module, target)) {
      // `exports = module.exports = …` says it once more.
      if (target.type === 'MemberExpression') whole.push(resultOf(value));
      return;
    }
    if (target.type !== 'MemberExpression' || !this.#isExports(module, target.object)) return;
    const name = keyName(target.property, target.computed);
    const result = resultOf(value);
    // `exports.A = exports.B = void 0`, by which compilers begin.
    if (name === undefined || result.type === 'UnaryExpression') return;
    parts.set(name, [...(parts.get(name) ?? []), result]);
  }

  /** `Object.defineProperty(exports, "name", { get: function () { return …; } })`. */
  #noteDefined(module: FunctionNode, { callee, arguments: args }: Call, { parts }: Given): void {
    const [target, key, descriptor] = args;
    const isDefinition =
      callee.type === 'MemberExpression' &&
      keyName(callee.property, callee.computed) === 'defineProperty';
    if (!isDefinition || target === undefined || key === undefined) return;
    if (descriptor?.type !== 'ObjectExpression' || !this.#isExports(module, target)) return;
    const name = keyName(key, true);
    for (const property of descriptor.properties) {
      if (name === undefined || property.type !== 'Property') continue;
      const value = keyName(property.key, property.computed) === 'get' ? property.value : undefined;
      const result = value === undefined ? undefined : returnedBy(value);
      if (result !== undefined) parts.set(name, [...(parts.get(name) ?? []), result]);
    }
  }

  /** `exports` or `module.exports` of that module. */
  #isExports(module: FunctionNode, node: Node): boolean {
    const [exports, itself] = module.params;
    if (node.type === 'Identifier') return this.#isSame(node, exports);
    if (node.type !== 'MemberExpression') return false;
    return keyName(node.property, node.computed) === 'exports' && this.#isSame(node.object, itself);
  }

  #isSame(name: Node, parameter: Node | undefined): boolean {
    const binding = this.#scopes.bindingOf(name);
    return binding?.declarations.some(({ node }) => node === parameter) === true;
  }
}

function wrappedBy(node: Node): FunctionNode | undefined {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return undefined;
  const [wrapped] = node.arguments;
  if (node.callee.name !== '__commonJS' || wrapped?.type !== 'ObjectExpression') return undefined;
  const [property] = wrapped.properties;
  return property?.type === 'Property' && isFunction(property.value) ? property.value : undefined;
}

/** Of `a = b = value`. */
function resultOf(node: Node): Node {
  if (node.type === 'AssignmentExpression' && node.left.type === 'MemberExpression') {
    return resultOf(node.right);
  }
  return node;
}

function returnedBy(node: Node): Node | undefined {
  if (!isFunction(node) || node.body?.type !== 'BlockStatement') return undefined;
  const [statement, ...others] = node.body.body;
  if (statement?.type !== 'ReturnStatement' || others.length > 0) return undefined;
  return statement.argument ?? undefined;
}

function only<T>([first, ...others]: readonly T[]): T | undefined {
  return others.length === 0 ? first : undefined;
}
