import { text } from 'node:stream/consumers';
import type { Command } from 'commander';
import { callAgent } from '../launcher/index.ts';
import { loginsOf, onEach, sumUp } from './openreplica-kit.ts';
import type { Finish } from './openreplica.ts';
import { print, UsageError } from './output.ts';

/** `route53`: the credentials that a node publishes with. */
export function addRoute53(program: Command, finish: Finish): void {
  program
    .command('route53')
    .description('store AWS credentials on a node, for replica -n DOMAIN -r')
    .argument('<host>', 'node')
    .argument('<id>', 'AWS_ACCESS_KEY_ID')
    .argument('<key>', 'AWS_SECRET_ACCESS_KEY; - reads it from standard input')
    .action(async (host: string, id: string, key: string) => finish(await route53(host, id, key)));
}

async function route53(host: string, id: string, given: string): Promise<number> {
  const key = given === '-' ? (await text(process.stdin)).trim() : given;
  for (const value of [id, key]) {
    if (!/^[\x21-\x7e]{1,256}$/.test(value)) {
      throw new UsageError(
        'route53: an id and a key are letters, digits and signs, without spaces',
      );
    }
  }
  const outcomes = await onEach(loginsOf([host]), async (login) => {
    print(`Adding Route53 Credentials on : ${login.host}`);
    const { said } = await callAgent(login, { do: 'route53', id, key });
    if (said !== '') print(said);
  });
  return sumUp(outcomes, 'have them');
}
