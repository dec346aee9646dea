import { equal, match } from 'node:assert/strict';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { makeFolder } from './replica-folder.ts';
import type { ReplicaFolder } from './replica-folder.ts';
import { dropUnit, servesUsers, startUnit, unitText } from './systemd.ts';

interface Staged {
  readonly root: string;
  readonly folder: ReplicaFolder;
  /** What systemctl and loginctl were told. */
  readonly told: () => string;
}

/** Programs in the place of systemd's: this machine may have none, and no test may touch one. */
function stage(t: TestContext, systemctl: string, loginctl: string): Staged {
  const root = mkdtempSync(join(tmpdir(), 'concoord-systemd-'));
  const before = {
    PATH: process.env['PATH'],
    XDG_CONFIG_HOME: process.env['XDG_CONFIG_HOME'] ?? '',
  };
  t.after(() => {
    Object.assign(process.env, before);
    rmSync(root, { recursive: true });
  });
  mkdirSync(join(root, 'bin'));
  for (const [name, script] of [
    ['systemctl', systemctl],
    ['loginctl', loginctl],
  ] as const) {
    const path = join(root, 'bin', name);
    writeFileSync(path, `#!/bin/sh\necho "${name} $*" >> '${root}/told'\n${script}\n`);
    chmodSync(path, 0o755);
  }
  process.env['PATH'] = `${join(root, 'bin')}:${before.PATH}`;
  process.env['XDG_CONFIG_HOME'] = join(root, 'config');
  const launch = {
    format: 1,
    addr: '::1',
    port: 14_000,
    args: [],
    durable: true,
    order: '',
  } as const;
  const folder = makeFolder(launch, {}, join(root, 'a %h $HOME "b'));
  return { root, folder, told: () => readFileSync(join(root, 'told'), 'utf8') };
}

test('a unit starts the supervisor, with words that mean nothing else to systemd', (t) => {
  const { folder } = stage(t, 'exit 0', 'exit 0');
  const text = unitText(folder, '/node', '/main.js');
  match(
    text,
    /^ExecStart="\/node" "\/main\.js" "supervise" "\/\S+\/a %%h \$\$HOME \\"b\/replicas\/__1-14000"$/m,
  );
  match(text, /^Description=ConCoord replica \[::1\]:14000$/m);
  match(text, /^KillMode=mixed$/m);
});

test('systemd is used where services of a user go on without a login', (t) => {
  stage(t, 'exit 0', 'echo Linger=yes');
  equal(servesUsers(), true);
});

test('a user that may not allow that gets a process of our own', (t) => {
  const { told } = stage(t, 'exit 0', '[ "$1" = enable-linger ] && exit 1; echo Linger=no');
  equal(servesUsers(), false);
  match(told(), /^loginctl enable-linger /m);
});

test('without systemd, too', (t) => {
  stage(t, 'echo "Failed to connect to bus" >&2; exit 1', 'exit 1');
  equal(servesUsers(), false);
});

test('a unit is written, enabled and started, and goes again', (t) => {
  const { folder, root, told } = stage(t, 'exit 0', 'exit 0');
  const unit = join(root, 'config', 'systemd', 'user', 'concoord-__1-14000.service');
  equal(startUnit(folder, '/node', '/main.js'), true);
  match(readFileSync(unit, 'utf8'), /^Restart=on-failure$/m);
  const name = 'concoord-__1-14000.service';
  match(
    told(),
    new RegExp(`--user daemon-reload\n.*--user enable ${name}\n.*--user restart ${name}\n`),
  );
  dropUnit(folder);
  match(told(), new RegExp(`--user disable --now ${name}`));
  equal(existsSync(unit), false);
});

test('what systemd refuses leaves no unit behind', (t) => {
  const { folder, root } = stage(t, '[ "$2" != restart ]', 'exit 0');
  equal(startUnit(folder, '/node', '/main.js'), false);
  equal(existsSync(join(root, 'config', 'systemd', 'user', 'concoord-__1-14000.service')), false);
});
