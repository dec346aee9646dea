import { randomBytes } from 'node:crypto';
import type { Token } from '../auth/index.ts';
import { ConCoordError, Random } from '../base/index.ts';
import type { Household } from '../host/index.ts';
import { makeView } from '../paxos/index.ts';
import type { Member } from '../paxos/index.ts';
import type { Access, DataDirectory, Logger, Program } from '../platform/index.ts';
import { showAddress } from './address.ts';
import { contact } from './contact.ts';
import type { Whereabouts } from './find-members.ts';
import type { ReplicaSettings } from './flags.ts';
import { UsageError } from './output.ts';
import { fetchCode, findCode, isOurs, keptCode } from './programs.ts';
import type { Code, Objects } from './programs.ts';

/** Who a replica will be, and how it came to that. */
export interface Birth {
  readonly how: 'founds' | 'joins' | 'continues';
  readonly household: Household;
  readonly access: Access | undefined;
  readonly program: Program;
  readonly contacts: readonly Member[];
  readonly directory: DataDirectory | undefined;
}

/** What a replica is told, and what it can run. */
export interface Settings extends ReplicaSettings {
  readonly objects: Objects;
  readonly token: Token | undefined;
}

/** From its directory, from the members named by `-b`, or new: decided once, before anything is served. */
export async function beBorn(
  settings: Settings,
  address: string,
  directory: DataDirectory | undefined,
  logger: Logger,
): Promise<Birth> {
  if (directory?.identity !== undefined) return continueLife(settings, directory);
  return settings.bootstrap === undefined
    ? found(settings, address, directory)
    : join({ ...settings, bootstrap: settings.bootstrap }, address, directory, logger);
}

/** A directory knows everything: `-b` and `-o` are not needed, and `-o` must not contradict it. */
async function continueLife(settings: Settings, directory: DataDirectory): Promise<Birth> {
  const { identity } = directory;
  if (identity === undefined) throw new UsageError('there is nothing to continue');
  const access = await accessTo(identity.instance, settings);
  judgeToken(access, identity.tokenHash, directory.path);
  const code = await keptCode(directory, settings.objects);
  await judgeObject(code, settings);
  const household = {
    ...code.description,
    instance: identity.instance,
    generation: identity.generation,
    genesis: identity.genesis,
    self: selfOf(identity.id, identity.address, settings),
    incarnation: identity.incarnation,
  };
  if (household.codeHash !== identity.codeHash) {
    throw new ConCoordError(
      'CODE_MISMATCH',
      `${identity.objectName} is now ${household.codeHash}, and was ${identity.codeHash}`,
    );
  }
  const { program } = code;
  return { how: 'continues', household, access, program, contacts: [], directory };
}

async function found(
  settings: Settings,
  address: string,
  directory: DataDirectory | undefined,
): Promise<Birth> {
  if (settings.objectName === undefined) {
    throw new UsageError(
      '-o names the object to found an instance with; to join one, name it with -b',
    );
  }
  const { description, program } = await findCode(settings.objectName, settings.objects);
  const self = selfOf(newReplicaId(), address, settings);
  const household = {
    ...description,
    instance: randomBytes(16).toString('hex'),
    generation: 1,
    genesis: makeView(1, 1, [self]),
    self,
    incarnation: 1,
  };
  const access = await accessTo(household.instance, settings);
  return { how: 'founds', household, access, program, contacts: [], directory };
}

async function join(
  settings: Settings & { readonly bootstrap: Whereabouts },
  address: string,
  directory: DataDirectory | undefined,
  logger: Logger,
): Promise<Birth> {
  const { dns, targets } = settings.bootstrap;
  const others = targets.filter((one) => one.kind === 'domain' || showAddress(one) !== address);
  if (others.length === 0)
    throw new UsageError('-b names only this replica itself; name another member');
  const seeker = { address, token: settings.token };
  const { welcome, guarded, member } = await contact({ targets: others, dns }, seeker, logger);
  if (settings.token !== undefined && !guarded) throw unasked(`the instance at ${welcome.address}`);
  const code = await fetchCode(welcome, member, settings.objects, { token: settings.token });
  await judgeObject(code, settings);
  const { description, program } = code;
  const { instance, generation, genesis, view } = welcome;
  const self = selfOf(newReplicaId(), address, settings);
  const household = { ...description, instance, generation, genesis, self, incarnation: 1 };
  const access = await accessTo(instance, settings);
  return { how: 'joins', household, access, program, contacts: view.members, directory };
}

async function accessTo(
  instance: string,
  { token }: Pick<Settings, 'token'>,
): Promise<Access | undefined> {
  return token && { token, key: await token.keyFor(instance) };
}

/** A member has the token of its instance, and knows whether it is that one. */
function judgeToken(access: Access | undefined, hash: string | undefined, path: string): void {
  if (hash === undefined) {
    if (access !== undefined) throw unasked(`the instance of ${path}`);
    return;
  }
  if (access?.key.matches(hash) === true) return;
  const fact = access === undefined ? 'none was given' : 'another one was given';
  throw new ConCoordError('UNAUTHORIZED', `the instance of ${path} has a token, and ${fact}`);
}

/** Whoever gives a token believes that calls need it. */
function unasked(what: string): ConCoordError {
  return new ConCoordError('UNAUTHORIZED', `a token was given, and ${what} has none`, {
    remedy:
      'Leave --token-file and CONCOORD_TOKEN out: only who founds an instance gives it a token.',
  });
}

/** `-o` is not needed where the code is known; when it is given it must mean the same class. */
async function judgeObject({ description, sources }: Code, settings: Settings): Promise<void> {
  const { objectName: name, objects } = settings;
  const { codeHash, objectName } = description;
  if (name === undefined) return;
  const runs = `the instance runs ${objectName} (${sources ?? codeHash})`;
  if (sources === undefined || isOurs(name)) {
    if (name === objectName) return;
    throw new ConCoordError('CODE_MISMATCH', `-o says ${name}, but ${runs}`);
  }
  const given = await findCode(name, objects);
  if (given.sources === sources && given.description.objectName === objectName) return;
  const says = `${given.description.objectName} (${given.sources})`;
  const shown = `the sources differ; status shows the code made of them, ${codeHash.slice(0, 12)}`;
  throw new ConCoordError('CODE_MISMATCH', `-o says ${says}, but ${runs}: ${shown}`);
}

/** What kind of member it is, its present process says: others are told of name servers that answer now. */
function selfOf(id: number, address: string, { disk, nameService }: Settings): Member {
  const member = { id, address, durable: disk };
  return nameService === undefined ? member : { ...member, nameServer: true };
}

function newReplicaId(): number {
  return new Random(randomBytes(6).readUIntBE(0, 6)).id48();
}
