/**
 * The program that `openreplica` runs on nodes, out of the server bundle that it has put there. Without
 * arguments it does one request; as `supervise FOLDER` it keeps a replica running.
 */
import { dirname, join } from 'node:path';
import { realpathSync } from 'node:fs';
import { ConCoordError } from '../base/index.ts';
import {
  MARK,
  MAX_REQUEST_BYTES,
  ReplicaFolder,
  serveAgent,
  Supervisor,
} from '../launcher/index.ts';
import type { AgentLine, AgentRequest, Operator } from '../launcher/index.ts';
import { findMembers, readWhereabouts } from './find-members.ts';
import { remove } from './members-command.ts';
import { complain, endQuietlyWithReader, EXIT, print } from './output.ts';
import { fetchStatus, serves } from './status-command.ts';
import { readToken } from './token-source.ts';

const NEW_LINE = 0x0a;
/** As it was started: through a link that another version may have taken over meanwhile. */
const MAIN = realpathSync(process.argv[1] ?? '');
/** Of the version that it lies in. */
const ROOT = join(dirname(MAIN), '../..');

function send(line: AgentLine): void {
  print(MARK + JSON.stringify(line));
}

async function serve(): Promise<number> {
  try {
    const gone = new Promise<void>((resolve) => process.stdin.on('end', () => resolve()));
    const request = await readRequest();
    const world = {
      gone,
      operator: OPERATOR,
      root: ROOT,
      main: MAIN,
      say: (said: string): void => send({ say: said }),
      log: (line: string): void => send({ log: line }),
    };
    send({ done: (await serveAgent(request, world)) ?? null });
    return EXIT.done;
  } catch (error) {
    const known = error instanceof ConCoordError ? error : undefined;
    const message = error instanceof Error ? error.message : String(error);
    const code = known?.code ?? 'REMOTE_NODE';
    const remedy = known?.remedy ?? 'Look at that machine, and run the same command again.';
    send({ error: { code, message, remedy } });
    return EXIT.failed;
  }
}

/** One line; what follows is only the end, when whoever asked is gone. */
function readRequest(): Promise<AgentRequest> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      try {
        resolve(JSON.parse(Buffer.concat(chunks).toString()) as AgentRequest);
      } catch {
        reject(new ConCoordError('REMOTE_NODE', 'the request did not arrive as a whole'));
      }
    };
    process.stdin.on('data', (chunk: Uint8Array) => {
      chunks.push(chunk);
      length += chunk.length;
      if (length > MAX_REQUEST_BYTES)
        reject(new ConCoordError('TOO_LARGE', 'the request is too long'));
      else if (chunk.includes(NEW_LINE)) finish();
    });
    process.stdin.on('end', finish);
  });
}

async function supervise(path: string): Promise<number> {
  const supervisor = new Supervisor({
    folder: new ReplicaFolder(path, path.split('/').at(-1) ?? ''),
    root: ROOT,
    version: ROOT.split('/').at(-1) ?? '',
    kind: process.env['INVOCATION_ID'] === undefined ? 'own' : 'systemd',
  });
  try {
    return await supervisor.run();
  } catch (error) {
    return complain('concoord', error);
  }
}

const NOBODY = new Set(['CONNECTION', 'UNAUTHORIZED']);

const OPERATOR: Operator = {
  look: async (addresses, tokenFile) => {
    try {
      const known = await findMembers(readWhereabouts(addresses.join(',')));
      const report = await fetchStatus(known, tokenIn(tokenFile));
      const members = report.members.map(({ addr }) => addr);
      return { instance: report.instance, serves: serves(report), members };
    } catch (error) {
      // Whoever has another token is of another instance.
      const isNobody = error instanceof ConCoordError && NOBODY.has(error.code);
      if (isNobody) return undefined;
      throw error;
    }
  },
  remove: async ({ addresses, force, member, say: tell, tokenFile }) => {
    const places = readWhereabouts(addresses.join(','));
    await remove(places, member, { force, tell }, tokenIn(tokenFile));
  },
};

function tokenIn(file: string | undefined): ReturnType<typeof readToken>['token'] {
  return readToken(file === undefined ? {} : { tokenFile: file }, {}).token;
}

endQuietlyWithReader();
const [, , command, path] = process.argv;
process.exitCode =
  command === 'supervise' && path !== undefined ? await supervise(path) : await serve();
// Nobody says anything more to us.
process.stdin.destroy();
