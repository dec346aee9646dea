import { deepEqual, equal, match, throws } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { assert as always, constantFrom, property, string } from 'fast-check';
import { DirectoryLock } from './directory-lock.ts';
import { configurationFolder, SettingsFile } from './settings-file.ts';
import type { Settings } from './settings-file.ts';

function folder(t: TestContext): string {
  const path = mkdtempSync(join(tmpdir(), 'concoord-settings-'));
  t.after(() => rmSync(path, { recursive: true }));
  return path;
}

const plain = (settings: Settings): unknown =>
  Object.fromEntries([...settings].map(([name, section]) => [name, Object.fromEntries(section)]));

function put(file: SettingsFile, section: string, key: string, value: string): void {
  file.update((settings) => {
    settings.set(section, (settings.get(section) ?? new Map()).set(key, value));
  });
}

test('the folder is the one of the standard', () => {
  equal(configurationFolder({ XDG_CONFIG_HOME: '/etc/me' }), '/etc/me/concoord');
  equal(configurationFolder({}), join(homedir(), '.config', 'concoord'));
  equal(configurationFolder({ XDG_CONFIG_HOME: 'here' }), configurationFolder({}));
});

test('what is written is read again, by the user alone, and nothing is left beside it', (t) => {
  const file = new SettingsFile('a.cfg', { XDG_CONFIG_HOME: folder(t) });
  deepEqual(plain(file.read()), {});

  put(file, 'ENVIRONMENT', 'username', 'ec2-user');
  put(file, 'NODE ec2-54.us-west-2.compute.amazonaws.com', 'port', '22');
  put(file, 'ENVIRONMENT', 'secret', '=a/b+c;#" =');
  put(file, 'ENVIRONMENT', 'word', 'null');

  deepEqual(plain(file.read()), {
    ENVIRONMENT: { username: 'ec2-user', secret: '=a/b+c;#" =', word: 'null' },
    'NODE ec2-54.us-west-2.compute.amazonaws.com': { port: '22' },
  });
  equal(statSync(file.path).mode & 0o777, 0o600);
  equal(statSync(join(file.path, '..')).mode & 0o777, 0o700);
  deepEqual(readdirSync(join(file.path, '..')).toSorted(), ['a.cfg', 'lock', 'owner']);
  match(readFileSync(file.path, 'utf8'), /^username = ec2-user$/m);
});

test('a file that others could read is closed to them when it is written', (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  writeFileSync(file.path, '[A]\nb = c\n');
  chmodSync(file.path, 0o644);
  writeFileSync(`${file.path}.new`, 'left by a crash');
  chmodSync(`${file.path}.new`, 0o666);

  put(file, 'A', 'b', 'd');

  equal(statSync(file.path).mode & 0o777, 0o600);
});

test('a link to the file stays one', (t) => {
  const root = folder(t);
  mkdirSync(join(root, 'kept'));
  writeFileSync(join(root, 'kept', 'a.cfg'), '[A]\nb = c\n');
  symlinkSync('kept/a.cfg', join(root, 'a.cfg'));

  put(new SettingsFile(join(root, 'a.cfg')), 'A', 'b', 'd');

  match(readFileSync(join(root, 'kept', 'a.cfg'), 'utf8'), /b = d/);
});

test('what a person writes is understood: dots, comments, other line ends', (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  writeFileSync(
    file.path,
    '; of mine\r\n\r\n[NODE h1.example.org]\r\n# first\r\nport=22 ; here\r\n',
  );
  deepEqual(plain(file.read()), { 'NODE h1.example.org': { port: '22' } });
});

test('what no command writes is refused with its line, and stays', (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  const cases: readonly (readonly [string | Uint8Array, RegExp])[] = [
    ['a = b\n', /line 1 stands before the first \[section\]/],
    ['[A]\nb\n', /line 2 is neither/],
    ['[A]\n\nb[] = 1\n', /line 3 is a list/],
    ['[A]\nb = \u001b[2J\n', /line 2 has control characters/],
    ['[A]\nb = \u0000\n', /line 2 has control characters/],
    ['[A\n', /line 1 is neither/],
    ['[A] ; first\n', /line 1 is neither/],
    ['[]\n', /line 1 is neither/],
    [new Uint8Array([0x5b, 0xff, 0x5d]), /not text in UTF-8/],
    [`[A]\nb = ${'x'.repeat(1024 * 1024)}\n`, /more than 1048576 bytes/],
  ];
  for (const [content, message] of cases) {
    writeFileSync(file.path, content);
    throws(() => file.read(), { code: 'SETTINGS', message });
    throws(() => put(file, 'A', 'b', 'c'), { code: 'SETTINGS', message });
    deepEqual(readFileSync(file.path), Buffer.from(content));
  }
});

test('names that mean something to the language are names like others', (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  writeFileSync(file.path, '[__proto__]\na = 1\n[constructor]\n__proto__ = 1\ntoString = 2\n');
  equal(file.read().get('constructor')?.get('toString'), '2');
  equal(({} as Record<string, unknown>)['a'], undefined);
});

test('any text comes back as it was, or is refused before anything is written', (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  const text = string({ unit: constantFrom(...Array.from('ab.=;#"\'\\[] \n\t{}$`\u0007é')) });
  always(
    property(text, text, text, (section, key, value) => {
      rmSync(file.path, { force: true });
      try {
        put(file, section, key, value);
      } catch (error) {
        match((error as { code: string }).code, /^(?:INVALID_ARGUMENT|SETTINGS)$/);
        deepEqual(plain(file.read()), {});
        return;
      }
      equal(file.read().get(section)?.get(key), value);
    }),
    { numRuns: 300 },
  );
});

test('a change that throws changes nothing, and frees the lock', (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  put(file, 'A', 'b', 'c');
  throws(
    () =>
      file.update((settings) => {
        settings.clear();
        throw new RangeError('no');
      }),
    RangeError,
  );
  put(file, 'A', 'd', 'e');
  deepEqual(plain(file.read()), { A: { b: 'c', d: 'e' } });
});

test('a folder that cannot be written is told', (t) => {
  const root = folder(t);
  writeFileSync(join(root, 'concoord'), '');
  const file = new SettingsFile('a.cfg', { XDG_CONFIG_HOME: root });
  throws(() => put(file, 'A', 'b', 'c'), { code: 'SETTINGS' });
});

test('processes that change the file at the same time lose nothing of one another', async (t) => {
  const file = new SettingsFile(join(folder(t), 'a.cfg'));
  const module = new URL('settings-file.ts', import.meta.url).href;
  // Nobody queues for the lock: on a busy disk who is unlucky waits for much of what the others do.
  const script = `
    const { SettingsFile } = await import(${JSON.stringify(module)});
    const [, path, name] = process.argv;
    for (let i = 0; i < 20; i++) {
      new SettingsFile(path, {}, 60_000).update((settings) => {
        settings.set('A', (settings.get('A') ?? new Map()).set(name + i, 'x'));
      });
    }`;
  const children = ['a', 'b', 'c'].map((name) =>
    spawn(process.execPath, ['--input-type=module', '-e', script, file.path, name], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
  );
  const codes = await Promise.all(children.map(async (child) => (await once(child, 'exit'))[0]));
  deepEqual(codes, [0, 0, 0]);
  equal(file.read().get('A')?.size, 60);
});

test('who waits in vain for the lock is told who has it', (t) => {
  const root = folder(t);
  const lock = new DirectoryLock(root);
  t.after(() => lock.release());
  const file = new SettingsFile(join(root, 'a.cfg'), {}, 1);
  throws(() => put(file, 'A', 'b', 'c'), { code: 'SETTINGS', message: /in use by process \d+/ });
});
