/** Signature Version 4 as a server checks it: from Amazon's description, with nothing of any SDK. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

export interface Credentials {
  readonly id: string;
  readonly secret: string;
  /** Of temporary credentials: must be sent, and signed. */
  readonly sessionToken?: string;
}

export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they stand in the request line. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Uint8Array;
}

export interface Refusal {
  readonly status: 400 | 403;
  readonly code: string;
  readonly message: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 +Credential=(\w+)\/(\d{8})\/([\w-]+)\/(\w+)\/aws4_request, *(SignedHeaders=.*)$/;
const REST = /^SignedHeaders=([^,\s]+), *Signature=([0-9a-f]{64})$/;
const TIME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const MOST_SKEW_MS = 300_000;
const REGION = 'us-east-1';
const SERVICE = 'route53';

/** Why a request is refused; undefined when its signature is good. */
export function refusalOf(
  request: SignedRequest,
  known: readonly Credentials[],
  nowMs: number,
): Refusal | undefined {
  const { headers } = request;
  const header = headers.authorization;
  if (header === undefined) {
    return refuse(403, 'MissingAuthenticationToken', 'Request is missing Authentication Token');
  }
  const [, id = '', date = '', region = '', service = '', rest = ''] =
    AUTHORIZATION.exec(header) ?? [];
  const [, names = '', signature = ''] = REST.exec(rest) ?? [];
  if (signature === '') {
    return refuse(400, 'IncompleteSignature', 'Authorization header is not of the form wanted');
  }
  const time = String(headers['x-amz-date'] ?? '');
  const refusal = refusalOfTime(time, date, nowMs) ?? refusalOfHeaders(headers, names.split(';'));
  if (refusal !== undefined) return refusal;
  const scope = `${date}/${region}/${service}/aws4_request`;
  if (region !== REGION || service !== SERVICE) {
    const message = `Credential should be scoped to ${REGION} and ${SERVICE}, not ${scope}`;
    return refuse(403, 'SignatureDoesNotMatch', message);
  }
  const owner = known.find((one) => one.id === id);
  const token = headers['x-amz-security-token'];
  if (owner === undefined || owner.sessionToken !== token) {
    return refuse(
      403,
      'InvalidClientTokenId',
      'The security token included in the request is invalid.',
    );
  }
  const text = ['AWS4-HMAC-SHA256', time, scope, sha256(canonical(request, names))].join('\n');
  const keys = [date, region, service, 'aws4_request'];
  const key = keys.reduce<Uint8Array>(
    (k, part) => hmac(k, part),
    Buffer.from(`AWS4${owner.secret}`),
  );
  if (!timingSafeEqual(hmac(key, text), Buffer.from(signature, 'hex'))) {
    return refuse(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  return undefined;
}

/** What an `X-Amz-Date` says, in ms since 1970: whole seconds; undefined when it is no time. */
export function stampMs(time: string): number | undefined {
  const [, year, month, day, hour, minute, second] = (TIME.exec(time) ?? []).map(Number);
  if (second === undefined) return undefined;
  return Date.UTC(year ?? 0, (month ?? 0) - 1, day, hour, minute, second);
}

function refusalOfTime(time: string, date: string, nowMs: number): Refusal | undefined {
  const at = stampMs(time);
  if (at === undefined) {
    return refuse(400, 'IncompleteSignature', `X-Amz-Date ${JSON.stringify(time)} is no time`);
  }
  if (!time.startsWith(date)) {
    return refuse(403, 'SignatureDoesNotMatch', 'Date in Credential scope does not match');
  }
  if (Math.abs(at - nowMs) <= MOST_SKEW_MS) return undefined;
  return refuse(403, 'SignatureDoesNotMatch', `Signature expired: ${time}`);
}

function refusalOfHeaders(
  headers: IncomingHttpHeaders,
  signed: readonly string[],
): Refusal | undefined {
  const must = Object.keys(headers).filter((name) => name === 'host' || name.startsWith('x-amz-'));
  const unsigned = must.find((name) => !signed.includes(name));
  if (unsigned !== undefined) {
    return refuse(403, 'SignatureDoesNotMatch', `${unsigned} must be a signed header`);
  }
  const missing = signed.find((name) => headers[name] === undefined);
  if (missing === undefined && signed.join() === signed.toSorted().join()) return undefined;
  return refuse(400, 'IncompleteSignature', 'SignedHeaders names what is not there, or unsorted');
}

function canonical({ method, target, headers, body }: SignedRequest, names: string): string {
  const [path = '', query = ''] = target.split('?', 2);
  const parameters = query
    .split('&')
    .filter((part) => part !== '')
    .map((part) => {
      const at = part.indexOf('=');
      const [name, value] = at < 0 ? [part, ''] : [part.slice(0, at), part.slice(at + 1)];
      return [encode(decodeURIComponent(name)), encode(decodeURIComponent(value))] as const;
    })
    .toSorted(([a, x], [b, y]) => compare(a, b) || compare(x, y));
  const lines = names
    .split(';')
    .map((name) => `${name}:${String(headers[name]).trim().replaceAll(/ +/g, ' ')}\n`);
  return [
    method,
    // Every service but S3 encodes the path once more.
    path.split('/').map(encode).join('/'),
    parameters.map(([name, value]) => `${name}=${value}`).join('&'),
    lines.join(''),
    names,
    sha256(body),
  ].join('\n');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function encode(text: string): string {
  return encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function refuse(status: 400 | 403, code: string, message: string): Refusal {
  return { status, code, message };
}
