/** What a replica tells the process that started it, over a channel that every Node.js can have. */
import { deepEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { on } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Standing } from '../../src/launcher/index.ts';
import { addressOf, COUNTER, Stage } from './kit.ts';
import { freePorts } from './ports.ts';

const MAIN = fileURLToPath(new URL('./concoord.ts', import.meta.url));

test('a replica tells its members, and whether it leads, at each change of the view', async (t) => {
  await using stage = new Stage();
  const [first = 0, second = 0] = await freePorts(2);
  const args = [MAIN, 'replica', '-p', String(first), '-o', COUNTER];
  const founder = spawn(process.execPath, args, {
    cwd: stage.folder,
    stdio: ['pipe', 'ignore', 'ignore', 'ipc'],
  });
  t.after(() => founder.kill('SIGKILL'));
  const told = on(founder, 'message', { close: ['exit'] });
  /** A view is in the order of its members' identifiers, which are random. */
  const next = async (): Promise<Standing> => {
    const [{ leads, members }] = (await told.next()).value as [Standing];
    return { leads, members: members.toSorted() };
  };
  const both = [addressOf(first), addressOf(second)].toSorted();

  deepEqual(await next(), { leads: true, members: [addressOf(first)] });
  const joiner = await stage.replica(second, ['-b', addressOf(first)]);
  deepEqual(await next(), { leads: true, members: both });
  joiner.kill('SIGTERM');
  deepEqual(await next(), { leads: true, members: [addressOf(first)] });
});
