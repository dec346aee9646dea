import { dirname, join } from 'node:path';
import { ConCoordError } from '../base/index.ts';
import { ConfigFile } from '../launcher/index.ts';
import { DirectoryLock, makeFolders } from '../platform/index.ts';
import { Lock } from '../proxy/index.ts';

/** Lets one maintainer of an instance work at a time; the others look on, and take over when it is gone. */
export interface MaintainerLock extends AsyncDisposable {
  /** Whether it is ours now. @throws ConCoordError when it was, and is lost. */
  isOurs(): boolean;
}

/** A file of this user: enough for all maintainers with the same configuration. */
export function localLock(instance: string): MaintainerLock {
  const folder = join(dirname(new ConfigFile().path), `maintain-${instance}`);
  makeFolders(folder, 0o700);
  let lock: DirectoryLock | undefined;
  return {
    isOurs(): boolean {
      try {
        lock ??= new DirectoryLock(folder);
        return true;
      } catch (error) {
        if (error instanceof ConCoordError && error.code === 'DATA_DIRECTORY_LOCKED') return false;
        throw error;
      }
    },
    [Symbol.asyncDispose](): Promise<void> {
      lock?.release();
      return Promise.resolve();
    },
  };
}

/** A replicated lock, an instance of its own: for maintainers on several machines. */
export function replicatedLock(addresses: string, token: string | undefined): MaintainerLock {
  const lock = new Lock(addresses, token === undefined ? {} : { token });
  const end = new AbortController();
  let lost: AbortSignal | undefined;
  let failure: unknown;
  const waiting = lock.hold({ signal: end.signal }).then(
    (held) => {
      lost = held.signal;
      return held;
    },
    (error: unknown) => {
      failure = error;
      return undefined;
    },
  );
  return {
    isOurs(): boolean {
      if (failure !== undefined) throw failure;
      if (lost?.aborted === true) throw lost.reason;
      return lost !== undefined;
    },
    async [Symbol.asyncDispose](): Promise<void> {
      end.abort();
      const held = await waiting;
      // Whoever cannot be reached lets it go when the lease ends.
      await held?.release().catch(() => undefined);
      await lock.close().catch(() => undefined);
    },
  };
}
