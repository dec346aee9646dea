/** The command line from its sources, for commands that read their standard input. */
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(['concoord', ...process.argv.slice(2)]);
