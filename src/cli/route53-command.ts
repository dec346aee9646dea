import { KeyStore } from '../dns/index.ts';
import type { KeyPart } from '../dns/index.ts';
import { ConCoordError } from '../base/index.ts';
import { EXIT, print, UsageError } from './output.ts';

const NAMES: Readonly<Record<KeyPart, string>> = {
  id: 'AWS_ACCESS_KEY_ID',
  secret: 'AWS_SECRET_ACCESS_KEY',
};
const MOST_CHARACTERS = 256;
/** Of a shorter secret the last four characters would tell too much. */
const LEAST_TO_SHOW = 16;

/**
 * `concoord route53id` and `concoord route53key`: keep the key of an account at Amazon.
 *
 * @param argument The value, or `-` for one line from stdin: arguments of processes can be seen by everybody.
 */
export async function route53(part: KeyPart, argument: string): Promise<number> {
  const value = argument === '-' ? await readLine() : argument;
  const name = NAMES[part];
  // Not the value itself, which may be the secret.
  if (!/^[!-~]+$/.test(value) || value.length > MOST_CHARACTERS) {
    const fact = `${name} is 1 to ${MOST_CHARACTERS} printable ASCII characters without spaces`;
    throw new UsageError(`${fact}, and this has ${value.length} characters, or others`);
  }
  const wasThere = new KeyStore().store(part, value);
  print(`Adding ${name} to CONFIG: ${part === 'id' ? value : shadowOf(value)}`);
  if (wasThere) print(`${name} is already in the CONFIG file.`);
  return EXIT.done;
}

function shadowOf(secret: string): string {
  return secret.length < LEAST_TO_SHOW ? 'stored' : `stored, ends in ${secret.slice(-4)}`;
}

async function readLine(): Promise<string> {
  const parts: Buffer[] = [];
  let length = 0;
  for await (const part of process.stdin as AsyncIterable<Buffer>) {
    parts.push(part);
    length += part.length;
    if (length > 2 * MOST_CHARACTERS) {
      throw new ConCoordError('INVALID_ARGUMENT', 'what came from stdin is too long', {
        remedy: 'Give the value alone, in one line.',
      });
    }
  }
  return Buffer.concat(parts)
    .toString()
    .replace(/\r?\n$/, '');
}
