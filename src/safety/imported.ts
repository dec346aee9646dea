import type { Node } from '../loading/index.ts';
import type { Subject } from './subject.ts';

/** Constants of other files, so that a name cannot hide behind an import. */

/** All that is judged together, by file. */
export type Subjects = ReadonlyMap<string, Subject>;

/** The text that an imported name certainly is; `declared` is where it is imported. */
export function importedConstant(
  declared: Node,
  from: Subject,
  subjects: Subjects,
): string | undefined {
  const specifier = from.parentOf(declared);
  const statement = specifier === undefined ? undefined : from.parentOf(specifier);
  if (specifier?.type !== 'ImportSpecifier' || statement?.type !== 'ImportDeclaration') {
    return undefined;
  }
  const target = targetOf(statement.source.value, from, subjects);
  return exportedConstant(nameOf(specifier.imported), target, subjects, new Set());
}

function targetOf(specifier: string, from: Subject, subjects: Subjects): Subject | undefined {
  const file = from.source.imports.get(specifier);
  return file === undefined ? undefined : subjects.get(file);
}

function exportedConstant(
  name: string,
  subject: Subject | undefined,
  subjects: Subjects,
  seen: Set<string>,
): string | undefined {
  const question = `${name} ${subject?.source.file}`;
  if (subject === undefined || seen.has(question)) return undefined;
  seen.add(question);
  for (const statement of subject.source.program.body) {
    if (statement.type === 'ExportNamedDeclaration') {
      const local = statement.specifiers.find(({ exported }) => nameOf(exported) === name)?.local;
      const { source, declaration } = statement;
      if (local !== undefined && source === null) return subject.constant(local);
      const other = source === null ? undefined : targetOf(source.value, subject, subjects);
      if (local !== undefined) {
        return exportedConstant(nameOf(local), other, subjects, seen);
      }
      const declared = declaration === null ? undefined : declaredAs(name, declaration);
      if (declared !== undefined) return subject.constant(declared);
    }
    if (statement.type === 'ExportAllDeclaration' && statement.exported === null) {
      const other = targetOf(statement.source.value, subject, subjects);
      const text = exportedConstant(name, other, subjects, seen);
      if (text !== undefined) return text;
    }
  }
  return undefined;
}

function declaredAs(name: string, declaration: Node): Node | undefined {
  if (declaration.type !== 'VariableDeclaration') return undefined;
  const found = declaration.declarations.find(
    ({ id }) => id.type === 'Identifier' && id.name === name,
  );
  return found?.id;
}

function nameOf(name: { readonly type: string } & ({ name: string } | { value: string })): string {
  return 'name' in name ? name.name : name.value;
}
