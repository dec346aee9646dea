import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { Token } from '../auth/index.ts';
import { readToken } from './token-source.ts';
import type { FoundToken } from './token-source.ts';

const INSTANCE = '00112233445566778899aabbccddeeff';
const folder = mkdtempSync(join(tmpdir(), 'concoord-token-'));
after(() => rmSync(folder, { recursive: true }));

function fileWith(content: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, 'token');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}

async function isToken({ token }: FoundToken, text: string): Promise<boolean> {
  const hash = (await new Token(text).keyFor(INSTANCE)).hash;
  return (await token?.keyFor(INSTANCE))?.matches(hash) === true;
}

test('a file gives its content without one line break at its end', async () => {
  const cases = [
    ['secret', 'secret'],
    ['secret\n', 'secret'],
    ['secret\r\n', 'secret'],
    ['secret\n\n', 'secret\n'],
    [' sécret ', ' sécret '],
  ] as const;
  for (const [content, text] of cases) {
    const found = readToken({ tokenFile: fileWith(content) }, {});
    equal(await isToken(found, text), true, JSON.stringify(content));
    equal(found.warning, undefined);
  }
});

test('a file that cannot hold a token is refused by its name, and never by what is in it', () => {
  const cases = [
    [fileWith(''), /^--token-file: \S+ is empty$/],
    [join(folder, 'none'), /^--token-file: cannot read \S+\/none: ENOENT$/],
    [folder, /^--token-file: cannot read \S+: EISDIR$/],
    ['/dev/zero', /^--token-file: \/dev\/zero has more than 1024 bytes$/],
  ] as const;
  const refused = (tokenFile: string, message: RegExp): void =>
    throws(() => readToken({ tokenFile }, {}), { code: 'INVALID_ARGUMENT', message });

  for (const [path, message] of cases) refused(path, message);
  refused(fileWith('\n'), /is empty$/);
  refused(fileWith('secret'.repeat(200)), /^(?!.*secret).*has more than 1024 bytes$/);
  refused(fileWith(Uint8Array.of(0xff, 0xfe)), /is not text in UTF-8$/);
});

test('a file that everybody can read is warned of', async () => {
  const found = readToken({ tokenFile: fileWith('secret', 0o644) }, {});

  match(found.warning ?? '', /^everybody on this machine can read \S+.*: chmod 600 it$/);
  equal(await isToken(found, 'secret'), true);
});

test('the variable counts without a file, and is taken away in any case', async () => {
  const environment = { CONCOORD_TOKEN: 'from the variable', OTHER: 'kept' };

  const found = readToken({}, environment);

  equal(await isToken(found, 'from the variable'), true);
  deepEqual(environment, { OTHER: 'kept' });
  const both = { CONCOORD_TOKEN: 'from the variable' };
  equal(
    await isToken(readToken({ tokenFile: fileWith('from a file') }, both), 'from a file'),
    true,
  );
  deepEqual(both, {});
  for (const none of [{}, { CONCOORD_TOKEN: '' }]) equal(readToken({}, none).token, undefined);
});
