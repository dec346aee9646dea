/** Nodes that are folders of this machine, set up for `openreplica`, and an operator. */
import { equal } from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setUp } from '../../src/launcher/index.ts';
import { FakeNodes, freightOf, sourcesAsBundle } from '../../src/launcher/nodes-test-kit.ts';
import { Stage } from './kit.ts';
import type { Done } from './kit.ts';

const MAIN = fileURLToPath(new URL('./openreplica.ts', import.meta.url));

interface Replica {
  readonly address: string;
  readonly state: string;
  readonly restarts: number;
  readonly members: readonly string[];
}

/** Nodes that are registered and set up, and an operator. */
export class Site implements AsyncDisposable {
  readonly nodes: FakeNodes;
  readonly #stage = new Stage();

  private constructor(nodes: FakeNodes) {
    this.nodes = nodes;
  }

  static async of(...hosts: readonly string[]): Promise<Site> {
    const site = new Site(new FakeNodes(...hosts));
    if (hosts.length > 0) equal((await site.run('addnode', ...hosts)).code, 0);
    await Promise.all(hosts.map((host) => site.setUp(host)));
    return site;
  }

  async setUp(host: string): Promise<void> {
    await setUp(this.nodes.login(host), freightOf(sourcesAsBundle()), () => undefined);
  }

  async run(...args: readonly string[]): Promise<Done> {
    const token = process.env['CONCOORD_TOKEN'] ?? '';
    const started = this.#stage.start(args, { main: MAIN, env: { CONCOORD_TOKEN: token } });
    started.child.stdin?.end();
    const { code } = await started.ended();
    return { code, stdout: started.stdout, stderr: started.stderr };
  }

  async replicas(host: string): Promise<readonly Replica[]> {
    const { stdout } = await this.run('status', '--json', host);
    const [listed] = JSON.parse(stdout) as readonly { readonly replicas?: readonly Replica[] }[];
    return listed?.replicas ?? [];
  }

  kill(host: string, what: 'replica' | 'supervisor'): void {
    const root = join(this.nodes.home(host), '.concoord', 'replicas');
    const [name = ''] = readdirSync(root);
    const supervisor = Number(readFileSync(join(root, name, 'owner'), 'utf8'));
    const children = readFileSync(`/proc/${supervisor}/task/${supervisor}/children`, 'utf8');
    process.kill(
      what === 'replica' ? Number(children.trim().split(' ')[0]) : supervisor,
      'SIGKILL',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.run('stop', '--all');
    await this.#stage[Symbol.asyncDispose]();
    this.nodes[Symbol.dispose]();
  }
}
