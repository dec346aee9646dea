/** What a replica tells the process that started it, over a channel that every Node.js can have. */
import { deepEqual } from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { on } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { addressOf, COUNTER, Stage } from './kit.ts';
import { freePorts } from './ports.ts';

const MAIN = fileURLToPath(new URL('./concoord.ts', import.meta.url));

test('a replica tells its members at each change of the view, and nothing twice', async (t) => {
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
  const next = async (): Promise<readonly string[]> => {
    const [message] = (await told.next()).value as [{ readonly members: readonly string[] }];
    return message.members.toSorted();
  };
  const both = [addressOf(first), addressOf(second)].toSorted();

  deepEqual(await next(), [addressOf(first)]);
  const joiner = await stage.replica(second, ['-b', addressOf(first)]);
  deepEqual(await next(), both);
  joiner.kill('SIGTERM');
  deepEqual(await next(), [addressOf(first)]);
});
