import type { Member, ReplicaId, View } from '../paxos/index.ts';
import { chooseWireVersion, WIRE } from '../wire/index.ts';
import type { ClientHello, Hello, MethodInfo, PeerHello, Refusal, Welcome } from '../wire/index.ts';
import { ConCoordError } from '../base/index.ts';
import type { ErrorCode } from '../base/index.ts';

/** What a replica says of itself to whoever connects. */
export interface Household {
  readonly instance: string;
  readonly generation: number;
  readonly genesis: View;
  readonly self: Member;
  readonly incarnation: number;
  readonly objectName: string;
  readonly codeHash: string;
  readonly engine: string;
  readonly methods: readonly MethodInfo[];
}

/** What admission asks of the running replica. */
export interface Knowledge {
  /** Durable position of the own log. */
  position(): number;
  /** The highest position that this replica id is known to have acknowledged. */
  acknowledged(id: ReplicaId): number;
  view(): View;
  leader(): Member | undefined;
}

/** A refusal with a number by which the refused one can judge itself. */
class RefusedWithFact extends ConCoordError {
  readonly fact: Pick<Refusal, 'acknowledged' | 'generation'>;

  constructor(code: ErrorCode, message: string, fact: RefusedWithFact['fact']) {
    super(code, message);
    this.fact = fact;
  }
}

/**
 * Who may speak to this replica: judged once for each connection, from the hello alone. A replica of
 * another instance, with other code, on an engine that computes otherwise, or from a directory that is an
 * old copy never gets a message through (docs/protocol.md, Safety 3 and 4).
 */
export class Admission {
  readonly #household: Household;
  readonly #knowledge: Knowledge;
  /** The highest incarnation met of each replica. */
  readonly #incarnations = new Map<ReplicaId, number>();
  /** Called with the hello of a member of another instance that looks for a lost member here. */
  readonly #onClaim: (hello: PeerHello) => void;

  constructor(household: Household, knowledge: Knowledge, onClaim: (hello: PeerHello) => void) {
    this.#household = household;
    this.#knowledge = knowledge;
    this.#onClaim = onClaim;
  }

  /** The own hello, for a dial that expects `target` (0: whoever is there). */
  hello(target: ReplicaId): PeerHello {
    const { instance, generation, self, incarnation, codeHash, engine } = this.#household;
    return {
      role: 'peer',
      wire: WIRE,
      instance,
      generation,
      id: self.id,
      incarnation,
      position: this.#knowledge.position(),
      address: self.address,
      durable: self.durable,
      codeHash,
      engine,
      target,
    };
  }

  /** Judges whoever dials. */
  judge(hello: Hello): { readonly welcome: Welcome } | { readonly refusal: Refusal } {
    try {
      const wire = chooseWireVersion(WIRE, hello.wire);
      if (hello.role === 'peer') this.#judgePeer(hello);
      else this.#judgeClient(hello);
      return { welcome: this.#welcome(wire) };
    } catch (error) {
      if (!(error instanceof ConCoordError)) throw error;
      const { code, message } = error;
      const fact = error instanceof RefusedWithFact ? error.fact : {};
      return { refusal: { code, message, ...fact } };
    }
  }

  #judgeClient(hello: ClientHello): void {
    const { instance } = this.#household;
    if (hello.instance === '' || hello.instance === instance) return;
    throw new ConCoordError(
      'INSTANCE_MISMATCH',
      `the client belongs to instance ${hello.instance}, this replica to ${instance}`,
    );
  }

  #judgePeer(hello: PeerHello): void {
    const { instance, generation, codeHash, engine, self } = this.#household;
    if (hello.instance !== instance || hello.generation !== generation) {
      if (hello.instance !== instance) this.#onClaim(hello);
      throw new RefusedWithFact(
        'INSTANCE_MISMATCH',
        `${hello.address} belongs to instance ${hello.instance} generation ${hello.generation}, ` +
          `${self.address} to ${instance} generation ${generation}`,
        hello.instance === instance ? { generation } : {},
      );
    }
    if (hello.codeHash !== codeHash) {
      throw new ConCoordError(
        'CODE_MISMATCH',
        `${hello.address} runs code ${hello.codeHash}, ${self.address} runs ${codeHash}`,
      );
    }
    if (hello.engine !== engine) {
      throw new ConCoordError(
        'ENGINE_MISMATCH',
        `the JavaScript engines of ${hello.address} and ${self.address} compute differently`,
      );
    }
    if (hello.id === self.id) {
      throw new ConCoordError(
        'STALE_DIRECTORY',
        `${hello.address} claims the identity of ${self.address}`,
      );
    }
    this.judgeLife(hello.id, hello.incarnation, hello.position, hello.address);
  }

  /** Refuses an older process of an identity, and one whose disk is behind what it has acknowledged. */
  judgeLife(id: ReplicaId, incarnation: number, position: number, address: string): void {
    const known = this.#incarnations.get(id) ?? 0;
    if (incarnation < known) {
      throw new ConCoordError(
        'STALE_DIRECTORY',
        `${address} runs incarnation ${incarnation} of a replica whose incarnation ${known} is known`,
      );
    }
    const acknowledged = this.#knowledge.acknowledged(id);
    if (position < acknowledged) {
      throw new RefusedWithFact(
        'STALE_DIRECTORY',
        `the directory of ${address} holds ${position} records, but it acknowledged ${acknowledged}`,
        { acknowledged },
      );
    }
    this.#incarnations.set(id, incarnation);
  }

  /**
   * Whether votes that were cast after the hello have overtaken it: then it was refused for a position that
   * is old by now. Only one that is still below what the other side has seen shows a loss.
   */
  isOvertaken({ acknowledged }: Refusal): boolean {
    return acknowledged !== undefined && this.#knowledge.position() >= acknowledged;
  }

  #welcome(wire: number): Welcome {
    const { instance, generation, genesis, self, incarnation, objectName, codeHash, methods } =
      this.#household;
    return {
      wire,
      instance,
      generation,
      genesis,
      id: self.id,
      incarnation,
      position: this.#knowledge.position(),
      address: self.address,
      view: this.#knowledge.view(),
      leader: this.#knowledge.leader(),
      objectName,
      codeHash,
      methods,
    };
  }
}
