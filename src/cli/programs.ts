import { createHash } from 'node:crypto';
import { ConCoordError, MalformedBytes } from '../base/index.ts';
import { readPackedObject } from '../bundles/index.ts';
import type { Household } from '../host/index.ts';
import { builtInNames, findBuiltIn } from '../library/index.ts';
import {
  decodeBundle,
  encodeBundle,
  findSource,
  readClass,
  realmText,
  splitSearchPath,
} from '../loading/index.ts';
import type { Bundle, LoadedClass, SearchPlaces } from '../loading/index.ts';
import type { ObjectType } from '../object/index.ts';
import { engineFingerprint, hashOfCode, isolateWorlds, tryProgram } from '../platform/index.ts';
import type { BundleProgram, DataDirectory, Program } from '../platform/index.ts';
import type { Welcome } from '../wire/index.ts';
import { contextWorlds } from '../worlds/index.ts';
import type { HostPort } from './address.ts';
import { ask } from './control.ts';
import type { Manner } from './control.ts';

/** Where classes of users run: behind a wall, or in the process of the replica. */
export type Sandbox = 'isolate' | 'vm';

/** What replicas can run beside our own objects. */
export interface Objects {
  readonly types: readonly ObjectType[];
  /** Module that runs `serveShadow` with these types and our own. */
  readonly shadow: URL;
  /** Isolates unless told otherwise. */
  readonly sandbox?: Sandbox;
}

/** What a replica runs, and how it is called. */
export interface Code {
  readonly program: Program;
  readonly description: Pick<Household, 'objectName' | 'codeHash' | 'engine' | 'methods'>;
  /** Of the sources, when it is a class of the user's. */
  readonly sources: string | undefined;
}

/** Whether the name can only mean a class of this library. */
export function isOurs(name: string): boolean {
  return name.startsWith('concoord.');
}

/** The class that `-o` names: one of ours, or a file of the user's. */
export async function findCode(name: string, objects: Objects): Promise<Code> {
  const builtIn = findBuiltInCode(name, objects);
  if (builtIn !== undefined) return builtIn;
  if (isOurs(name)) {
    throw new ConCoordError('INVALID_CLASS', `${name} is no object of this library`, {
      remedy: `Built in: ${builtInNames().join(', ')}.`,
    });
  }
  const places = {
    paths: splitSearchPath(process.env['CONCOORD_PATH']),
    directory: process.cwd(),
  };
  const packed = hasSource(name, places) ? undefined : findPacked(name);
  if (packed !== undefined) return ofBundle(packed, objects);
  const { bundle, placeOf } = await readClass(name, places);
  return ofBundle(encodeBundle(bundle), objects, placeOf);
}

/** That a server bundle has, or that `openreplica` has put beside the replica. */
function findPacked(name: string): Uint8Array | undefined {
  const beside = process.env['CONCOORD_PACKED'];
  const found = beside === undefined ? undefined : readPackedObject(name, beside);
  return found ?? readPackedObject(name);
}

function hasSource(name: string, places: SearchPlaces): boolean {
  try {
    findSource(name, places);
    return true;
  } catch {
    return false;
  }
}

/**
 * What a replica would say of a class before it serves it.
 *
 * @throws ConCoordError as a replica does that is to found an instance with it.
 * @returns Whether an object was made: without isolates, only the sources have been judged.
 */
export async function judgeClass({ bundle, placeOf }: LoadedClass): Promise<boolean> {
  try {
    const code = encodeBundle(bundle);
    await tryProgram(await programOf(bundle, { code, placeOf }));
    return true;
  } catch (error) {
    if (error instanceof ConCoordError && error.code === 'UNSUPPORTED') return false;
    throw error;
  }
}

/** The class of an instance: as this library has it, or as the member that was asked hands it over. */
export async function fetchCode(
  welcome: Welcome,
  member: HostPort,
  objects: Objects,
  manner: Manner,
): Promise<Code> {
  const { codeHash, objectName } = welcome;
  const builtIn = findBuiltInCode(objectName, objects);
  if (builtIn?.description.codeHash === codeHash) return builtIn;
  if (builtIn !== undefined) {
    throw new ConCoordError(
      'CODE_MISMATCH',
      `the instance runs code ${codeHash}, this library has ${builtIn.description.codeHash}`,
    );
  }
  const bytes = await fetchBytes(member, { ...manner, instance: welcome.instance });
  if (hashOfCode(bytes) === codeHash) return ofBundle(bytes, objects);
  throw new ConCoordError('CODE_MISMATCH', `the code of ${objectName} is not ${codeHash}`);
}

/** The class that a directory was made for. */
export async function keptCode(directory: DataDirectory, objects: Objects): Promise<Code> {
  const bytes = directory.code();
  if (bytes !== undefined) return ofBundle(bytes, objects);
  const name = directory.identity?.objectName ?? '';
  const builtIn = findBuiltInCode(name, objects);
  if (builtIn !== undefined) return builtIn;
  throw new ConCoordError('CORRUPT_DATA', `${directory.path} does not hold the code of ${name}`);
}

function findBuiltInCode(name: string, { shadow, types }: Objects): Code | undefined {
  const type = types.find((known) => known.name === name) ?? findBuiltIn(name);
  if (type === undefined) return undefined;
  const code = JSON.stringify([type.name, type.version, type.methods]);
  const codeHash = createHash('sha256').update(code).digest('hex');
  const description = {
    objectName: type.name,
    codeHash,
    engine: engineFingerprint(),
    methods: type.methods,
  };
  return { program: { kind: 'builtIn', type, shadow }, description, sources: undefined };
}

async function ofBundle(
  code: Uint8Array,
  { sandbox }: Objects,
  placeOf?: BundleProgram['placeOf'],
): Promise<Code> {
  const bundle = readBundle(code);
  const { methods, name, hash } = bundle;
  const program = await programOf(bundle, { code, sandbox, placeOf });
  const description = {
    objectName: name,
    codeHash: hashOfCode(code),
    engine: engineFingerprint(),
    methods,
  };
  return { program, description, sources: hash };
}

interface Surroundings extends Pick<BundleProgram, 'code' | 'placeOf'> {
  readonly sandbox?: Sandbox | undefined;
}

async function programOf(
  { code: text, methods, name }: Bundle,
  { code, placeOf, sandbox }: Surroundings,
): Promise<BundleProgram> {
  const exported = name.slice(name.lastIndexOf('.') + 1);
  const manifest = { name, exported, methods };
  const parts = { realm: await realmText(), code: text, manifest };
  const make = sandbox === 'vm' ? contextWorlds(parts) : await isolateWorlds(parts);
  return { kind: 'bundle', code, make, placeOf };
}

function readBundle(code: Uint8Array): Bundle {
  try {
    return decodeBundle(code);
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    throw new ConCoordError('CODE_MISMATCH', `the code of the instance: ${error.message}`);
  }
}

async function fetchBytes(member: HostPort, manner: Manner): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const { reply } = await ask(member, { do: 'code', offset: length }, manner);
    const { code, total } = reply as { readonly code?: unknown; readonly total?: unknown };
    const part = Buffer.from(typeof code === 'string' ? code : '', 'base64');
    parts.push(part);
    length += part.length;
    if (part.length === 0 || length >= Number(total)) return Buffer.concat(parts);
  }
}
