/** Types of records by number (RFC 1035 and later), as far as answers depend on them. */
export const TYPE = {
  A: 1,
  NS: 2,
  SOA: 6,
  HINFO: 13,
  TXT: 16,
  AAAA: 28,
  SRV: 33,
  OPT: 41,
  IXFR: 251,
  AXFR: 252,
  ANY: 255,
} as const;

export const HEADER_BYTES = 12;
export const CLASS_IN = 1;
const MAX_NAME_BYTES = 255;
const MAX_LABEL_BYTES = 63;

/** The question of a query, and where it ends. */
export interface Question {
  /** One character for each byte, as they were sent. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
  readonly end: number;
}

/**
 * Reads the question behind the header, byte by byte: libraries make text of labels, which cannot be sent
 * back as they came (other alphabets, dots within labels). Undefined when it is malformed; pointers are,
 * because nothing stands before the question that they could point to.
 */
export function readQuestion(packet: Buffer): Question | undefined {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = packet[at];
    if (length === undefined || length > MAX_LABEL_BYTES) return undefined;
    at++;
    if (length === 0) break;
    if (at + length > packet.length) return undefined;
    labels.push(packet.toString('latin1', at, at + length));
    at += length;
    if (at + 1 - HEADER_BYTES > MAX_NAME_BYTES) return undefined;
  }
  if (at + 4 > packet.length) return undefined;
  return { labels, type: packet.readUInt16BE(at), class: packet.readUInt16BE(at + 2), end: at + 4 };
}

/** Upper and lower case mean the same in names, of ASCII alone (RFC 4343). */
export function lowerCase(label: string): string {
  return label.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase());
}
