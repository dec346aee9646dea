import { ConnectionError, SERVICE_LABELS } from '../base/index.ts';

export interface NameFailureDetails {
  readonly absent?: boolean;
  readonly remedy?: string;
}

/** A name leads to no address. */
export class NameFailure extends ConnectionError {
  /** A domain of which whoever knows it says that no replicas are there: there is no use in asking on. */
  readonly absent: boolean;

  /** For a list in which the name stands already. */
  readonly why: string;

  constructor(message: string, why: string, { absent, remedy }: NameFailureDetails = {}) {
    super(message, { remedy: remedy ?? REMEDY });
    this.why = why;
    this.absent = absent ?? false;
  }
}

const REMEDY =
  'Check that its name server runs and is reachable, or name members as host:port beside the domain.';

/** What `node:dns` and the system say of names. */
const REASONS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'its name server does not answer',
  EAI_NONAME: 'it does not exist',
  EBADNAME: 'it is no name',
  EBADRESP: 'its name server answers what is no answer',
  ECANCELLED: 'its name server does not answer in time',
  ECONNREFUSED: 'nobody listens where its name server should be',
  EFORMERR: 'its name server does not understand the question',
  ENODATA: 'it has no address',
  ENOTFOUND: 'it does not exist',
  ENOTIMP: 'its name server does not know such questions',
  EREFUSED: 'the name server refuses to answer for it',
  ESERVFAIL: 'its name server fails',
  ETIMEOUT: 'its name server does not answer in time',
};

export function codeOf(error: unknown): string {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return code ?? '';
}

/** @param name What was asked. */
export function explainName(name: string, error: unknown): NameFailure {
  if (error instanceof NameFailure) return error;
  const code = codeOf(error);
  const reason = REASONS[code] ?? 'it could not be resolved';
  const why = code === '' ? reason : `${reason} (${code})`;
  return new NameFailure(`${name}: ${why}`, why);
}

/** @param exists Whether the domain has other records. */
export function noService(domain: string, exists: boolean): NameFailure {
  const remedy = exists
    ? `Name members as host:port, such as ${domain}:14000; a domain without a port needs SRV records.`
    : 'Correct the domain, or name members as host:port.';
  const why = exists
    ? `lists no replicas: it has no SRV records at ${SERVICE_LABELS}.${domain}`
    : 'does not exist';
  const message = exists ? `${domain} ${why}` : `the domain ${domain} ${why}`;
  return new NameFailure(message, why, { absent: true, remedy });
}
