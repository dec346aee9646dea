import { PassThrough } from 'node:stream';
import { ConCoordError, ERROR_CATALOG } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';
import { parseAgentLine } from './protocol.ts';
import type { AgentAnswers, AgentRequest } from './protocol.ts';
import { lastLine, printable, runRemote } from './ssh.ts';
import type { Login } from './ssh.ts';

/** `$1` the Node.js and `$2` the version; both empty: those that are active. */
const CALL = `
node=\${1:-$HOME/.concoord/node}
version=\${2:+$HOME/.concoord/versions/$2}
main="\${version:-$HOME/.concoord/current}/dist/cli/node-agent.js"
if [ ! -x "$node" ] || [ ! -f "$main" ]; then echo '@missing'; exit 20; fi
exec "$node" "$main"
`;
const PATIENCE_MS = 180_000;
const NO_LIMIT_MS = 2 ** 31 - 1;

export interface AgentPlace {
  readonly id?: string;
  readonly node?: string;
}

export interface AgentEars {
  /** How far it is. */
  readonly say?: (text: string) => void;
  readonly log?: (line: string) => void;
}

/**
 * Has our program on the node do something.
 *
 * @throws ConCoordError what it threw there, with the name of the host before it.
 */
export async function callAgent<Request extends AgentRequest>(
  login: Login,
  request: Request,
  { id = '', node = '' }: AgentPlace = {},
  { log, say }: AgentEars = {},
): Promise<AgentAnswers[Request['do']]> {
  let done: unknown;
  let failure: ConCoordError | undefined;
  let isMissing = false;
  const onLine = (line: string): void => {
    if (line === '@missing') isMissing = true;
    const said = parseAgentLine(line);
    if (said === undefined) return;
    if ('say' in said) say?.(printable(said.say));
    else if ('log' in said) log?.(printable(said.log));
    else if ('error' in said) failure = remoteError(login.host, said.error);
    else done = said.done;
  };
  const follows = request.do === 'logs' && request.follow;
  const text = `${JSON.stringify(request)}\n`;
  // As long as its input is open, somebody listens.
  const input = follows ? new PassThrough() : text;
  if (typeof input !== 'string') input.write(text);
  const { code, stderr } = await runRemote(login, CALL, [node, id], {
    input,
    onLine,
    patienceMs: follows ? NO_LIMIT_MS : PATIENCE_MS,
  });
  if (failure !== undefined) throw failure;
  if (isMissing) {
    throw new ConCoordError('REMOTE_NODE', `${login.host}: ConCoord is not set up there`, {
      remedy: `Set it up: openreplica setup ${login.host}.`,
    });
  }
  if (done !== undefined) return done as AgentAnswers[Request['do']];
  const said = lastLine(stderr) || `exit code ${code}`;
  throw new ConCoordError('REMOTE_NODE', `${login.host}: our program there ended: ${said}`, {
    remedy: `Set it up again: openreplica setup ${login.host}.`,
  });
}

function remoteError(
  host: string,
  error: { readonly code: string; readonly message: string; readonly remedy: string },
): ConCoordError {
  const code = Object.hasOwn(ERROR_CATALOG, error.code) ? (error.code as ErrorCode) : 'REMOTE_NODE';
  // Here it is no argument of ours that was wrong, but what became of it there.
  return new ConCoordError(
    code === 'INVALID_ARGUMENT' ? 'REMOTE_NODE' : code,
    `${host}: ${printable(error.message)}`,
    { remedy: printable(error.remedy) },
  );
}
