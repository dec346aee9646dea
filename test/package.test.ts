/** What users import, and what the tarball's README links to. */
import { deepEqual, equal, throws } from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

interface Manifest {
  readonly files: readonly string[];
}

test('the documented paths can be imported, and nothing else of ours by accident', () => {
  const paths = [
    '',
    '/object',
    '/object/counter',
    '/proxy/counter',
    '/object/lock',
    '/proxy/lock',
    '/testing',
  ];
  for (const path of paths) {
    const file = fileURLToPath(import.meta.resolve(`concoord${path}`));
    const source = file.replace('/dist/', '/src/').replace(/\.js$/, '.ts');
    equal(existsSync(source), true, source);
  }
  for (const path of [
    '/object/registry',
    '/object/parts',
    '/object/index',
    '/proxy/index',
    '/client/index',
  ]) {
    throws(() => import.meta.resolve(`concoord${path}`), { code: 'ERR_PACKAGE_PATH_NOT_EXPORTED' });
  }
});

test('whatever the README links to is in the tarball', () => {
  const { files } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as Manifest;
  const readme = readFileSync(`${ROOT}README.md`, 'utf8');
  const links = [...readme.matchAll(/\]\((?!\w+:)([^)#\s]+)/g)].map(([, link = '']) => link);

  // npm packs README and LICENSE in any case.
  const packed = (link: string): boolean =>
    link === 'LICENSE' || files.some((file) => link === file || link.startsWith(`${file}/`));
  deepEqual(
    links.filter((link) => !packed(link)),
    [],
  );
});
