import { readFileSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { ConCoordError } from '../base/index.ts';
import { replaceFileSync, systemCode } from './files.ts';

/** What all small files of a data directory are written as, beside their content. */
const FORMAT = 1;

/**
 * Replaces a small file of JSON, with checksum and format version, so that it is whole or as
 * before.
 */
export function writeCheckedFile(path: string, content: object): void {
  replaceFileSync(path, encodeChecked(content));
}

export function encodeChecked(content: object): string {
  const checksum = crc32(JSON.stringify(content));
  return `${JSON.stringify({ format: FORMAT, checksum, content }, undefined, 2)}\n`;
}

/**
 * The content as it was written, or undefined when there is no such file. The checksum says that we
 * wrote it, and the format how: callers may take it for what they write there.
 *
 * @throws ConCoordError `CORRUPT_DATA` or `VERSION_MISMATCH`.
 */
export function readCheckedFile(path: string): unknown {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  const { format, checksum, content } = parse(path, text);
  if (typeof format === 'number' && format > FORMAT) {
    throw new ConCoordError(
      'VERSION_MISMATCH',
      `${path} has format ${format}, known is ${FORMAT}`,
      {
        remedy: 'Start the newer release that wrote this directory.',
      },
    );
  }
  if (format !== FORMAT || checksum !== crc32(JSON.stringify(content) ?? '')) {
    throw new ConCoordError(
      'CORRUPT_DATA',
      `${path} at byte 0: its content is not what was written`,
    );
  }
  return content;
}

interface Envelope {
  readonly format?: unknown;
  readonly checksum?: unknown;
  readonly content?: unknown;
}

function parse(path: string, text: string): Envelope {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    throw new ConCoordError('CORRUPT_DATA', `${path} at byte 0: it is not JSON`);
  }
}
