import { readFileSync } from 'node:fs';
import { ConCoordError } from '../base/index.ts';
import { COMMAND_PARAMETER, lastParameter } from './command-parameter.ts';
import { keyName, parse, positionAt, walk, isClass } from './syntax.ts';
import type { ClassNode, Node, Program } from './syntax.ts';

/** What only the source tells of a class: what is private, what is optional, and where it stands. */
export interface SourceClass {
  readonly name: string;
  readonly file: string;
  readonly members: ReadonlyMap<string, SourceMember>;
  /** The constructor has a parameter that must be given; only TypeScript can say that it need not. */
  readonly needsArguments: boolean;
  readonly hasConstructor: boolean;
  /** `file:line:column` of the class. */
  readonly place: string;
}

export interface SourceMember {
  readonly hidden: boolean;
  /** Its last parameter is the one that whoever runs the method fills in. */
  readonly takesCommand: boolean;
  readonly place: string;
}

export function findSourceClasses(files: readonly string[]): readonly SourceClass[] {
  return files.flatMap((file) => {
    const language = languageOf(file);
    return language === undefined ? [] : classesIn(file, language);
  });
}

function languageOf(file: string): 'js' | 'ts' | 'tsx' | undefined {
  // Classes of packages are compiled already, and what they hide is theirs.
  if (/[\\/]node_modules[\\/]/.test(file)) return undefined;
  if (/\.[mc]?ts$/.test(file)) return 'ts';
  if (/\.[jt]sx$/.test(file)) return 'tsx';
  return /\.[mc]?js$/.test(file) ? 'js' : undefined;
}

function classesIn(file: string, language: 'js' | 'ts' | 'tsx'): readonly SourceClass[] {
  const text = readFileSync(file, 'utf8');
  const classes: SourceClass[] = [];
  const placeOf = (node: Node): string => {
    const { line, column } = positionAt(text, node.start);
    return `${file}:${line}:${column}`;
  };
  const visit = (node: Node, assigned: string | undefined): undefined => {
    const name = isClass(node) ? (node.id?.name ?? assigned) : undefined;
    if (isClass(node) && name !== undefined) {
      classes.push(describe(node, name, file, language, placeOf));
    }
  };
  walk(parseEither(text, file, language), (node) => {
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init !== null) {
      if (isClass(node.init) && node.init.id === null) visit(node.init, node.id.name);
    }
    return visit(node, undefined);
  });
  return classes;
}

/** JavaScript may be CommonJS, where some words mean something else, and `return` may stand outside. */
function parseEither(text: string, file: string, language: 'js' | 'ts' | 'tsx'): Program {
  try {
    return parse(text, file, language);
  } catch (error) {
    if (language !== 'js' || !(error instanceof ConCoordError)) throw error;
    return parse(text, file, language, 'commonjs');
  }
}

function describe(
  node: ClassNode,
  name: string,
  file: string,
  language: string,
  placeOf: (node: Node) => string,
): SourceClass {
  const members = new Map<string, SourceMember>();
  const constructors: Node[] = [];
  for (const element of node.body.body) {
    if (element.type !== 'MethodDefinition' || element.static) continue;
    const key = keyName(element.key, element.computed);
    if (element.kind === 'constructor') constructors.push(element.value);
    if (key === undefined || element.key.type === 'PrivateIdentifier') continue;
    const access = element.accessibility;
    const hidden = access === 'private' || access === 'protected';
    members.set(key, {
      hidden: hidden || members.get(key)?.hidden === true,
      // Signatures come first where there are several, and the method itself last.
      takesCommand: lastParameter(element.value) === COMMAND_PARAMETER,
      place: placeOf(element),
    });
  }
  const needsArguments =
    language !== 'js' && constructors.length > 0 && constructors.every((one) => mustBeGiven(one));
  const hasConstructor = constructors.length > 0;
  return { name, file, members, needsArguments, hasConstructor, place: placeOf(node) };
}

/** Whether a signature has a parameter that must be given. */
function mustBeGiven(signature: Node): boolean {
  if (!('params' in signature) || !Array.isArray(signature.params)) return false;
  return (signature.params as readonly Node[]).some((parameter) => {
    const plain = parameter.type === 'TSParameterProperty' ? parameter.parameter : parameter;
    if (plain.type === 'RestElement' || plain.type === 'AssignmentPattern') return false;
    const { optional, typeAnnotation } = plain as {
      optional?: boolean;
      typeAnnotation?: { readonly typeAnnotation: Node } | null;
    };
    const type = typeAnnotation?.typeAnnotation;
    return optional !== true && !(type !== undefined && allowsUndefined(type));
  });
}

function allowsUndefined(type: Node): boolean {
  if (type.type === 'TSUnionType') return type.types.some((one) => allowsUndefined(one));
  return ['TSUndefinedKeyword', 'TSAnyKeyword', 'TSUnknownKeyword', 'TSVoidKeyword'].includes(
    type.type,
  );
}
