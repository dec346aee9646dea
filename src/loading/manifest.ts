import { ConCoordError } from '../base/index.ts';
import type { ObjectMethod } from '../object/index.ts';
import { isMethodName, MAX_METHODS } from './bundle.ts';
import { Classes } from './classes.ts';
import type { Lineage } from './classes.ts';
import { commandPosition } from './command-parameter.ts';
import type { Source } from './find.ts';
import type { Scopes } from './scopes.ts';
import type { Declared, SourceClass, SourceMember } from './source-classes.ts';
import { keyName } from './syntax.ts';
import type { ClassNode, FunctionNode, Program } from './syntax.ts';

export interface ManifestInput {
  readonly program: Program;
  readonly scopes: Scopes;
  /** Of the sources that were bundled. */
  readonly declared: Declared;
  /** Proves of a name that every function which a call of it can reach writes nothing. */
  readonly isRead: (name: string) => boolean;
}

/** What callers have of a class. */
export interface ClassMember {
  readonly name: string;
  readonly kind: 'method' | 'getter';
  /** `file:line:column`; undefined where no source of the user says it. */
  readonly place: string | undefined;
}

export interface Listed {
  readonly methods: readonly ObjectMethod[];
  /** The same but for what every object has, as sources show them. */
  readonly members: readonly ClassMember[];
  /** Where what a state's path begins with is declared; undefined when that is not known. */
  readonly placeOf: (path: string) => string | undefined;
}

/**
 * The methods that clients can call: the public ones of the class, own and inherited.
 *
 * @throws ConCoordError `INVALID_CLASS` for a class that cannot be an object, with what to change.
 */
export function listMethods(source: Source, input: ManifestInput): Listed {
  const classes = new Classes(input.program, input.scopes);
  const own = classes.exported(source.exported);
  if (own === 'missing' || own === 'no class') {
    throw invalid(`${source.file}: ${source.exported} is not a class that can be seen`, {
      remedy:
        `Write "export class ${source.exported} { … }", ` +
        `or in CommonJS a class of that name and "module.exports = { ${source.exported} }".`,
    });
  }
  const lineage = classes.lineageOf(own);
  if (lineage.end === 'unknown') {
    throw invalid(`${source.file}: what ${source.exported} extends is computed`, {
      remedy: 'Extend a class by its name, or a function that returns one class.',
    });
  }
  const known = lineage.classes.map((node) => ({ node, sources: sourcesOf(node, classes, input) }));
  checkAbstract(source, known);
  checkConstructor(source, known);
  const members = collect(source, known);
  return {
    methods: methodsOf(source, members, lineage, input),
    members,
    placeOf: (path) => placeOf(path, known, input.declared),
  };
}

function methodsOf(
  source: Source,
  methods: readonly Callable[],
  lineage: Lineage,
  input: ManifestInput,
): readonly ObjectMethod[] {
  if (methods.length > MAX_METHODS) {
    throw invalid(`${source.exported} has ${methods.length} methods`, {
      remedy: `At most ${MAX_METHODS} are possible; join some of them.`,
    });
  }
  return [
    ...methods.map(({ name, commandAt }) =>
      // A read has no place in the log, and so no command.
      commandAt === undefined
        ? { name, read: input.isRead(name) }
        : { name, read: false, commandAt },
    ),
    { name: '__str__', read: isShownByRead(lineage, input, 'toString') },
    {
      name: '__repr__',
      read: isShownByRead(lineage, input, '__repr__') && isShownByRead(lineage, input, 'toString'),
    },
  ];
}

interface Known {
  readonly node: ClassNode;
  readonly sources: readonly SourceClass[];
}

/** The classes of the sources that this one may come from: those of its name with its methods. */
function sourcesOf(
  node: ClassNode,
  classes: Classes,
  { declared }: ManifestInput,
): readonly SourceClass[] {
  const name = classes.nameOf(node);
  // Sources have no getters where they say `accessor`.
  const methods = membersOf(node).filter(({ kind }) => kind === 'method');
  const names = methods.map((member) => member.name);
  return declared.classes.filter(
    (one) => one.name === name && names.every((member) => one.members.has(member)),
  );
}

interface Member {
  readonly name: string;
  readonly kind: 'method' | 'get' | 'set';
  readonly value: FunctionNode;
}

function membersOf(node: ClassNode): readonly Member[] {
  return node.body.body.flatMap((element) => {
    if (element.type !== 'MethodDefinition' || element.static) return [];
    const name = keyName(element.key, element.computed);
    const { kind, value } = element;
    return name === undefined || kind === 'constructor' ? [] : [{ name, kind, value }];
  });
}

const NAME = String.raw`(#?[\p{ID_Continue}$]+)`;
const FIELD = new RegExp(`^object\\.${NAME}`, 'u');
const STATIC = new RegExp(`^(?:exports\\.|module variable )${NAME}\\.${NAME}`, 'u');
const VARIABLE = new RegExp(`^module variable ${NAME}`, 'u');

/** Of `object.#field…`, `module variable name…`, `exports.Class.static…`, and of the `object` itself. */
function placeOf(
  path: string,
  known: readonly Known[],
  { classes, variables }: Declared,
): string | undefined {
  const own = known.flatMap(({ sources }) => sources);
  const [, field] = FIELD.exec(path) ?? [];
  if (field !== undefined)
    return only(
      own.flatMap(({ fields }) => fields.get(field) ?? []),
      'first',
    );
  const [, holder, key] = STATIC.exec(path) ?? [];
  const [, variable = holder] = VARIABLE.exec(path) ?? [];
  const statics = classes.flatMap(({ name, fields }) =>
    name === holder ? (fields.get(`static ${key}`) ?? []) : [],
  );
  if (statics.length > 0) return only(statics, 'single');
  if (variable !== undefined) return only(variables.get(variable) ?? [], 'single');
  return path === 'object' ? own[0]?.place : undefined;
}

/** Names that several modules have tell nothing; of fields, those of the class itself come first. */
function only(
  [first, ...others]: readonly string[],
  which: 'first' | 'single',
): string | undefined {
  return which === 'first' || others.length === 0 ? first : undefined;
}

function checkAbstract(source: Source, [own]: readonly Known[]): void {
  const first = own?.sources.find(({ isAbstract }) => isAbstract);
  if (first === undefined) return;
  throw invalid(`${first.place}: ${source.exported} is abstract: no object of it can be made`, {
    remedy: 'Name a class that extends it, and implements what is missing.',
  });
}

function checkConstructor(source: Source, known: readonly Known[]): void {
  const first = known
    .flatMap(({ sources }) => sources)
    .find(({ hasConstructor }) => hasConstructor);
  if (first?.needsArguments !== true) return;
  throw invalid(`${first.place}: the constructor of ${source.exported} needs arguments`, {
    remedy:
      'Give every parameter a default: replicas make the object without any, ' +
      'and __concoordinit__ makes another with some.',
  });
}

interface Callable extends ClassMember {
  readonly commandAt: number | undefined;
}

function collect(source: Source, known: readonly Known[]): readonly Callable[] {
  const methods: Callable[] = [];
  const seen = new Set<string>();
  for (const { node, sources } of known) {
    for (const { name, kind, value } of membersOf(node)) {
      const member = sources
        .map(({ members }) => members.get(name))
        .find((one) => one !== undefined);
      // An assignment has no result to wait for: setters cannot be called.
      if (kind === 'set' || seen.has(name)) continue;
      seen.add(name);
      if (member?.hidden === true) continue;
      checkMethod(source, name, value, member);
      if (!isMethodName(name) || name.startsWith('__')) continue;
      methods.push({
        name,
        kind: kind === 'get' ? 'getter' : 'method',
        place: member?.place,
        commandAt: commandPosition(value, member),
      });
    }
  }
  return methods;
}

function checkMethod(
  { exported, file }: Source,
  name: string,
  value: FunctionNode,
  member: SourceMember | undefined,
): void {
  const place = member?.place ?? file;
  if (name === 'then') {
    throw invalid(`${place}: ${exported} has a method called then`, {
      remedy: 'Rename it: whoever awaits a proxy would call it.',
    });
  }
  if (value.async) {
    throw invalid(`${place}: ${exported}.${name} is asynchronous`, {
      remedy: 'Return the value itself: methods run to their end, and only the proxy has promises.',
    });
  }
  if (value.generator) {
    throw invalid(`${place}: ${exported}.${name} is a generator`, {
      remedy: 'Return an array: what a method returns is sent at once.',
    });
  }
}

/** Whether showing the object is a read: nobody in the lineage defines how, or what defines it is one. */
function isShownByRead({ classes }: Lineage, { isRead }: ManifestInput, name: string): boolean {
  const own = classes.some((node) => membersOf(node).some((member) => member.name === name));
  return !own || isRead(name);
}

function invalid(message: string, { remedy }: { readonly remedy: string }): ConCoordError {
  return new ConCoordError('INVALID_CLASS', message, { remedy });
}
