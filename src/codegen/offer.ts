import { ConCoordError } from '../base/index.ts';
import type { ClassMember } from '../loading/index.ts';
import type { ModuleGraph } from './module-graph.ts';
import { NeedsCompiler, reasonOf } from './refusal.ts';
import { unsendable } from './sendable.ts';
import { WITHOUT_ARGUMENTS } from './shape.ts';
import type { Member, Shape } from './shape.ts';
import type { Parameter, Signature } from './signature.ts';
import { Vocabulary } from './vocabulary.ts';

export interface Offer {
  readonly shape: Shape;
  /** What callers might miss, each with its place. */
  readonly warnings: readonly string[];
}

interface Circumstances {
  readonly graph: ModuleGraph;
  /** As replicas list them; undefined when nobody has asked the loader. */
  readonly members: readonly ClassMember[] | undefined;
  /** The source, for what has no place of its own. */
  readonly file: string;
  /** No compiler can tell more: what is still unknown is left out. */
  readonly isFinal: boolean;
}

const INIT = '__concoordinit__';

/**
 * What a proxy can have of a class: replicas run methods whose arguments or results cannot be sent, but
 * nobody can call them. And replicas see methods whose types cannot be seen: of packages, and of classes
 * that functions make.
 */
export function offerOf(shape: Shape, circumstances: Circumstances): Offer {
  return new Offerer(shape, circumstances).offer();
}

class Offerer {
  readonly #shape: Shape;
  readonly #circumstances: Circumstances;
  readonly #known: ReadonlyMap<string, ClassMember>;
  readonly #warnings: string[] = [];

  constructor(shape: Shape, circumstances: Circumstances) {
    this.#shape = shape;
    this.#circumstances = circumstances;
    this.#known = new Map((circumstances.members ?? []).map((one) => [one.name, one]));
  }

  offer(): Offer {
    const { left, members, refused } = this.#shape;
    const isListed = ({ name }: Member): boolean =>
      this.#circumstances.members === undefined || this.#known.has(name);
    for (const { name, error } of refused) this.#leaveOut(name, error);
    const seen = members.filter(isListed).flatMap((member) => this.#fit(member));
    const init = this.#init();
    const shape = {
      ...this.#shape,
      members: [...seen, ...this.#unseen()],
      init,
      left: [
        ...left,
        ...members
          .filter((one) => !isListed(one))
          .map(({ name }) => `${name}: replicas do not list it`),
      ],
    };
    return { shape, warnings: this.#warnings };
  }

  /** With the signatures that can be called; none, where there is no such. */
  #fit(member: Member): readonly Member[] {
    const fitting: Signature[] = [];
    let why: unknown;
    for (const one of member.signatures) {
      try {
        fitting.push(this.#signature(member.name, one));
      } catch (error) {
        why = error;
      }
    }
    if (fitting.length > 0) return [{ ...member, signatures: fitting }];
    this.#leaveOut(member.name, why);
    return [];
  }

  #init(): readonly Signature[] {
    const [fitted] = this.#fit({
      name: INIT,
      kind: 'method',
      doc: undefined,
      signatures: this.#shape.init,
    });
    return fitted?.signatures ?? [WITHOUT_ARGUMENTS];
  }

  /** Cut before an argument that cannot be sent and need not be given. */
  #signature(name: string, signature: Signature): Signature {
    this.#mustBeSendable('its result', signature.result);
    for (const type of signature.typeParameters) this.#render(type);
    const parameters: Parameter[] = [];
    for (const one of signature.parameters) {
      try {
        this.#mustBeSendable(one.name, one.type);
      } catch (error) {
        if (one.form === 'required') throw error;
        const why = this.#reason(error);
        this.#warn(name, `is written without ${one.name} and what follows: ${why}`);
        break;
      }
      parameters.push(one);
    }
    return { ...signature, parameters };
  }

  #mustBeSendable(what: string, type: Signature['result']): void {
    const held = unsendable(this.#circumstances.graph, type);
    if (held !== undefined) {
      throw new ConCoordError(
        'INVALID_CLASS',
        `${what} is or holds ${held}, which cannot be sent`,
        {
          remedy: 'Use plain data.',
        },
      );
    }
    this.#render(type);
  }

  /** For what it throws; with all types that it needs. */
  #render(type: Signature['result']): void {
    const vocabulary = new Vocabulary(this.#circumstances.graph, []);
    vocabulary.render(type);
    vocabulary.takeTypes();
  }

  /** What replicas list, and no declaration here shows. */
  #unseen(): readonly Member[] {
    const { members, refused } = this.#shape;
    const shown = new Set([...members, ...refused].map(({ name }) => name));
    const unseen = [...this.#known.values()].filter(({ name }) => !shown.has(name));
    if (unseen.length === 0) return [];
    const names = unseen.map(({ name }) => name).join(', ');
    this.#warnings.push(
      `${this.#circumstances.file}: the types of ${names} cannot be seen: they take and give unknown`,
    );
    return unseen.map(({ name, kind }) => ({
      name,
      kind,
      doc: undefined,
      signatures: [
        { ...WITHOUT_ARGUMENTS, parameters: kind === 'method' ? [ANY] : [], result: 'unknown' },
      ],
    }));
  }

  #leaveOut(name: string, error: unknown): void {
    const why = this.#reason(error);
    if (name === INIT) this.#warn(name, `is written without arguments: ${why}`);
    else this.#warn(name, `is left out of the proxy: ${why}`);
  }

  #warn(name: string, what: string): void {
    const place = this.#known.get(name)?.place ?? this.#circumstances.file;
    this.#warnings.push(`${place}: ${this.#shape.name}.${name} ${what}`);
  }

  #reason(error: unknown): string {
    const { isFinal } = this.#circumstances;
    if (error instanceof NeedsCompiler && isFinal) {
      return `${error.message} cannot be inferred; write it there`;
    }
    const reason = reasonOf(error);
    if (reason === undefined) throw error;
    return reason;
  }
}

const ANY: Parameter = { name: 'args', form: 'rest', type: 'unknown[]' };
