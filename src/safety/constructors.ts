import type { Binding, Node } from '../loading/index.ts';
import { WORDS } from '../realm/index.ts';
import type { Access } from './accesses.ts';
import type { Report } from './report.ts';
import { unwrap } from './subject.ts';
import type { Subject } from './subject.ts';

/**
 * `x.constructor` is the class of an object, and of a function what makes functions of strings. Asking for
 * it, for what a class has, and for another object of the class is ordinary; calling it, giving it a text
 * that is code, and handing it on are not.
 */
export function judgeConstructor(access: Access, subject: Subject, report: Report): void {
  const use = useOf(access, subject);
  if (use === 'harmless') return;
  report(access.place, `${WRONG[use]}: ${use === 'kept' ? INSTEAD : WORDS.CODE}`);
}

type Use = 'called' | 'kept' | 'walked' | 'harmless';

const WRONG = {
  called: 'constructor is called, which makes code',
  walked: 'constructor of a constructor, which makes code',
  kept: 'constructor is passed on',
};
const INSTEAD =
  'name the class, or take it from this; of functions it makes code, which comes with the class';

function useOf({ node, object }: Access, subject: Subject): Use {
  const isOfThis = object !== undefined && subject.isInstance(object);
  if (node.type === 'Property') {
    if (isOfThis) return 'harmless';
    if (object !== undefined && subject.isFunctionLike(object)) return 'kept';
    const target = node.value.type === 'AssignmentPattern' ? node.value.left : node.value;
    return useOfName(subject.scopes.bindingOf(target), subject);
  }
  if (object !== undefined && isConstructor(object, subject)) return 'walked';
  if (object !== undefined && isDescriptions(object, subject)) return 'called';
  const use = useOfValue(node, subject);
  if (use === 'kept' && isOfThis) return 'harmless';
  // Of a function, another of its kind is code.
  if (use === 'made' && object !== undefined && subject.isFunctionLike(object)) return 'kept';
  return use === 'made' ? 'harmless' : use;
}

/** What becomes of an expression that is a constructor; names for names are not followed. */
function useOfValue(
  node: Node,
  subject: Subject,
  isNamed = false,
): Exclude<Use, 'walked'> | 'made' {
  const { user, through } = subject.userOf(node);
  switch (user?.type) {
    case 'CallExpression':
      return user.callee === through ? 'called' : isKey(user, through) ? 'harmless' : 'kept';
    case 'TaggedTemplateExpression':
      return 'called';
    case 'NewExpression':
      if (user.callee !== through) return 'kept';
      return makesCode(user, subject) ? 'kept' : 'made';
    case 'MemberExpression':
      return user.object === through ? useOfPart(user, subject) : 'harmless';
    case 'AssignmentExpression':
      // A class that is made by hand says who made it.
      return user.left === through && user.operator === '=' ? 'harmless' : 'kept';
    case 'VariableDeclarator':
      if (user.id.type !== 'Identifier' || isNamed) return 'kept';
      return useOfName(subject.scopes.bindingOf(user.id), subject);
    case 'ConditionalExpression':
      return user.test === through ? 'harmless' : useOfValue(user, subject, isNamed);
    case 'LogicalExpression':
      if (user.left === through && user.operator === '&&') return 'harmless';
      return useOfValue(user, subject, isNamed);
    case 'BinaryExpression':
    case 'ExpressionStatement':
    case 'IfStatement':
    case 'SwitchCase':
    case 'SwitchStatement':
    case 'TemplateLiteral':
    case 'UnaryExpression':
      return 'harmless';
    default:
      return 'kept';
  }
}

/** A name for it counts by what is done with the name. */
function useOfName(binding: Binding | undefined, subject: Subject): 'kept' | 'harmless' {
  if (binding === undefined || binding.assigned || binding.declarations.length > 1) return 'kept';
  const isHarmless = binding.references.every(({ node }) => {
    const use = useOfValue(node, subject, true);
    return use === 'harmless' || use === 'made';
  });
  return isHarmless ? 'harmless' : 'kept';
}

/** `x.constructor.part`: its name and other statics, but nothing that calls, binds or walks it. */
function useOfPart(
  member: Extract<Node, { type: 'MemberExpression' }>,
  subject: Subject,
): 'called' | 'kept' | 'harmless' {
  const part = subject.keyOf(member.property, member.computed);
  if (part === 'call' || part === 'apply' || part === 'bind') return 'called';
  // The other end of the walk is told of as well.
  const isNamed = subject.initOf(unwrap(member.object)) !== undefined;
  return part === 'constructor' && isNamed ? 'kept' : 'harmless';
}

const LOOK_UPS: ReadonlySet<string> = new Set(['delete', 'get', 'has', 'includes', 'indexOf']);

/** Tables by class are looked up by it. */
function isKey(call: Extract<Node, { type: 'CallExpression' }>, given: Node): boolean {
  const { callee } = call;
  if (callee.type !== 'MemberExpression' || callee.computed || call.arguments[0] !== given)
    return false;
  const isOurs = callee.object.type !== 'Identifier' || callee.object.name !== 'Reflect';
  return callee.property.type === 'Identifier' && isOurs && LOOK_UPS.has(callee.property.name);
}

/** Something that is made of a text which is code, or is run at once. */
function makesCode(made: Extract<Node, { type: 'NewExpression' }>, subject: Subject): boolean {
  const { user, through } = subject.userOf(made);
  if (user?.type === 'CallExpression' && user.callee === through) return true;
  return made.arguments.some((given) => /[^\w.+-]/.test(subject.constant(given) ?? ''));
}

/** `Object.getOwnPropertyDescriptors(x)`, whose `constructor` has the constructor itself. */
function isDescriptions(object: Node, subject: Subject): boolean {
  const plain = unwrap(subject.initOf(unwrap(object)) ?? object);
  if (plain.type !== 'CallExpression') return false;
  return subject.pathOf(plain.callee)?.join('.') === 'Object.getOwnPropertyDescriptors';
}

function isConstructor(node: Node, subject: Subject): boolean {
  const plain = unwrap(node);
  const init = subject.initOf(plain);
  const member = init === undefined ? plain : unwrap(init);
  if (member.type === 'MemberExpression') {
    return subject.keyOf(member.property, member.computed) === 'constructor';
  }
  const declared = subject.scopes.bindingOf(plain)?.declarations[0];
  const property = declared === undefined ? undefined : subject.parentOf(declared.node);
  return (
    property?.type === 'Property' &&
    subject.keyOf(property.key, property.computed) === 'constructor'
  );
}
