import { show, showKey } from './constants.ts';
import { PROXY_TYPES } from './proxy-type.ts';
import type { Form, ProxyType } from './proxy-type.ts';
import type { Member, Shape } from './shape.ts';
import type { Parameter, Signature } from './signature.ts';
import { enumObject } from './vocabulary.ts';
import type { CopiedType, Vocabulary } from './vocabulary.ts';

/** A class with what its proxy shall be. */
export interface ProxyClass {
  readonly shape: Shape;
  readonly type: ProxyType;
}

/** What `concoord` exports, and proxies use. */
const HELPERS = ['BareProxy', 'close', 'flush', 'invoke', 'ObjectProxy', 'withOptions'] as const;
const HELPER_TYPES = ['CallOptions', 'ProxyOptions'] as const;
type Helper = (typeof HELPERS)[number] | (typeof HELPER_TYPES)[number];

/** Where a file has what it uses of `concoord`: from the package, or declared in the file itself. */
export type Home =
  | { readonly kind: 'package' }
  | { readonly kind: 'file'; readonly declare: (local: (helper: string) => string) => string };

/** Methods of `ObjectProxy`. Where the object has one of these names, its own wins. */
const OWN_METHODS = ['with', 'flush', 'close'] as const;

/** Writes the text of a file with the proxies of some classes. */
export class Emitter {
  readonly #vocabulary: Vocabulary;
  readonly #form: Form;
  readonly #taken: ReadonlySet<string>;
  readonly #home: Home;
  readonly #used = new Set<Helper>();

  /** @param taken Names that the user has in the file; ours step aside. */
  constructor(vocabulary: Vocabulary, form: Form, taken: ReadonlySet<string>, home: Home) {
    this.#taken = taken;
    this.#home = home;
    this.#vocabulary = vocabulary;
    this.#form = form;
  }

  /** @param token Embedded, when the user asks for that. */
  file(header: string, classes: readonly ProxyClass[], token: string | undefined): string {
    const bodies = classes.map((one) => this.#class(one, token));
    const own = this.#home.kind === 'file' ? this.#home.declare((name) => this.#local(name)) : '';
    const copies = this.#vocabulary.takeTypes().map((type) => this.#copy(type));
    const parts = [this.#imports(), own, ...copies, ...bodies].filter((part) => part !== '');
    return `${header}\n${parts.join('\n')}`;
  }

  #imports(): string {
    const values = HELPERS.filter((name) => this.#used.has(name));
    const types = HELPER_TYPES.filter((name) => this.#used.has(name));
    const lines: string[] = [];
    const names = [
      ...values.map((name) => this.#alias(name)),
      ...types.map((name) => `type ${this.#alias(name)}`),
    ];
    if (this.#form === 'js') names.splice(values.length);
    if (this.#home.kind === 'package')
      lines.push(`import { ${names.join(', ')} } from 'concoord';\n`);
    if (this.#form !== 'js') {
      for (const line of this.#vocabulary.imports) lines.push(`import type ${line};\n`);
    }
    return lines.join('');
  }

  #alias(name: Helper): string {
    const local = this.#local(name);
    return local === name ? name : `${name} as ${local}`;
  }

  #local(name: string): string {
    return this.#taken.has(name) ? `concoord_${name}` : name;
  }

  #use(name: Helper): string {
    this.#used.add(name);
    return this.#local(name);
  }

  #copy({ name, doc, text, members }: CopiedType): string {
    if (members === undefined)
      return this.#form === 'js' ? '' : `${docText(doc, '')}export ${text}\n`;
    const type = `export type ${name} = (typeof ${name})[keyof typeof ${name}];\n`;
    switch (this.#form) {
      case 'ts':
        return `${docText(doc, '')}export const ${name} = ${enumObject(members)} as const;\n${type}`;
      case 'js':
        return `${docText(doc, '')}export const ${name} = Object.freeze(${enumObject(members)});\n`;
      case 'dts': {
        const fields = [...members].map(
          ([key, value]) => `  readonly ${showKey(key)}: ${show(value)};\n`,
        );
        const declared = `export declare const ${name}: {\n${fields.join('')}};\n`;
        return docText(doc, '') + declared + type;
      }
    }
  }

  #class({ shape, type }: ProxyClass, token: string | undefined): string {
    const { name } = shape;
    const own = new Set(shape.members.map((member) => member.name));
    const isBare = OWN_METHODS.some((method) => own.has(method));
    const base = this.#use(isBare ? 'BareProxy' : 'ObjectProxy');
    const typeParameters = this.#typeParameters(shape.typeParameters);
    const parameters = this.#form === 'js' ? '' : typeParameters;
    const doc = shape.doc ?? `* A replicated ${name}. `;
    const declare = this.#form === 'dts' ? 'declare ' : '';
    const members = [
      this.#make(type, token),
      ...(isBare ? OWN_METHODS.filter((method) => !own.has(method)) : []).map((method) =>
        this.#ownMethod(method),
      ),
      ...shape.members.map((member) => this.#member(member)),
      ...this.#specials(shape),
    ];
    const head = `${docText(doc, '')}export ${declare}class ${name}${parameters} extends ${base} {\n`;
    return `${head}${members.join(this.#form === 'dts' ? '' : '\n')}}\n`;
  }

  #typeParameters(parameters: Signature['typeParameters']): string {
    if (parameters.length === 0) return '';
    return `<${parameters.map((one) => this.#vocabulary.render(one)).join(', ')}>`;
  }

  #make(type: ProxyType, token: string | undefined): string {
    const { mode, name, what } = PROXY_TYPES[type];
    const kind = `Proxy type ${type}, ${name}: ${what}.`;
    const where = '`host:port` or domain names, separated by commas.';
    const doc = `*\n * ${kind}\n *\n * @param bootstrap ${where}\n `;
    const options = token === undefined ? 'options' : `{ token: ${show(token)}, ...options }`;
    const body = `super(bootstrap, ${options}, ${show(mode)});`;
    const typed = `bootstrap: string, options?: ${this.#form === 'js' ? '' : this.#use('ProxyOptions')}`;
    if (this.#form === 'dts') return `${docText(doc, '  ')}  constructor(${typed});\n`;
    const parameters = this.#form === 'js' ? 'bootstrap, options' : typed;
    return `${docText(doc, '  ')}  constructor(${parameters}) {\n    ${body}\n  }\n`;
  }

  /** What the proxy itself can do, when the object has a method of another of these names. */
  #ownMethod(name: (typeof OWN_METHODS)[number]): string {
    const isWith = name === 'with';
    const parameters = isWith ? 'options' : '';
    const typed = isWith ? `options: ${this.#form === 'js' ? '' : this.#use('CallOptions')}` : '';
    const result = isWith ? 'this' : 'Promise<void>';
    if (this.#form === 'dts') return `  ${name}(${typed}): ${result};\n`;
    const helper = this.#use(isWith ? 'withOptions' : name);
    const call = `return ${helper}(this${isWith ? ', options' : ''});`;
    const head = this.#form === 'js' ? `${name}(${parameters})` : `${name}(${typed}): ${result}`;
    return `  ${head} {\n    ${call}\n  }\n`;
  }

  #specials({ init }: Shape): readonly string[] {
    const text = (name: string, doc: string): string =>
      this.#member({
        name,
        kind: 'method',
        doc,
        signatures: [{ typeParameters: [], parameters: [], result: 'string', doc: undefined }],
      });
    const fresh = '* Replaces the object by a fresh one on every replica. ';
    const signatures = init.map((one) => ({ ...one, doc: one.doc ?? fresh }));
    return [
      this.#member({ name: '__concoordinit__', kind: 'method', doc: fresh, signatures }),
      text('__str__', "* The object's `toString()`. "),
      text('__repr__', "* The object's `__repr__()`. "),
    ];
  }

  #member({ name, kind, doc, signatures }: Member): string {
    const key = `${kind === 'getter' ? 'get ' : ''}${showKey(name)}`;
    const [only] = signatures;
    if (signatures.length !== 1 || only === undefined) return this.#overloaded(name, signatures);
    const head = docText(only.doc ?? doc, '  ');
    const parameters = safely(only.parameters);
    // Also for JavaScript, which has no types: enums among them are values.
    const typed = this.#typed(only, parameters);
    if (this.#form === 'dts') return `${head}  ${key}${typed};\n`;
    const args = parameters.map((one) => (one.form === 'rest' ? `...${one.name}` : one.name));
    const shown = this.#form === 'js' ? `(${args.join(', ')})` : typed;
    return `${head}  ${key}${shown} {\n    ${this.#call(name, `[${args.join(', ')}]`)}\n  }\n`;
  }

  #overloaded(name: string, signatures: readonly Signature[]): string {
    const heads = signatures.map((one) => {
      const typed = this.#typed(one, safely(one.parameters));
      return `${docText(one.doc, '  ')}  ${showKey(name)}${typed};\n`;
    });
    if (this.#form === 'dts') return heads.join('');
    const isJs = this.#form === 'js';
    const head = isJs ? '(...args)' : '(...args: readonly unknown[]): Promise<never>';
    const body = `  ${showKey(name)}${head} {\n    ${this.#call(name, 'args')}\n  }\n`;
    return isJs ? docText(signatures[0]?.doc, '  ') + body : heads.join('') + body;
  }

  #call(method: string, args: string): string {
    return `return ${this.#use('invoke')}(this, ${show(method)}, ${args});`;
  }

  /** `<T>(a: T, b?: string): Promise<T>` */
  #typed(signature: Signature, parameters: readonly Parameter[]): string {
    const list = parameters.map(({ name, type, form }) => {
      const mark = { required: '', optional: '?', rest: '' }[form];
      return `${form === 'rest' ? '...' : ''}${name}${mark}: ${this.#vocabulary.render(type)}`;
    });
    const result = this.#vocabulary.render(signature.result);
    return `${this.#typeParameters(signature.typeParameters)}(${list.join(', ')}): Promise<${result}>`;
  }
}

/** A parameter must not hide what the body of the method calls. */
function safely(parameters: readonly Parameter[]): readonly Parameter[] {
  return parameters.map((one) =>
    HELPERS.some((helper) => one.name === helper || one.name === `concoord_${helper}`)
      ? { ...one, name: `${one.name}_` }
      : one,
  );
}

/** A doc comment at this indentation, without what only the object's side has. */
function docText(doc: string | undefined, indent: string): string {
  if (doc === undefined) return '';
  const lines = doc
    .split('\n')
    .map((line, index) => (index === 0 ? line.trimEnd() : ` ${line.trim()}`))
    .filter((line) => !/@param\s+(?:\{[^}]*\}\s*)?_concoord_command\b/.test(line));
  const last = lines.at(-1)?.trim() === '' ? ' ' : `${lines.at(-1)?.trimEnd()} `;
  const text = lines.length === 1 ? `/*${doc.trimEnd()} */` : undefined;
  const all = text ?? `/*${[...lines.slice(0, -1), last].join('\n')}*/`;
  return `${all
    .split('\n')
    .map((line) => (line.trim() === '' ? `${indent} *` : indent + line))
    .join('\n')}\n`;
}
