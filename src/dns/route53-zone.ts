import type * as Sdk from '@aws-sdk/client-route-53';
import { ConCoordError } from '../base/index.ts';
import type { Logger } from '../platform/index.ts';
import type { Account } from './route53-account.ts';
import { placesOf } from './route53-plan.ts';
import type { Change, Place, ZoneSet } from './route53-plan.ts';
import { ZoneFailure } from './route53-publisher.ts';
import type { FailureKind, ZonePort } from './route53-publisher.ts';

/** Nobody waits for an answer longer than this. */
const CALL_MS = 15_000;
const MOST_MESSAGE = 300;
/** A zone that never ends must not hold us: so many pages are far beyond what a domain of ours has. */
const MOST_PAGES = 50;

/** What passes by itself, whatever the status is that comes with it. */
const PASSING: ReadonlySet<string> = new Set([
  'PriorRequestNotComplete',
  'RequestLimitExceeded',
  'RequestThrottled',
  'ServiceUnavailable',
  'SlowDown',
  'Throttling',
  'ThrottlingException',
  'TooManyRequestsException',
]);
const OF_CREDENTIALS: ReadonlySet<string> = new Set([
  'ExpiredToken',
  'ExpiredTokenException',
  'IncompleteSignature',
  'InvalidClientTokenId',
  'InvalidSignatureException',
  'MissingAuthenticationToken',
  'SignatureDoesNotMatch',
  'UnrecognizedClientException',
]);

export interface HostedZoneOptions {
  readonly domain: string;
  /** Which zone, where the name does not say it: its id. */
  readonly zoneId: string | undefined;
  /** Opens the account, anew after its credentials were refused. */
  readonly open: () => Promise<Account>;
  readonly logger: Logger;
}

interface Found {
  readonly id: string;
  readonly name: string;
}

/** The hosted zone at Amazon that has a domain. */
export class HostedZone implements ZonePort {
  readonly #options: HostedZoneOptions;
  #account: Account | undefined;
  #zone: Found | undefined;

  constructor(options: HostedZoneOptions) {
    this.#options = options;
  }

  close(): void {
    this.#account?.client.destroy();
    this.#account = undefined;
  }

  /** Whether the credentials are good, and there is a zone for the domain. */
  async check(signal: AbortSignal): Promise<void> {
    await this.#call(async (account) => void (await this.#find(account, signal)));
  }

  read(signal: AbortSignal): Promise<readonly ZoneSet[]> {
    const places = placesOf(this.#options.domain);
    return this.#call(async (account) => {
      const { id } = await this.#find(account, signal);
      const found: ZoneSet[] = [];
      for (const place of places) found.push(...(await list(account, id, place, signal)));
      return found;
    });
  }

  change(changes: readonly Change[], comment: string, signal: AbortSignal): Promise<string> {
    return this.#call(async (account) => {
      const { id } = await this.#find(account, signal);
      const command = new account.sdk.ChangeResourceRecordSetsCommand({
        HostedZoneId: id,
        ChangeBatch: { Comment: comment, Changes: changes.map(encodeChange) },
      });
      const { ChangeInfo } = await send(signal, (abortSignal) =>
        account.client.send(command, { abortSignal }),
      );
      return ChangeInfo?.Id?.replace(/^\/change\//, '') ?? '';
    });
  }

  isInSync(batch: string, signal: AbortSignal): Promise<boolean> {
    return this.#call(async ({ client, sdk }) => {
      const command = new sdk.GetChangeCommand({ Id: batch });
      const { ChangeInfo } = await send(signal, (abortSignal) =>
        client.send(command, { abortSignal }),
      );
      return ChangeInfo?.Status === 'INSYNC';
    });
  }

  async #call<T>(work: (account: Account) => Promise<T>): Promise<T> {
    try {
      this.#account ??= await this.#options.open();
      return await work(this.#account);
    } catch (error) {
      const failure = failureOf(error);
      if (failure.kind === 'refused') {
        // Whoever mends it should not have to restart the replica.
        this.close();
        this.#zone = undefined;
      }
      throw failure;
    }
  }

  async #find(account: Account, signal: AbortSignal): Promise<Found> {
    if (this.#zone !== undefined) return this.#zone;
    const { domain, zoneId, logger } = this.#options;
    const found =
      zoneId === undefined
        ? await searchZone(account, domain, signal, logger)
        : await namedZone(account, domain, zoneId, signal);
    logger.info(
      `${domain} has its place in Route 53 in the hosted zone ${found.id} (${found.name})`,
    );
    this.#zone = found;
    return found;
  }
}

async function send<T>(
  signal: AbortSignal,
  request: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const patience = AbortSignal.timeout(CALL_MS);
  try {
    return await request(AbortSignal.any([signal, patience]));
  } catch (error) {
    if (!patience.aborted) throw error;
    const fact = `Route 53 does not answer within ${CALL_MS / 1000} s`;
    throw new ZoneFailure('unavailable', fact, { cause: error });
  }
}

/** The public zone with the longest name that the domain ends with. */
async function searchZone(
  { client, sdk }: Account,
  domain: string,
  signal: AbortSignal,
  logger: Logger,
): Promise<Found> {
  const labels = domain.split('.');
  const skipped: Found[] = [];
  for (let from = 0; from < labels.length; from++) {
    const name = labels.slice(from).join('.');
    const command = new sdk.ListHostedZonesByNameCommand({ DNSName: name, MaxItems: 100 });
    const { HostedZones = [] } = await send(signal, (abortSignal) =>
      client.send(command, { abortSignal }),
    );
    const same = HostedZones.filter((zone) => plainName(zone.Name) === name);
    const open = same
      .filter((zone) => zone.Config?.PrivateZone !== true)
      .map((zone) => idOf(zone.Id));
    const closed = same.filter((zone) => zone.Config?.PrivateZone === true);
    skipped.push(...closed.map((zone) => ({ id: idOf(zone.Id), name })));
    const [id, another] = open;
    if (another !== undefined) {
      throw new ZoneFailure(
        'refused',
        `${open.length} hosted zones are called ${name}: ${open.join(', ')}`,
        {
          remedy: 'Say which with --hosted-zone ID: the one that the registrar delegates to.',
        },
      );
    }
    if (id === undefined) continue;
    for (const zone of skipped)
      logger.info(`the private hosted zone ${zone.id} (${zone.name}) is passed over`);
    return { id, name };
  }
  const apart = skipped.map(({ id }) => id).join(', ');
  const besides = apart === '' ? '' : `; private ones are passed over (${apart})`;
  throw new ZoneFailure('refused', `the account has no hosted zone for ${domain}${besides}`, {
    remedy:
      apart === ''
        ? 'Create one for it, or for a domain above it, in the console of Route 53.'
        : 'Create a public one, or choose the private one with --hosted-zone ID.',
  });
}

async function namedZone(
  { client, sdk }: Account,
  domain: string,
  zoneId: string,
  signal: AbortSignal,
): Promise<Found> {
  const command = new sdk.GetHostedZoneCommand({ Id: zoneId });
  const { HostedZone: zone } = await send(signal, (abortSignal) =>
    client.send(command, { abortSignal }),
  );
  const name = plainName(zone?.Name);
  if (domain !== name && !domain.endsWith(`.${name}`)) {
    throw new ZoneFailure(
      'refused',
      `the hosted zone ${zoneId} is ${name}, and ${domain} is not in it`,
      {
        remedy: 'Correct --hosted-zone, or leave it out.',
      },
    );
  }
  return { id: idOf(zone?.Id), name };
}

async function list(
  { client, sdk }: Account,
  zoneId: string,
  { from, fits }: Place,
  signal: AbortSignal,
): Promise<ZoneSet[]> {
  const found: ZoneSet[] = [];
  let start: Partial<Sdk.ListResourceRecordSetsCommandInput> = { StartRecordName: from };
  for (let page = 0; page < MOST_PAGES; page++) {
    const command = new sdk.ListResourceRecordSetsCommand({ HostedZoneId: zoneId, ...start });
    const answer = await send(signal, (abortSignal) => client.send(command, { abortSignal }));
    const sets = (answer.ResourceRecordSets ?? []).map(decodeSet);
    const end = sets.findIndex(({ name }) => !fits(name));
    found.push(...(end < 0 ? sets : sets.slice(0, end)));
    if (end >= 0 || answer.IsTruncated !== true) return found;
    start = {
      StartRecordName: answer.NextRecordName,
      StartRecordType: answer.NextRecordType,
      StartRecordIdentifier: answer.NextRecordIdentifier,
    };
  }
  throw new ZoneFailure('refused', `the hosted zone ${zoneId} has too many records at ${from}`);
}

function decodeSet(set: Sdk.ResourceRecordSet): ZoneSet {
  const { Name, Type = '', TTL, ResourceRecords = [] } = set;
  const isPlain =
    TTL !== undefined &&
    ResourceRecords.length > 0 &&
    set.AliasTarget === undefined &&
    set.SetIdentifier === undefined &&
    set.HealthCheckId === undefined &&
    set.TrafficPolicyInstanceId === undefined;
  const values = ResourceRecords.map(({ Value = '' }) => Value);
  return { name: plainName(Name), type: Type, ttl: TTL ?? 0, values, plain: isPlain };
}

function encodeChange({ action, set }: Change): Sdk.Change {
  return {
    Action: action,
    ResourceRecordSet: {
      Name: `${set.name}.`,
      Type: set.type as Sdk.RRType,
      TTL: set.ttl,
      ResourceRecords: set.values.map((value) => ({ Value: value })),
    },
  };
}

function plainName(name = ''): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function idOf(id = ''): string {
  return id.replace(/^\/hostedzone\//, '');
}

function failureOf(error: unknown): ZoneFailure {
  if (error instanceof ZoneFailure) return error;
  if (error instanceof ConCoordError) {
    return new ZoneFailure('refused', error.message, { cause: error, remedy: error.remedy });
  }
  const { name = '', message = '', $metadata } = error as Partial<Sdk.Route53ServiceException>;
  const status = $metadata?.httpStatusCode;
  // From outside, and shown to people: one line of an endurable length.
  const said = message.replaceAll(/\p{Cc}+/gu, ' ').slice(0, MOST_MESSAGE);
  const kind = kindOf(name, status);
  if (kind === 'unavailable') {
    return new ZoneFailure(kind, `Route 53 cannot be reached, or is busy: ${said || name}`, {
      cause: error,
    });
  }
  const fact = `${said} (${name || status})`;
  if (!OF_CREDENTIALS.has(name)) {
    return new ZoneFailure(kind, `Route 53 refuses: ${fact}`, { cause: error });
  }
  return new ZoneFailure(kind, `Route 53 refuses the credentials: ${fact}`, {
    cause: error,
    remedy:
      'Correct AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, the profile, or what route53id and ' +
      'route53key stored.',
  });
}

function kindOf(name: string, status: number | undefined): FailureKind {
  // The second is how the SDK reads it in the form that Amazon describes.
  if (name === 'InvalidChangeBatch' || (name === 'Unknown' && status === 400)) return 'conflict';
  if (name === 'CredentialsProviderError') return 'refused';
  if (PASSING.has(name) || status === undefined || status >= 500) return 'unavailable';
  return status === 408 || status === 429 ? 'unavailable' : 'refused';
}
