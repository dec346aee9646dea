import { ByteReader, ByteWriter, limits, MalformedBytes } from '../base/index.ts';
import {
  decodeCommand,
  encodeResult,
  readText,
  ValueReader,
  ValueWriter,
  writeText,
} from '../wire/index.ts';
import type { MethodCall } from '../wire/index.ts';
import { methodsOf } from './dispatch.ts';
import type { Method } from './dispatch.ts';
import { reviveByName } from './errors.ts';
import { NoAgreedTime } from './now.ts';
import { encodeOutcome, encodeThrown, encodeValue } from './results.ts';
import type { Outcome } from './results.ts';
import { commandOf } from './roster.ts';
import { SPECIAL_METHOD } from './type.ts';
import type { CallContext, ObjectType } from './type.ts';
import { WaitingCalls } from './waiting-calls.ts';

/** First byte of a captured state. */
const STATE_VERSION = 1;

/** State with one object in two places would come back with two: it is refused. */
const STATE_LIMITS = { maxBytes: limits.MAX_STATE_BYTES, sharing: 'refused' } as const;

const NOTHING = new Uint8Array(0);

/** Methods of every object that are no reads. */
const CALLS: ReadonlySet<string> = new Set([SPECIAL_METHOD.init, SPECIAL_METHOD.end]);

/** Longer names are cut in messages. */
const MAX_NAME_UNITS = 100;

/**
 * An object behind bytes: commands in, results out, the same on every replica. Nothing that a
 * client sends or an object does makes `apply` throw; every outcome is a result.
 *
 * The state that is captured are the own enumerable fields, as far as they are plain data; an
 * object with `#private` fields, fields of other classes, or one object in two fields cannot be
 * captured.
 */
export class Machine {
  readonly #type: ObjectType;
  readonly #methods: ReadonlyMap<string, Method>;
  /** Where calls may wait. */
  readonly #waiting: WaitingCalls | undefined;
  #object: object;
  /** Size of the last capture: the next one is not much larger. */
  #captured = 0;

  /**
   * @param state A captured state to begin with, in place of a new object. Throws `MalformedBytes`.
   * @param object One that was restored in another way.
   */
  constructor(type: ObjectType, state?: Uint8Array, object?: object) {
    this.#type = type;
    this.#methods = methodsOf(type);
    const { blocking, keeper } = type;
    if (blocking !== undefined) {
      const own = keeper === undefined ? undefined : new blocking.Roster();
      this.#waiting = new WaitingCalls(blocking, own);
    }
    if (state !== undefined) this.#object = this.#take(state);
    else this.#object = object ?? Reflect.construct(type.construct, []);
  }

  /** For whoever captures it in a way of their own. */
  get object(): object {
    return this.#object;
  }

  /**
   * Executes a command of the log, or an event. What a method throws keeps the state that it had reached.
   * Answers with a result, or with a `CallOutcome` when something has changed for other callers.
   */
  apply(command: Uint8Array, context: CallContext): Uint8Array {
    if (context.event !== undefined) return this.#event(context);
    return this.execute(readCommand(command), context);
  }

  /** As `apply`, for a command that was read before. */
  execute(call: ReadCommand, context: CallContext): Uint8Array {
    if (context.event !== undefined) return this.#event(context);
    if (call instanceof MalformedBytes) return malformed(call);
    if (call.method === SPECIAL_METHOD.init) return this.#replace(call.args, context);
    const method = this.#methods.get(call.method);
    if (method === undefined) return this.#special(call, context);
    const at = method.commandAt;
    const args = at === undefined ? call.args : withCaller(call.args, at, context);
    if (this.#waiting === undefined) return encodeOutcome(this.#run(method, args));
    return this.#waiting.call(context, () => this.#run(method, args));
  }

  #event(context: CallContext): Uint8Array {
    return this.#waiting?.event(context) ?? NOTHING;
  }

  /**
   * Executes a command that changes nothing; one that may is answered by `notRead`, and not
   * executed. So is one that asks for the time, as soon as it does.
   */
  read(command: Uint8Array): Uint8Array {
    return this.look(readCommand(command));
  }

  /** As `read`, for a command that was read before. */
  look(call: ReadCommand): Uint8Array {
    if (call instanceof MalformedBytes) return malformed(call);
    const method = this.#methods.get(call.method);
    if (call.method === SPECIAL_METHOD.holdings) {
      return encodeValue(this.#waiting?.holdings() ?? []);
    }
    if (method?.read === true) return this.#read(method, call.args);
    const known = method !== undefined || CALLS.has(call.method);
    return known ? encodeResult({ kind: 'notRead' }) : this.#noSuchMethod(call.method);
  }

  #read(method: Method, args: readonly unknown[]): Uint8Array {
    this.#waiting?.enter();
    const outcome = this.#run(method, args);
    const asksForTime = 'error' in outcome && outcome.error instanceof NoAgreedTime;
    return asksForTime ? encodeResult({ kind: 'notRead' }) : encodeOutcome(outcome);
  }

  /** What every object can be asked beside its methods. */
  #special({ args, method }: MethodCall, context: CallContext): Uint8Array {
    if (method === SPECIAL_METHOD.holdings) return encodeValue(this.#waiting?.holdings() ?? []);
    if (method !== SPECIAL_METHOD.end) return this.#noSuchMethod(method);
    const [session, sequence] = args;
    const isName = Number.isSafeInteger(session) && Number.isSafeInteger(sequence);
    if (this.#waiting === undefined || !isName) return encodeValue(false);
    return this.#waiting.break(context, session as number, sequence as number);
  }

  /**
   * The state as bytes: equal states have equal bytes. Throws `ConCoordError` with the path to what
   * cannot be captured, or when it is too large.
   */
  capture(): Uint8Array {
    // Room from the start: a large state would be copied again and again while its bytes grow.
    const writer = new ByteWriter(this.#captured + Math.max(1024, this.#captured >>> 4)).u8(
      STATE_VERSION,
    );
    writeText(writer, this.#type.name);
    writer.varint(this.#type.version);
    const { keeper } = this.#type;
    if (keeper !== undefined && this.#waiting !== undefined) {
      writer.bytes(keeper.capture({ object: this.#object, roster: this.#waiting.roster }));
    } else {
      const values = new ValueWriter(writer, 'state', STATE_LIMITS);
      values.properties(this.#object);
      values.checkSize();
    }
    const state = writer.finish();
    this.#captured = state.length;
    return state;
  }

  /** Takes up a captured state; throws `MalformedBytes`, and then keeps the state that it has. */
  restore(bytes: Uint8Array): void {
    this.#object = this.#take(bytes);
  }

  #take(bytes: Uint8Array): object {
    const reader = new ByteReader(bytes);
    const format = reader.u8();
    if (format !== STATE_VERSION) throw new MalformedBytes(`state of format ${format}`);
    const name = readText(reader);
    const version = reader.varint();
    if (name !== this.#type.name || version !== this.#type.version) {
      throw new MalformedBytes(`state of ${name} version ${version}`);
    }
    const { keeper } = this.#type;
    if (keeper !== undefined && this.#waiting !== undefined) {
      const kept = keeper.restore(reader.bytes());
      reader.end();
      this.#captured = bytes.length;
      this.#waiting.restore(kept.roster);
      return kept.object;
    }
    // Not by the constructor: what it sets up would stay where the state has no such field.
    const blank = Object.create(this.#type.construct.prototype as object) as object;
    const restored = new ValueReader(reader, reviveByName).properties(blank);
    reader.end();
    this.#captured = bytes.length;
    return restored;
  }

  #run({ run }: Method, args: readonly unknown[]): Outcome {
    try {
      return { value: Reflect.apply(run, this.#object, args) };
    } catch (error) {
      return { error };
    }
  }

  #replace(args: readonly unknown[], context: CallContext): Uint8Array {
    const replace = (): Uint8Array | undefined => {
      try {
        this.#object = Reflect.construct(this.#type.construct, args);
        return undefined;
      } catch (error) {
        return encodeThrown(error);
      }
    };
    if (this.#waiting !== undefined) return this.#waiting.replace(context, replace);
    return replace() ?? encodeValue(undefined);
  }

  #noSuchMethod(method: string): Uint8Array {
    const name = method.length > MAX_NAME_UNITS ? `${method.slice(0, MAX_NAME_UNITS)}…` : method;
    const message = `${this.#type.name} has no method ${JSON.stringify(name)}`;
    return encodeResult({ kind: 'refused', code: 'NO_SUCH_METHOD', message });
  }
}

/** Arguments that the caller left out are undefined; further ones are dropped. */
function withCaller(args: readonly unknown[], at: number, context: CallContext): unknown[] {
  const padded = args.slice(0, at);
  while (padded.length < at) padded.push(undefined);
  padded.push(commandOf(context.session, context.sequence));
  return padded;
}

/** A command with its arguments, or what is wrong with it. */
export type ReadCommand = MethodCall | MalformedBytes;

/** Runs nothing of any object. */
export function readCommand(command: Uint8Array): ReadCommand {
  try {
    return decodeCommand(command, reviveByName);
  } catch (error) {
    if (error instanceof MalformedBytes) return error;
    throw error;
  }
}

function malformed(error: MalformedBytes): Uint8Array {
  const message = `malformed command: ${error.message}`;
  return encodeResult({ kind: 'refused', code: 'PROTOCOL', message });
}
