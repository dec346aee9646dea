import { nameGiven } from './classes.ts';
import { Edits } from './edits.ts';
import { renameBinding } from './rename.ts';
import { findScopes } from './scopes.ts';
import type { Binding, Scopes } from './scopes.ts';
import { commentsIn, isFunction, keyName, parse, walk } from './syntax.ts';
import type { Node } from './syntax.ts';

/**
 * Takes out of the bundler's module what depends on where files lie: comments with paths, the paths under
 * which CommonJS modules are kept, and variables that it named after folders. So a copy in another place
 * gives the same text. Names that functions would have anyway are taken out as well: to give them costs a
 * call for every function that is made.
 */
export function normalise(text: string, file: string): string {
  const program = parse(text, file);
  const scopes = findScopes(program);
  const edits = new Edits(text);
  const renamed = renameGenerated(scopes, text);
  for (const [binding, name] of renamed) renameBinding(binding, name, scopes, edits);
  walk(program, (node) => {
    nameless(node, scopes, renamed, edits);
    pathless(node, edits);
    return true;
  });
  return withoutComments(edits.apply(), file);
}

function withoutComments(text: string, file: string): string {
  const edits = new Edits(text);
  for (const { start, end } of commentsIn(text, file)) {
    const before = text.lastIndexOf('\n', start - 1) + 1;
    const wholeLine = text[end] === '\n' && text.slice(before, start).trim() === '';
    if (wholeLine) edits.replace(before, end + 1, '');
    else edits.replace(start, end, ' ');
  }
  return edits.apply();
}

/** Names that the bundler makes of file names; of `index.js` it takes the folder. */
const GENERATED = /^(?:require|import|init)_\w*$|_(?:exports|default)\d*$/;

function renameGenerated(scopes: Scopes, text: string): ReadonlyMap<Binding, string> {
  const renamed = new Map<Binding, string>();
  let prefix = 'module_';
  while (text.includes(prefix)) prefix = `_${prefix}`;
  for (const binding of scopes.module.bindings.values()) {
    if (binding.kind === 'var' && GENERATED.test(binding.name))
      renamed.set(binding, `${prefix}${renamed.size + 1}`);
  }
  return renamed;
}

/** `__commonJS({ "path/of/file.js"(exports, module) { … } })`. */
function pathless(node: Node, edits: Edits): void {
  if (node.type !== 'CallExpression' || node.callee.type !== 'Identifier') return;
  if (!/^__(?:commonJS|esm)(?:Min)?$/.test(node.callee.name)) return;
  const [wrapped] = node.arguments;
  if (wrapped?.type !== 'ObjectExpression') return;
  for (const property of wrapped.properties) {
    if (property.type !== 'Property' || property.key.type !== 'Literal') continue;
    edits.replace(property.key.start, property.key.end, '"module"');
  }
}

/** Removes `__name(f, "f")` where the language names it so by itself. */
function nameless(
  node: Node,
  scopes: Scopes,
  renamed: ReadonlyMap<Binding, string>,
  edits: Edits,
): void {
  const nameOf = (id: Node & { readonly name: string }): string => {
    const binding = scopes.bindingOf(id);
    return (binding === undefined ? undefined : renamed.get(binding)) ?? id.name;
  };
  switch (node.type) {
    case 'VariableDeclarator':
      if (node.init !== null && node.id.type === 'Identifier') {
        unwrapName(node.init, nameOf(node.id), edits);
      }
      break;
    case 'AssignmentExpression':
      if (node.operator === '=' && node.left.type === 'Identifier') {
        unwrapName(node.right, nameOf(node.left), edits);
      }
      break;
    case 'Property':
      unwrapName(node.value, keyName(node.key, node.computed), edits);
      break;
    case 'ExpressionStatement':
      if (namesDeclared(node.expression, scopes)) edits.replace(node.start, node.end, '');
      break;
    default:
  }
}

function unwrapName(node: Node, natural: string | undefined, edits: Edits): void {
  const named = nameGiven(node);
  if (named === undefined || !isFunction(named.target)) return;
  const own = named.target.id === null ? natural : named.target.id.name;
  if (own !== named.name) return;
  edits.replace(node.start, named.target.start, '(');
  edits.replace(named.target.end, node.end, ')');
}

function namesDeclared(expression: Node, scopes: Scopes): boolean {
  const named = nameGiven(expression);
  if (named?.target.type !== 'Identifier' || named.target.name !== named.name) return false;
  const declarations = scopes.bindingOf(named.target)?.declarations ?? [];
  return declarations.some(({ kind }) => kind === 'function');
}
