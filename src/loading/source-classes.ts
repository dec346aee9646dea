import { readFileSync } from 'node:fs';
import { ConCoordError } from '../base/index.ts';
import { COMMAND_PARAMETER, lastParameter } from './command-parameter.ts';
import { isClass, keyName, namesIn, parse, positionAt, regexpMistake, walk } from './syntax.ts';
import type { ClassNode, Node, Program } from './syntax.ts';

/** What only the source tells of a class: what is private, what is optional, and where it stands. */
export interface SourceClass {
  readonly name: string;
  readonly file: string;
  readonly members: ReadonlyMap<string, SourceMember>;
  /**
   * `file:line:column` of fields by name, private ones as `#name`, others as `static name`: where they are
   * declared, else first set.
   */
  readonly fields: ReadonlyMap<string, string>;
  readonly isAbstract: boolean;
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

/** What the sources of a class declare. */
export interface Declared {
  readonly classes: readonly SourceClass[];
  /** Places of the variables at the top of modules, by name. */
  readonly variables: ReadonlyMap<string, readonly string[]>;
}

export function readDeclared(files: readonly string[]): Declared {
  const variables = new Map<string, readonly string[]>();
  const classes = files.flatMap((file) => {
    const language = languageOf(file);
    return language === undefined ? [] : classesIn(file, language, variables);
  });
  return { classes, variables };
}

function languageOf(file: string): 'js' | 'ts' | 'tsx' | undefined {
  // Classes of packages are compiled already, and what they hide is theirs.
  if (/[\\/]node_modules[\\/]/.test(file)) return undefined;
  if (/\.[mc]?ts$/.test(file)) return 'ts';
  if (/\.[jt]sx$/.test(file)) return 'tsx';
  return /\.[mc]?js$/.test(file) ? 'js' : undefined;
}

function classesIn(
  file: string,
  language: 'js' | 'ts' | 'tsx',
  variables: Map<string, readonly string[]>,
): readonly SourceClass[] {
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
  const program = parseEither(text, file, language);
  for (const one of variablesOf(program)) {
    variables.set(one.name, [...(variables.get(one.name) ?? []), placeOf(one)]);
  }
  walk(program, (node) => {
    const mistake = regexpMistake(node);
    if (mistake !== undefined) throw brokenRegexp(placeOf(node), mistake);
    if (node.type === 'VariableDeclarator' && node.id.type === 'Identifier' && node.init !== null) {
      if (isClass(node.init) && node.init.id === null) visit(node.init, node.id.name);
    }
    return visit(node, undefined);
  });
  return classes;
}

/** @param place Of the expression, or else of the file. */
export function brokenRegexp(place: string, mistake: string): ConCoordError {
  return new ConCoordError('INVALID_CLASS', `${place}: ${mistake}`, {
    remedy: 'Correct the regular expression.',
  });
}

function variablesOf({ body }: Program): readonly (Node & { readonly name: string })[] {
  return body
    .map((one) => (one.type === 'ExportNamedDeclaration' ? (one.declaration ?? one) : one))
    .flatMap((one) => (one.type === 'VariableDeclaration' ? one.declarations : []))
    .flatMap(({ id }) => namesIn(id));
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
  return {
    name,
    file,
    members,
    fields: fieldsOf(node, placeOf),
    isAbstract: node.abstract === true,
    needsArguments,
    hasConstructor: constructors.length > 0,
    place: placeOf(node),
  };
}

/** Declared ones count first: what is set in a method may be there already. */
function fieldsOf(
  { body }: ClassNode,
  placeOf: (node: Node) => string,
): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  const note = (key: Node, computed: boolean, at: Node, before = ''): void => {
    const name = keyName(key, computed);
    if (name === undefined) return;
    const shown = before + (key.type === 'PrivateIdentifier' ? `#${name}` : name);
    if (!fields.has(shown)) fields.set(shown, placeOf(at));
  };
  for (const element of body.body) {
    if (element.type !== 'PropertyDefinition') continue;
    const before = element.static ? 'static ' : '';
    // One without a value is set elsewhere, and there is what matters.
    if (element.value !== null) note(element.key, element.computed, element, before);
  }
  for (const element of body.body) {
    if (element.type !== 'MethodDefinition' || element.static) continue;
    if (element.kind === 'constructor') notePropertiesOf(element.value, note);
    walk(element.value, (node) => {
      if (isClass(node)) return false;
      if (node.type !== 'AssignmentExpression' || node.left.type !== 'MemberExpression') {
        return undefined;
      }
      const { computed, object, property } = node.left;
      if (object.type === 'ThisExpression') note(property, computed, node);
      return undefined;
    });
  }
  return fields;
}

/** `constructor(private readonly name = …)`. */
function notePropertiesOf(
  constructor: Node,
  note: (key: Node, computed: boolean, at: Node) => void,
): void {
  if (!('params' in constructor) || !Array.isArray(constructor.params)) return;
  for (const one of constructor.params as readonly Node[]) {
    if (one.type !== 'TSParameterProperty') continue;
    for (const name of namesIn(one.parameter)) note(name, false, one);
  }
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
