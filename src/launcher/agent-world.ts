/** What the operator's commands do, over the network of the node. */
export interface Operator {
  /**
   * Of the instance that these addresses lead to.
   *
   * @returns Undefined when nobody answers there.
   */
  readonly look: (
    addresses: readonly string[],
    tokenFile: string | undefined,
  ) => Promise<SeenInstance | undefined>;
  /** @throws ConCoordError `UNSAFE_CHANGE` for what costs tolerance, unless forced. */
  readonly remove: (order: RemovalOrder) => Promise<void>;
}

export interface SeenInstance {
  readonly instance: string;
  /** A leader is in office, and hears a majority. */
  readonly serves: boolean;
  /** `addr:port` of each. */
  readonly members: readonly string[];
}

export interface RemovalOrder {
  readonly addresses: readonly string[];
  readonly member: string;
  readonly force: boolean;
  readonly tokenFile: string | undefined;
  readonly say: (text: string) => void;
}

/** What runs on a node on behalf of `openreplica`. */
export interface AgentWorld {
  /** The folder of the version that this program is of. */
  readonly root: string;
  /** The file that this program is, which also supervises. */
  readonly main: string;
  /** How far we are. */
  readonly say: (text: string) => void;
  readonly log: (line: string) => void;
  /** When whoever asked is gone. */
  readonly gone: Promise<void>;
  readonly operator: Operator;
}
