import assert, { deepEqual, equal } from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { before, test } from 'node:test';
import { ChangeResourceRecordSetsCommand, Route53Client } from '@aws-sdk/client-route-53';
import { refusalOf, stampMs } from './sig-v4.ts';
import type { SignedRequest } from './sig-v4.ts';
import { KNOWN } from './stand-in.ts';

let signed: SignedRequest;

/** As the SDK of Amazon signs a request with a body. */
before(async () => {
  const parts: Buffer[] = [];
  const server = createServer((request, response) => {
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { headers, method = '', url: target = '' } = request;
      signed = { headers, method, target, body: Buffer.concat(parts) };
      response.writeHead(400).end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = new Route53Client({
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: KNOWN.id, secretAccessKey: KNOWN.secret },
    maxAttempts: 1,
  });
  const set = { Name: 'a.test', Type: 'A' as const, TTL: 1, ResourceRecords: [{ Value: '::' }] };
  const Changes = [{ Action: 'UPSERT' as const, ResourceRecordSet: set }];
  const command = new ChangeResourceRecordSetsCommand({
    HostedZoneId: 'Z1',
    ChangeBatch: { Changes },
  });
  await client.send(command).catch(() => undefined);
  client.destroy();
  server.close();
});

function codeOf(change: Partial<SignedRequest>, nowMs = Date.now()): string | undefined {
  return refusalOf({ ...signed, ...change }, [KNOWN], nowMs)?.code;
}

function headed(headers: Record<string, string | undefined>): Partial<SignedRequest> {
  return { headers: { ...signed.headers, ...headers } };
}

/** What the request itself says: whole seconds, up to one less than the clock when it was signed. */
function signedAtMs(): number {
  const atMs = stampMs(String(signed.headers['x-amz-date']));
  assert(atMs !== undefined, 'the SDK sends a time');
  return atMs;
}

test('what the SDK signs is good, and stays so for five minutes', () => {
  equal(codeOf({}), undefined);
  equal(codeOf({}, signedAtMs() + 300_000), undefined);
  equal(codeOf({}, signedAtMs() - 300_000), undefined);
  equal(codeOf({}, signedAtMs() + 300_001), 'SignatureDoesNotMatch');
  equal(codeOf({}, signedAtMs() - 300_001), 'SignatureDoesNotMatch');
});

test('a request that was changed on its way is refused, whatever was changed', () => {
  const body = Buffer.from(signed.body);
  body[body.length - 20] = 0x20;
  const { authorization = '' } = signed.headers;
  const changed: readonly Partial<SignedRequest>[] = [
    { body },
    { method: 'PUT' },
    { target: `${signed.target}?name=a` },
    { target: signed.target.replace('Z1', 'Z2') },
    headed({ host: 'other' }),
    headed({ 'x-amz-added': 'later' }),
    headed({ authorization: authorization.replace('us-east-1', 'eu-west-1') }),
    headed({ authorization: authorization.replace('/route53/', '/iam/') }),
    headed({ authorization: authorization.replace(/.$/, (last) => (last === '0' ? '1' : '0')) }),
  ];
  deepEqual(
    changed.map((one) => codeOf(one)),
    changed.map(() => 'SignatureDoesNotMatch'),
  );
});

test('without a signature, with half of one, or with a key that nobody has, it is refused', () => {
  const { authorization = '' } = signed.headers;
  const cases: readonly (readonly [Partial<SignedRequest>, string])[] = [
    [headed({ authorization: undefined }), 'MissingAuthenticationToken'],
    [headed({ authorization: 'Basic YTpi' }), 'IncompleteSignature'],
    [headed({ authorization: authorization.slice(0, -1) }), 'IncompleteSignature'],
    [headed({ 'x-amz-date': 'today' }), 'IncompleteSignature'],
    [
      headed({ authorization: authorization.replace(KNOWN.id, 'AKIANOBODY') }),
      'InvalidClientTokenId',
    ],
    [headed({ 'x-amz-security-token': 'a' }), 'SignatureDoesNotMatch'],
  ];
  for (const [change, code] of cases) equal(codeOf(change), code);
});
