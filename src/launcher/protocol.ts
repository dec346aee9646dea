import { createHash } from 'node:crypto';
import { ConCoordError } from '../base/index.ts';

/**
 * What `openreplica` asks of the program that it has put on a node, as JSON on its standard input. The
 * answers are lines that begin with a mark, since login shells may print what they like.
 */
export type AgentRequest =
  /** Makes an installed version the one that replicas are started from. */
  | { readonly do: 'activate'; readonly id: string; readonly node: string }
  | { readonly do: 'list' }
  | StartRequest
  | { readonly do: 'stop'; readonly replica?: string }
  /** Takes it out of the view, stops it, and removes its folder; `force` whatever that costs. */
  | { readonly do: 'forget'; readonly replica?: string; readonly force: boolean }
  /** Stops it and starts it again, from the version that is active now. */
  | { readonly do: 'restart'; readonly replica: string }
  | {
      readonly do: 'logs';
      readonly replica?: string;
      readonly lines: number;
      readonly follow: boolean;
    }
  | { readonly do: 'route53'; readonly id: string; readonly key: string }
  /** Hands over the SDK of Route 53 as one module, for a node that has none. */
  | { readonly do: 'sdk'; readonly module?: string }
  /** Whether a name server could bind its port here; `sudo` gives our Node.js the right to. */
  | BindRequest;

export interface BindRequest {
  readonly do: 'bind';
  readonly addr?: string;
  /** Of the name server. */
  readonly port: number;
  readonly sudo: boolean;
  /** The replica that it is for, which may run already and have it. */
  readonly replica?: { readonly order: string; readonly port?: number };
}

export interface StartRequest {
  readonly do: 'start';
  /** Undefined: where ssh came in. */
  readonly addr?: string;
  /** Undefined: the replica of the same order that is there, else the first free one. */
  readonly port?: number;
  readonly boot?: string;
  /** Of `concoord replica`, without the three above and without files. */
  readonly args: readonly string[];
  readonly durable: boolean;
  readonly object?: { readonly name: string; readonly packed: string };
  readonly token?: string;
  /** Without members to join and without anything to continue: does nothing, unless it may found. */
  readonly found: boolean;
}

/** What runs on a node, or did. */
export interface ReplicaReport {
  /** Of its folder. */
  readonly name: string;
  readonly address: string;
  readonly state: ReplicaState;
  /** What it said when it was ready, or why it is not. */
  readonly said: string;
  readonly version: string;
  readonly restarts: number;
  readonly supervisor: 'systemd' | 'own' | 'none';
  readonly log: string;
  /** What it told last: `leader` or `follower`. */
  readonly role?: string | undefined;
  readonly members: readonly string[];
  /** What was ordered, see `orderId`. */
  readonly order: string;
}

export type ReplicaState = 'starting' | 'ready' | 'waiting' | 'failed' | 'stopped' | 'dead';

export interface NodeReport {
  readonly version: string;
  readonly node: string;
  readonly replicas: readonly ReplicaReport[];
}

/** By the `do` of the request. */
export interface AgentAnswers {
  readonly activate: { readonly changed: boolean };
  readonly list: NodeReport;
  /** Undefined when there was nothing to start and it must not found. */
  readonly start: { readonly replica?: ReplicaReport; readonly wasRunning: boolean };
  readonly stop: { readonly stopped: readonly string[] };
  readonly forget: { readonly forgotten: readonly string[] };
  readonly restart: { readonly replica: ReplicaReport };
  readonly logs: Record<string, never>;
  readonly route53: { readonly said: string };
  readonly sdk: { readonly present: boolean };
  readonly bind: { readonly free: boolean; readonly why: string; readonly node: string };
}

export type AgentLine =
  | { readonly say: string }
  | { readonly log: string }
  | { readonly done: unknown }
  | {
      readonly error: { readonly code: string; readonly message: string; readonly remedy: string };
    };

/** Two orders with the same name mean the same replica, wherever it is and whomever it joins. */
export function orderId({
  args,
  durable,
  object,
  token,
}: Pick<StartRequest, 'args' | 'durable' | 'object' | 'token'>): string {
  // The token is drawn through a hash with the rest, so that it cannot be looked for by itself.
  const text = JSON.stringify([args, durable, object?.packed ?? null, token ?? null]);
  return createHash('sha256').update(text).digest('hex');
}

/** Before every line of an answer. */
export const MARK = '@concoord ';
export const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** @throws ConCoordError for what is no answer. */
export function parseAgentLine(line: string): AgentLine | undefined {
  if (!line.startsWith(MARK)) return undefined;
  try {
    return JSON.parse(line.slice(MARK.length)) as AgentLine;
  } catch {
    throw new ConCoordError('REMOTE_NODE', 'it answered with something that is no JSON', {
      remedy: 'Run openreplica setup again for this node.',
    });
  }
}
