/** A network of its own in which port 53 is ours, names are resolved by unbound, and nothing else is. */
import { execFile, execFileSync, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { eventually } from '../end-to-end/kit.ts';
import { need, needRoot } from './needs.ts';

/** Where unbound listens, and resolv.conf points. */
const RESOLVER = '127.0.0.100';
const TOOLS = {
  ip: 'iproute2',
  dig: 'bind9-dnsutils',
  delv: 'bind9-dnsutils',
  host: 'bind9-host',
  kdig: 'knot-dnsutils',
  drill: 'ldnsutils',
  unbound: 'unbound',
  setpriv: 'util-linux',
} as const;

const run = promisify(execFile);

export class NameSpace {
  readonly prefix: readonly string[];
  readonly #name = `ccdns${process.pid}`;
  readonly #etc = `/etc/netns/${this.#name}`;
  #unbound: ChildProcess | undefined;

  constructor() {
    for (const [program, debianPackage] of Object.entries(TOOLS)) need(program, debianPackage);
    needRoot('it makes network namespaces');
    this.prefix = ['ip', 'netns', 'exec', this.#name];
    // Where it is, it stands in the place of the machine's own, for whoever is started by `ip netns exec`.
    mkdirSync(this.#etc, { recursive: true });
    writeFileSync(join(this.#etc, 'resolv.conf'), `nameserver ${RESOLVER}\n`);
    execFileSync('ip', ['netns', 'add', this.#name]);
    execFileSync('ip', ['-n', this.#name, 'link', 'set', 'lo', 'up']);
  }

  /** Runs a line as somebody in this network types it; returns what it prints. */
  async type(line: string): Promise<string> {
    const words = [...this.prefix, 'bash', '-c', line];
    try {
      return (await run(words[0] as string, words.slice(1))).stdout;
    } catch (error) {
      // Some of the tools call an empty answer a failure.
      const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
      return stdout + stderr;
    }
  }

  /** The same in the network of the machine. */
  async typeOutside(line: string): Promise<string> {
    return (await run('bash', ['-c', line])).stdout;
  }

  /** Starts unbound, which asks these servers for the domain, as it would after a delegation. */
  async resolve(domain: string, servers: readonly string[], folder: string): Promise<void> {
    const file = join(folder, 'unbound.conf');
    const lines = [
      'server:',
      `interface: ${RESOLVER}`,
      'do-daemonize: no',
      'use-syslog: no',
      'chroot: ""',
      'username: ""',
      'pidfile: ""',
      `directory: "${folder}"`,
      'do-not-query-localhost: no',
      'module-config: "iterator"',
      'qname-minimisation: yes',
      'use-caps-for-id: yes',
      // Otherwise it says of its own accord that names under it do not exist (RFC 6761).
      'local-zone: "test." nodefault',
      // A server that was tried while it was dead is tried again soon. One that is dead is not waited for
      // ever longer: when half of them were, one question in five had no answer within nine seconds.
      'infra-host-ttl: 1',
      'unknown-server-time-limit: 100',
      'infra-cache-max-rtt: 200',
      // Otherwise who has waited for two seconds is not told at all, and what was found is stale by then.
      'discard-timeout: 0',
      'remote-control:',
      'control-enable: no',
      'stub-zone:',
      `name: "${domain}"`,
      ...servers.map((server) => `stub-addr: ${server}`),
      '',
    ];
    writeFileSync(file, lines.join('\n'));
    const words = [...this.prefix, 'unbound', '-d', '-c', file];
    this.#unbound = spawn(words[0] as string, words.slice(1), { stdio: 'ignore' });
    await eventually('unbound answers', async () => {
      const text = await this.type(`dig +tries=1 +time=1 -t txt ${domain}`);
      return /status: (?:NOERROR|NXDOMAIN|SERVFAIL)/.test(text) ? true : undefined;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#unbound?.exitCode === null) {
      this.#unbound.kill('SIGKILL');
      await once(this.#unbound, 'exit');
    }
    execFileSync('ip', ['netns', 'delete', this.#name]);
    rmSync(this.#etc, { recursive: true });
  }
}
