/** Stands before a domain in the name of its SRV records (RFC 2782). */
export const SERVICE_LABELS = '_concoord._tcp';
/** Of a name as it is written, without the dot of the root: 255 octets with lengths and root. */
export const MAX_NAME_CHARACTERS = 253;
const MAX_LABEL_CHARACTERS = 63;

/** What a name is for. */
export type NameUse =
  /** A machine: one label will do, and underscores are common in names that never leave a network. */
  | 'host'
  /** A domain whose records we ask for or serve: has a dot, and leaves room for `_concoord._tcp.`. */
  | 'domain';

/** `fault` follows a name and a colon. */
export type ReadName = { readonly name: string } | { readonly fault: string };

/**
 * Reads a name: in lower case, in ASCII and without the dot of the root.
 *
 * @param toAscii For other alphabets: `domainToASCII` of node:url, which gives nothing for what has no form.
 */
export function readName(
  text: string,
  use: NameUse,
  toAscii: (name: string) => string = () => '',
): ReadName {
  // Only names pass: the function reads URLs, and would cut off what follows a slash.
  const strange = /[\0-,/:-@[-^`{-\x7F]/.exec(text);
  if (strange !== null) return { fault: `a name has no ${JSON.stringify(strange[0])}` };
  const ascii = /^[\0-\x7F]*$/.test(text) ? text.toLowerCase() : toAscii(text);
  if (ascii === '' && text !== '') return { fault: 'it has no form in ASCII' };
  const name = ascii.replace(/\.$/, '');
  const fault = faultOf(name, use);
  return fault === undefined ? { name } : { fault };
}

function faultOf(name: string, use: NameUse): string | undefined {
  if (name === '') return 'it is empty';
  const labels = name.split('.');
  for (const label of labels) {
    const fault = labelFault(label, use);
    if (fault !== undefined) return fault;
  }
  if (/^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)) return 'it is an IP address, and no name';
  if (/^(?:\d+|0x[\da-f]*)$/.test(labels.at(-1) ?? '')) {
    return 'the last label of a name is no number, and this is no IP address';
  }
  const room = use === 'domain' ? SERVICE_LABELS.length + 1 : 0;
  if (name.length > MAX_NAME_CHARACTERS - room) {
    const most = `a name has at most ${MAX_NAME_CHARACTERS}`;
    const why = name.length > MAX_NAME_CHARACTERS ? most : `${most} with ${SERVICE_LABELS}. before`;
    return `it has ${name.length} characters, and ${why}`;
  }
  if (use === 'domain' && labels.length === 1) return 'a domain has a dot, such as counter.example';
  return undefined;
}

function labelFault(label: string, use: NameUse): string | undefined {
  if (label === '') return 'it has an empty label';
  if (label.length > MAX_LABEL_CHARACTERS) {
    return `it has a label of ${label.length} characters, and the most is ${MAX_LABEL_CHARACTERS}`;
  }
  if (label.startsWith('-') || label.endsWith('-')) {
    return 'a label does not begin or end with a hyphen';
  }
  if (use === 'domain' && label.includes('_')) {
    const isOurs = label === '_concoord' || label === '_tcp';
    return isOurs
      ? `give the domain alone, without ${SERVICE_LABELS}.`
      : 'the labels of a domain are letters, digits and hyphens';
  }
  return /^[a-z0-9_-]+$/.test(label) ? undefined : 'a label is letters, digits and hyphens';
}
