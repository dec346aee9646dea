/** `openreplica` from its sources, as the executable runs it from the build. */
import { main } from '../../src/cli/main.ts';

process.exitCode = await main(['openreplica', ...process.argv.slice(2)]);
