import type * as Sdk from '@aws-sdk/client-route-53';
import { ConCoordError } from '../base/index.ts';
import { SettingsFile } from '../platform/index.ts';
import { ZoneFailure } from './route53-publisher.ts';

/** As the original had it: an INI file with one section. */
const FILE = 'route53.cfg';
const SECTION = 'ENVIRONMENT';
const ID = 'aws_access_key_id';
const SECRET = 'aws_secret_access_key';
/** Route 53 is one for all regions; this is the one that its requests are signed for. */
const DEFAULT_REGION = 'us-east-1';

export type KeyPart = 'id' | 'secret';

const NAMES: Readonly<Record<KeyPart, string>> = { id: ID, secret: SECRET };

export interface StoredKeys {
  readonly id: string | undefined;
  readonly secret: string | undefined;
}

/** The key of an account at Amazon, in the user's configuration folder. */
export class KeyStore {
  readonly #file: SettingsFile;

  constructor(environment: NodeJS.ProcessEnv = process.env) {
    this.#file = new SettingsFile(FILE, environment);
  }

  get path(): string {
    return this.#file.path;
  }

  read(): StoredKeys {
    const section = this.#file.read().get(SECTION);
    return { id: section?.get(ID) || undefined, secret: section?.get(SECRET) || undefined };
  }

  /** Returns whether it was there already. */
  store(part: KeyPart, value: string): boolean {
    return this.#file.update((settings) => {
      const section = settings.get(SECTION) ?? new Map<string, string>();
      settings.set(SECTION, section);
      const isThere = section.get(NAMES[part]) === value;
      section.set(NAMES[part], value);
      return isThere;
    });
  }
}

interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Account {
  readonly sdk: typeof Sdk;
  readonly client: Sdk.Route53Client;
}

/** How the SDK is found; tests have another way. */
export type LoadSdk = () => Promise<typeof Sdk>;

/** @throws ConCoordError `ROUTE53` when the package is not installed. */
export async function loadSdk(
  load: LoadSdk = () => import('@aws-sdk/client-route-53'),
): Promise<typeof Sdk> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing = code === 'ERR_MODULE_NOT_FOUND' || code === 'MODULE_NOT_FOUND';
    const fact = isMissing ? 'is not installed' : `cannot be loaded: ${message}`;
    throw new ConCoordError(
      'ROUTE53',
      `-r needs the package @aws-sdk/client-route-53, which ${fact}`,
      {
        remedy: 'Install it beside concoord: npm install @aws-sdk/client-route-53',
        cause: error,
      },
    );
  }
}

/**
 * A client with the credentials and the region that the SDK finds by itself: in the environment, in
 * profiles, in the machine's role. What was stored here counts only where there are none.
 *
 * @throws ZoneFailure when there are no credentials anywhere.
 */
export async function openAccount(sdk: typeof Sdk, keys: KeyStore): Promise<Account> {
  // It alone knows the chain, and where regions and endpoints come from; it opens no connection.
  const finder = new sdk.Route53Client({});
  const region = await finder.config.region().catch(() => DEFAULT_REGION);
  const find = finder.config.credentials;
  const credentials = await find().then(
    // Those of a role end, and are found anew.
    () => find,
    (error: Error) => storedCredentials(keys, error),
  );
  return { sdk, client: new sdk.Route53Client({ region, credentials }) };
}

/** @param error Why there are none in the chain. */
function storedCredentials(keys: KeyStore, error: Error): AwsKey {
  const { id, secret } = keys.read();
  if (id !== undefined && secret !== undefined) return { accessKeyId: id, secretAccessKey: secret };
  const remedy =
    'Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or store them: concoord route53id ID, ' +
    'then concoord route53key - (reads the secret from stdin).';
  if (id === undefined && secret === undefined) {
    const fact = `neither the environment, nor a profile or role, nor ${keys.path} has any`;
    const message = `no credentials for Route 53: ${fact} (${error.message})`;
    throw new ZoneFailure('refused', message, { remedy });
  }
  const missing = id === undefined ? 'the id of the key' : 'the secret of the key';
  throw new ZoneFailure('refused', `no credentials for Route 53: ${keys.path} lacks ${missing}`, {
    remedy,
  });
}
