import type { Node } from '../loading/index.ts';
import { WORDS } from '../realm/index.ts';
import type { Access } from './accesses.ts';
import type { Report } from './report.ts';
import { unwrap } from './subject.ts';
import type { Subject } from './subject.ts';

/**
 * `x.constructor` is the class of an object, and of a function what makes functions of strings. Asking for
 * it, and for what a class has, is ordinary; having it, where it cannot be told what x is, is not.
 */
export function judgeConstructor(access: Access, subject: Subject, report: Report): void {
  const use = useOf(access, subject);
  if (use === 'called')
    report(access.place, `constructor is called, which makes code: ${WORDS.CODE}`);
  if (use === 'kept') report(access.place, `constructor is passed on: ${INSTEAD}`);
  if (use === 'walked') {
    report(access.place, `constructor of a constructor, which makes code: ${WORDS.CODE}`);
  }
}

const INSTEAD =
  'name the class, or take it from this; of functions it makes code, which comes with the class';

function useOf(access: Access, subject: Subject): 'called' | 'kept' | 'walked' | 'harmless' {
  const { node, object } = access;
  const isOfThis = object !== undefined && subject.isInstance(object);
  if (node.type !== 'MemberExpression') return isOfThis ? 'harmless' : 'kept';
  if (object !== undefined && isConstructor(object, subject)) return 'walked';
  const { user, through } = subject.userOf(node);
  switch (user?.type) {
    case 'CallExpression':
      if (user.callee === through) return 'called';
      break;
    case 'MemberExpression':
      if (user.object === through) return useOfPart(access, user, subject);
      break;
    case 'AssignmentExpression':
      // A class that is made by hand says who made it.
      if (user.left === through && user.operator === '=') return 'harmless';
      break;
    case 'LogicalExpression':
      if (user.left === through && user.operator === '&&') return 'harmless';
      break;
    case 'ConditionalExpression':
    case 'IfStatement':
      if (user.test === through) return 'harmless';
      break;
    case 'TaggedTemplateExpression':
      return 'called';
    case 'BinaryExpression':
    case 'ExpressionStatement':
    case 'SwitchCase':
    case 'SwitchStatement':
    case 'TemplateLiteral':
    case 'UnaryExpression':
      return 'harmless';
    default:
  }
  return isOfThis ? 'harmless' : 'kept';
}

/** `x.constructor.part`: its name and other statics, but nothing that calls or binds it. */
function useOfPart(
  { object }: Access,
  member: Extract<Node, { type: 'MemberExpression' }>,
  subject: Subject,
): 'called' | 'harmless' {
  const part = subject.keyOf(member.property, member.computed);
  if (part === 'call' || part === 'apply' || part === 'bind') return 'called';
  // `Object.getOwnPropertyDescriptors(x).constructor.value` is the constructor itself.
  const holder = object === undefined ? undefined : unwrap(object);
  if (holder?.type !== 'CallExpression') return 'harmless';
  const callee = subject.pathOf(holder.callee)?.join('.');
  return callee === 'Object.getOwnPropertyDescriptors' ? 'called' : 'harmless';
}

function isConstructor(node: Node, subject: Subject): boolean {
  const plain = unwrap(node);
  const init = subject.initOf(plain);
  const member = init === undefined ? plain : unwrap(init);
  if (member.type !== 'MemberExpression') return false;
  return subject.keyOf(member.property, member.computed) === 'constructor';
}
