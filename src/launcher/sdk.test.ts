import { equal, match } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { join } from 'node:path';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setUp } from './install.ts';
import { FakeNodes, freightOf, sourcesAsBundle } from './nodes-test-kit.ts';
import { carrySdk } from './sdk.ts';

test('the SDK of Route 53 goes to a node once, and every version there finds it', async () => {
  using nodes = new FakeNodes('h1');
  const login = nodes.login('h1');
  const { id } = await setUp(login, freightOf(sourcesAsBundle()), () => undefined);
  const said: string[] = [];

  await carrySdk(login, (text) => said.push(text));
  await carrySdk(login, (text) => said.push(text));

  equal(said.join(), 'copying @aws-sdk/client-route-53');
  const program = join(nodes.home('h1'), '.concoord', 'versions', id, 'dist', 'uses.js');
  writeFileSync(
    program,
    `const { Route53Client, ListHostedZonesCommand } = await import('@aws-sdk/client-route-53');
    const client = new Route53Client({ region: 'us-east-1', endpoint: 'http://127.0.0.1:1', maxAttempts: 1,
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' } });
    await client.send(new ListHostedZonesCommand({})).catch((error) => console.log(error.code));`,
  );
  const { stderr, stdout } = spawnSync(process.execPath, [program], { encoding: 'utf8' });
  match(stdout, /^ECONNREFUSED$/m, stderr);
});

test('one that npm has installed there is not installed again', async () => {
  using nodes = new FakeNodes('h1');
  const login = nodes.login('h1');
  await setUp(login, freightOf(sourcesAsBundle()), () => undefined);
  const folder = join(nodes.home('h1'), '.concoord/node_modules/@aws-sdk/client-route-53');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "main": "./dist-cjs/index.js" }');
  const said: string[] = [];

  await carrySdk(login, (text) => said.push(text));

  equal(said.join(), '');
});
