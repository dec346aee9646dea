import { escapeName } from './instrument-scopes.ts';
import type { Sheet } from './instrument-scopes.ts';
import { isNumber } from './numbers.ts';
import type { Binding } from './scopes.ts';
import { keyName, walk } from './syntax.ts';
import type { Node, Program } from './syntax.ts';

type Member = Extract<Node, { type: 'MemberExpression' }>;

/** Places that an array has room for anyway. */
const NEAR = 32;

/** What a program does with computed names, found before anything is edited. */
export class Keys {
  /** Members to which something is assigned. */
  readonly #stores = new Set<Node>();
  /** Literals, of which the computed names are those of what they make, not of what is taken apart. */
  readonly #made = new Set<Node>();
  /** Identifiers that get a number where they stand. */
  readonly #counted = new Set<Node>();
  /** Members that get what the assignment computes by itself, or takes out of something. */
  readonly #slots = new Set<Node>();
  readonly #numeric = new Map<Binding, boolean>();

  constructor(program: Program) {
    walk(program, (node) => {
      this.#look(node);
      return true;
    });
  }

  stores(node: Node): boolean {
    return this.#stores.has(node);
  }

  /** Stores whose value can only be seen by what does them. */
  isSlot(node: Node): boolean {
    return this.#slots.has(node);
  }

  /** Whether a computed name is that of a property of an object that is made. */
  makes(node: Node): boolean {
    return this.#made.has(node);
  }

  /** Certainly a number: the name of an element. */
  isIndex(node: Node, { scopes }: Sheet): boolean {
    if (isNumber(node)) return true;
    if (node.type !== 'Identifier') return false;
    const binding = scopes.bindingOf(node);
    if (binding === undefined) return false;
    const known = this.#numeric.get(binding);
    if (known !== undefined) return known;
    const writes = binding.references.filter(({ access }) => access !== 'read');
    const all = [...binding.declarations, ...writes];
    const numeric = all.every((one) => this.#counted.has(one.node));
    this.#numeric.set(binding, numeric);
    return numeric;
  }

  #look(node: Node): void {
    switch (node.type) {
      case 'AssignmentExpression':
        this.#target(node.left);
        if (computesNaN(node)) this.#slots.add(node.left);
        if (node.operator === '=' || node.operator === '+=') {
          if (isNumber(node.right)) this.#counted.add(node.left);
        } else if (!LOGICAL.has(node.operator)) this.#counted.add(node.left);
        break;
      case 'UpdateExpression':
        this.#target(node.argument);
        this.#counted.add(node.argument);
        break;
      case 'ForInStatement':
      case 'ForOfStatement':
        this.#target(node.left);
        if (node.left.type === 'MemberExpression') this.#slots.add(node.left);
        break;
      case 'VariableDeclarator':
        if (node.init !== null && isNumber(node.init)) this.#counted.add(node.id);
        break;
      case 'ObjectExpression':
        for (const property of node.properties) this.#made.add(property);
        break;
      default:
    }
  }

  #target(target: Node): void {
    switch (target.type) {
      case 'MemberExpression':
        this.#stores.add(target);
        break;
      case 'AssignmentPattern':
        this.#inner(target.left);
        break;
      case 'RestElement':
        this.#inner(target.argument);
        break;
      case 'Property':
        this.#inner(target.value);
        break;
      case 'ArrayPattern':
        for (const element of target.elements) if (element !== null) this.#inner(element);
        break;
      case 'ObjectPattern':
        for (const property of target.properties) this.#inner(property);
        break;
      default:
    }
  }

  #inner(target: Node): void {
    this.#target(target);
    if (target.type === 'MemberExpression') this.#slots.add(target);
  }
}

type Assignment = Extract<Node, { type: 'AssignmentExpression' }>;

const MAY_BE_NAN: ReadonlySet<string> = new Set(['+=', '-=', '*=', '/=', '%=']);

/** Whether an operator makes a NaN of numbers that are none; a plain number takes no part in that. */
function computesNaN({ operator, right }: Assignment): boolean {
  if (!MAY_BE_NAN.has(operator)) return false;
  return right.type !== 'Literal' || (operator !== '+=' && operator !== '-=');
}

/** They may leave what is no number. */
const LOGICAL: ReadonlySet<string> = new Set(['&&=', '||=', '??=']);

/** Edits what looks at a computed name; answers what follows when the children have been visited. */
export function enterKey(node: Node, sheet: Sheet, resized: boolean): (() => void) | undefined {
  switch (node.type) {
    case 'MemberExpression':
      return enterMember(node, sheet, resized);
    case 'AssignmentExpression':
      return enterNumber(node, sheet);
    case 'Property': {
      if (!node.computed || sheet.keys.isIndex(node.key, sheet)) return undefined;
      return around(node.key, sheet.keys.makes(node) ? '$.put(' : '$.key(', sheet);
    }
    case 'BinaryExpression':
      if (node.operator !== 'in' || isFixed(node.left, sheet)) return undefined;
      return around(node.left, '$.key(', sheet);
    case 'UnaryExpression':
      if (node.operator !== '+' || isNumber(node.argument)) return undefined;
      return around(node.argument, '$.num(', sheet);
    default:
      return undefined;
  }
}

/** What certainly is no NaN. */
const NO_NAN: ReadonlySet<string> = new Set(
  `Literal TemplateLiteral ObjectExpression ArrayExpression NewExpression ThisExpression FunctionExpression
   ArrowFunctionExpression ClassExpression`.split(/\s+/),
);
const INTEGER: ReadonlySet<string> = new Set(['|', '&', '^', '<<', '>>', '>>>']);

/** What is put under a computed name may land in an array of floats, where a NaN has bits. */
function enterNumber(node: Assignment, sheet: Sheet): (() => void) | undefined {
  const { left, operator, right } = node;
  if (operator !== '=' || left.type !== 'MemberExpression' || !left.computed) return undefined;
  if (NO_NAN.has(right.type)) return undefined;
  if (right.type === 'BinaryExpression' && INTEGER.has(right.operator)) return undefined;
  return around(right, '$.nan(', sheet);
}

function around(node: Node, open: string, { edits }: Sheet): () => void {
  edits.insert(node.start, `${open}(`);
  return () => edits.insert(node.end, '))');
}

/** A number, or a name that stands in the source. */
function isFixed(node: Node, sheet: Sheet): boolean {
  return node.type === 'Literal' || sheet.keys.isIndex(node, sheet);
}

function enterMember(node: Member, sheet: Sheet, resized: boolean): (() => void) | undefined {
  const { object, property, computed } = node;
  const stores = sheet.keys.stores(node);
  if (stores && keyName(property, computed) === 'length') {
    return resized || object.type === 'Super' ? undefined : around(object, '$.grow(', sheet);
  }
  if (!computed) return undefined;
  if (sheet.keys.isSlot(node) && object.type !== 'Super') return enterSlot(node, sheet);
  if (!stores) return isFixed(property, sheet) ? undefined : around(property, '$.key(', sheet);
  if (property.type === 'Literal') {
    if (typeof property.value !== 'number' || property.value < NEAR) return undefined;
  }
  if (object.type === 'Super') return around(property, '$.put(', sheet);
  if (object.type === 'Identifier' && sheet.scopes.bindingOf(object) !== undefined) {
    return around(property, `$.far(${escapeName(object.name)}, `, sheet);
  }
  const { edits } = sheet;
  edits.insert(object.start, '($.o = (');
  edits.insert(property.start, '$.far($.o, (');
  return () => {
    edits.insert(object.end, '))');
    edits.insert(property.end, '))');
  };
}

/** `x[k] += v` and `[x[k]] = list` put into an accessor, which sees what is put there. */
function enterSlot({ start, end, property }: Member, { edits, text }: Sheet): () => void {
  edits.insert(start, '$.slot(');
  const bracket = text.lastIndexOf('[', property.start - 1);
  edits.replace(bracket, bracket + 1, ', (');
  return () => edits.replace(end - 1, end, ')).v');
}
