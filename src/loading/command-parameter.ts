import type { Function } from 'oxc-parser';
import type { SourceMember } from './source-classes.ts';
import type { FunctionNode } from './syntax.ts';

/** A last parameter of that name is the command of the call, and callers do not give it. */
export const COMMAND_PARAMETER = '_concoord_command';

/** The name of the last parameter, as far as it is one variable, with or without a default. */
export function lastParameter({ params }: Pick<Function, 'params'>): string | undefined {
  const last = params.at(-1);
  const named = last?.type === 'AssignmentPattern' ? last.left : last;
  return named?.type === 'Identifier' ? named.name : undefined;
}

/** As the bundler writes it: with a number where a variable around has the same name. */
const BUNDLED = /^_concoord_command\d*$/;

/**
 * Which argument of a method of the bundler's module is the command. Of a name with a number the source says
 * whether it had one before, as far as it is known: that of packages is not.
 */
export function commandPosition(
  method: FunctionNode,
  source: SourceMember | undefined,
): number | undefined {
  const name = lastParameter(method) ?? '';
  const takes = name === COMMAND_PARAMETER || (source?.takesCommand ?? true);
  return takes && BUNDLED.test(name) ? method.params.length - 1 : undefined;
}
