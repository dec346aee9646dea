import {
  AssertionError,
  ByteReader,
  ByteWriter,
  ConCoordError,
  limits,
  MalformedBytes,
} from '../base/index.ts';
import {
  decodeCommand,
  encodeResult,
  errorText,
  readText,
  ValueReader,
  ValueWriter,
  writeText,
} from '../wire/index.ts';
import type { CallResult, MethodCall } from '../wire/index.ts';
import { methodsOf } from './dispatch.ts';
import type { Method } from './dispatch.ts';
import { reviveByName } from './errors.ts';
import { SPECIAL_METHOD } from './type.ts';
import type { CallContext, CallerCommand, ObjectType } from './type.ts';

/** First byte of a captured state. */
const STATE_VERSION = 1;

/** State with one object in two places would come back with two: it is refused. */
const STATE_LIMITS = { maxBytes: limits.MAX_STATE_BYTES, sharing: 'refused' } as const;

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
    if (state !== undefined) this.#object = this.#read(state);
    else this.#object = object ?? Reflect.construct(type.construct, []);
  }

  /** For whoever captures it in a way of their own. */
  get object(): object {
    return this.#object;
  }

  /** Executes a command of the log. What a method throws keeps the state that it had reached. */
  apply(command: Uint8Array, context: CallContext): Uint8Array {
    return this.execute(readCommand(command), context);
  }

  /** As `apply`, for a command that was read before. */
  execute(call: ReadCommand, context: CallContext): Uint8Array {
    if (call instanceof MalformedBytes) return malformed(call);
    if (call.method === SPECIAL_METHOD.init) return this.#replace(call.args);
    const method = this.#methods.get(call.method);
    if (method === undefined) return this.#noSuchMethod(call.method);
    const at = method.commandAt;
    return this.#run(method, at === undefined ? call.args : withCaller(call.args, at, context));
  }

  /**
   * Executes a command that changes nothing; one that may is answered by `notRead`, and not
   * executed.
   */
  read(command: Uint8Array): Uint8Array {
    return this.look(readCommand(command));
  }

  /** As `read`, for a command that was read before. */
  look(call: ReadCommand): Uint8Array {
    if (call instanceof MalformedBytes) return malformed(call);
    const method = this.#methods.get(call.method);
    if (method?.read === true) return this.#run(method, call.args);
    const known = method !== undefined || call.method === SPECIAL_METHOD.init;
    return known ? encodeResult({ kind: 'notRead' }) : this.#noSuchMethod(call.method);
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
    const values = new ValueWriter(writer, 'state', STATE_LIMITS);
    values.properties(this.#object);
    values.checkSize();
    const state = writer.finish();
    this.#captured = state.length;
    return state;
  }

  /** Takes up a captured state; throws `MalformedBytes`, and then keeps the state that it has. */
  restore(bytes: Uint8Array): void {
    this.#object = this.#read(bytes);
  }

  #read(bytes: Uint8Array): object {
    const reader = new ByteReader(bytes);
    const format = reader.u8();
    if (format !== STATE_VERSION) throw new MalformedBytes(`state of format ${format}`);
    const name = readText(reader);
    const version = reader.varint();
    if (name !== this.#type.name || version !== this.#type.version) {
      throw new MalformedBytes(`state of ${name} version ${version}`);
    }
    // Not by the constructor: what it sets up would stay where the state has no such field.
    const blank = Object.create(this.#type.construct.prototype as object) as object;
    const restored = new ValueReader(reader, reviveByName).properties(blank);
    reader.end();
    this.#captured = bytes.length;
    return restored;
  }

  #run({ run }: Method, args: readonly unknown[]): Uint8Array {
    let value: unknown;
    try {
      value = Reflect.apply(run, this.#object, args);
    } catch (error) {
      return thrown(error);
    }
    return encodeOrRefuse({ kind: 'returned', value });
  }

  #replace(args: readonly unknown[]): Uint8Array {
    try {
      this.#object = Reflect.construct(this.#type.construct, args);
    } catch (error) {
      return thrown(error);
    }
    return encodeResult({ kind: 'returned', value: undefined });
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
  const { session, sequence } = context;
  const caller: CallerCommand = { session, sequence, key: `${session}:${sequence}` };
  padded.push(caller);
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

/** A result that cannot be sent is replaced by the reason, which is the same on every replica. */
function encodeOrRefuse(result: CallResult): Uint8Array {
  try {
    return encodeResult(result);
  } catch (error) {
    if (error instanceof AssertionError) throw error;
    // Anything else was thrown by a trap of the value itself, while it was read.
    const known = error instanceof ConCoordError;
    const code = known ? error.code : 'INVALID_VALUE';
    const message = known ? error.message : 'result cannot be read';
    return encodeResult({ kind: 'refused', code, message });
  }
}

function thrown(error: unknown): Uint8Array {
  if (!isError(error)) return thrownValue(error);
  const name = errorText(error, 'name') ?? 'Error';
  const message = errorText(error, 'message') ?? 'an error that cannot be read';
  return encodeResult({ kind: 'thrown', name, message });
}

function isError(value: unknown): value is Error {
  try {
    return value instanceof Error;
  } catch {
    return false;
  }
}

/** Something else than an error: the client throws the same, or at least learns what it was. */
function thrownValue(value: unknown): Uint8Array {
  // Never by a toString of the value's own: it might change the state.
  const message = typeof value === 'string' ? value : `threw a value of type ${typeof value}`;
  return encodeOrRefuse({ kind: 'thrown', name: 'Error', message, value });
}
