/** Pods of deploy/kubernetes without Kubernetes: processes with its command, variables, probes and names. */
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Container, Probe } from 'kubernetes-types/core/v1.d.ts';
import { parseAllDocuments } from 'yaml';
import { present } from '../../src/base/index.ts';
import type { Done, Stage } from '../end-to-end/kit.ts';
import type { Process } from '../end-to-end/process.ts';
import { need, needRoot } from './needs.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const START = join(ROOT, 'deploy/kubernetes/start.mjs');
const PROGRAM = join(ROOT, 'test/end-to-end/concoord.ts');
const PIPED = join(ROOT, 'test/end-to-end/piped.ts');
/** All of 127/8 is this machine; nobody else has these. */
const NETWORK = '127.88.0.';
const PORT = 14_000;

function container(): Container {
  const text = readFileSync(join(ROOT, 'deploy/kubernetes/concoord.yaml'), 'utf8');
  const documents = parseAllDocuments(text).map((document) => document.toJS() as { kind: string });
  const set = documents.find(({ kind }) => kind === 'StatefulSet') as StatefulSet | undefined;
  return present(set?.spec?.template.spec?.containers[0], 'the container of the pods');
}

export type ProbeName = 'startupProbe' | 'livenessProbe' | 'readinessProbe';

/** Needs root: each process has the names of the pods in an /etc/hosts of its own. */
export class Pods {
  readonly #stage: Stage;
  readonly #container = container();
  readonly #hosts: string;
  readonly #bin: string;
  readonly #addresses = new Map<number, number>();

  constructor(stage: Stage) {
    need('unshare', 'util-linux');
    need('mount', 'mount');
    needRoot('it gives processes an /etc/hosts of their own');
    this.#stage = stage;
    this.#hosts = join(stage.folder, 'hosts');
    copyFileSync('/etc/hosts', this.#hosts);
    this.#bin = join(stage.folder, 'concoord');
    writeFileSync(this.#bin, `#!/bin/sh\nexec '${process.execPath}' '${PROGRAM}' "$@"\n`);
    chmodSync(this.#bin, 0o755);
  }

  nameOf(pod: number): string {
    return `concoord-${pod}.concoord.test.svc`;
  }

  /** The address of its replica by number, as this process reaches it. */
  addressOf(pod: number): string {
    return `${NETWORK}${present(this.#addresses.get(pod), 'the address of the pod')}:${PORT}`;
  }

  directoryOf(pod: number): string {
    return join(this.#stage.folder, `pod-${pod}`, 'replica');
  }

  /** From now on its name is another address, as after a move to another machine. */
  name(pod: number, last: number): void {
    this.#addresses.set(pod, last);
    const lines = [...this.#addresses].map(([one, at]) => `${NETWORK}${at} ${this.nameOf(one)}\n`);
    // In place: it is this file that is mounted.
    writeFileSync(this.#hosts, `127.0.0.1 localhost\n${lines.join('')}`);
  }

  /** Starts what the pod runs; the names of the pods must be known or come later. */
  start(pod: number): Process {
    return this.#inside(pod, process.execPath, START);
  }

  async probe(pod: number, name: ProbeName): Promise<Done> {
    const [shell = '', ...words] = (this.#container[name] as Probe).exec?.command ?? [];
    const asked = this.#inside(pod, shell, words[0] ?? '', ...words.slice(1));
    const { code } = await asked.ended();
    return { code, stdout: asked.stdout, stderr: asked.stderr };
  }

  /** What a line of the prompt prints, in a pod that has only the service to go by. */
  async says(line: string, ...pods: readonly number[]): Promise<string> {
    const bootstrap = pods.map((pod) => `${this.nameOf(pod)}:${PORT}`).join(',');
    const prompt = this.#inside(99, process.execPath, PIPED, 'repl', bootstrap);
    prompt.child.stdin?.end(`${line}\n`);
    await prompt.ended();
    return prompt.stdout.trim() + prompt.stderr;
  }

  #inside(pod: number, engine: string, main: string, ...args: readonly string[]): Process {
    const script = 'mount --bind "$0" /etc/hosts && exec "$@"';
    const prefix = ['unshare', '--mount', 'sh', '-c', script, this.#hosts];
    return this.#stage.start(args, { prefix, engine, main, env: this.#variables(pod) });
  }

  #variables(pod: number): NodeJS.ProcessEnv {
    const known = new Map([
      ['POD_NAME', `concoord-${pod}`],
      ['NAMESPACE', 'test'],
    ]);
    for (const { name, value } of this.#container.env ?? []) {
      if (value === undefined) continue;
      known.set(
        name,
        value.replaceAll(/\$\((\w+)\)/g, (_, other: string) => known.get(other) ?? ''),
      );
    }
    return {
      ...Object.fromEntries(known),
      PATH: `${this.#stage.folder}:${process.env['PATH']}`,
      CONCOORD_PROGRAM: PROGRAM,
      CONCOORD_DIRECTORY: this.directoryOf(pod),
    };
  }
}
