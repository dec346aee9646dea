/** The command line from its sources, as the executable runs it from the build. */
import { main } from '../../src/cli/main.ts';
import { HEAVY } from './heavy.ts';

// The test that started us holds the other end: however it ends, we are gone with it.
process.stdin.on('end', () => process.kill(process.pid, 'SIGKILL')).resume();
process.stdin.on('error', () => process.kill(process.pid, 'SIGKILL'));
(process.stdin as unknown as { unref: () => void }).unref();

process.exitCode = await main(['concoord', ...process.argv.slice(2)], {
  types: [HEAVY],
  shadow: new URL('shadow.ts', import.meta.url),
});
