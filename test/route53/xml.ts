/** As much of XML as the requests of Route 53 have: elements, text, entities; no DTD, no CDATA. */

export interface Element {
  readonly name: string;
  readonly children: readonly Element[];
  /** What stands directly in it, when it has no children. */
  readonly text: string;
}

const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
};
const TOKEN =
  /<\?[^>]*\?>|<!--[^]*?-->|<(\/?)([A-Za-z][\w.-]*)((?:\s+[\w:.-]+\s*=\s*"[^"<]*")*)\s*(\/?)>|([^<]+)/gy;
const ENTITY = /&(?:#x([0-9a-fA-F]+)|#(\d+)|(\w+));/g;
const NAMESPACE = /\sxmlns\s*=\s*"([^"]*)"/;

interface Open {
  readonly name: string;
  readonly children: Element[];
  text: string;
}

export interface Document {
  readonly root: Element;
  readonly namespace: string | undefined;
}

/** @throws Error where it is no such document. */
export function parseXml(text: string): Document {
  const open: Open[] = [{ name: '', children: [], text: '' }];
  let namespace: string | undefined;
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const place = TOKEN.lastIndex;
    const token = TOKEN.exec(text);
    if (token === null) throw new Error(`malformed XML at character ${place}`);
    const [, slash, name, attributes = '', empty, characters] = token;
    const inner = open.at(-1) as Open;
    if (characters !== undefined) inner.text += decode(characters);
    else if (name === undefined) continue;
    else if (slash === '/') {
      if (open.length === 1 || inner.name !== name) throw new Error(`</${name}> ends nothing`);
      open.pop();
      open.at(-1)?.children.push(finish(inner));
    } else {
      if (open.length === 1) namespace = NAMESPACE.exec(attributes)?.[1];
      if (empty === '/') inner.children.push({ name, children: [], text: '' });
      else open.push({ name, children: [], text: '' });
    }
  }
  const [document] = open;
  const [root, another] = document?.children ?? [];
  if (open.length !== 1 || root === undefined || another !== undefined) {
    throw new Error('a document has one root, and every element an end');
  }
  return { root, namespace };
}

function finish({ name, children, text }: Open): Element {
  if (children.length > 0 && text.trim() !== '') throw new Error(`<${name}> has text and elements`);
  return { name, children, text };
}

function decode(text: string): string {
  return text.replace(ENTITY, (entity, hex?: string, decimal?: string, name?: string) => {
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (decimal !== undefined) return String.fromCodePoint(Number(decimal));
    const character = ENTITIES[name ?? ''];
    if (character === undefined) throw new Error(`${entity} is no entity`);
    return character;
  });
}

export type Content = string | readonly string[];

/** An element of a response; text is escaped, elements stand as they are. */
export function element(name: string, content: Content, attributes = ''): string {
  const inner = typeof content === 'string' ? escape(content) : content.join('');
  return `<${name}${attributes}>${inner}</${name}>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

/** The only child of this name, or undefined; two of them are refused. */
export function child(parent: Element, name: string): Element | undefined {
  const found = parent.children.filter((one) => one.name === name);
  if (found.length > 1) throw new Error(`<${parent.name}> has ${found.length} <${name}>`);
  return found[0];
}
