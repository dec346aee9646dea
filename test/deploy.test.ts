/** The files in deploy/, as far as they can be judged without the systems that they are for. */
import { deepEqual, equal, match, ok } from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { validate } from 'dockerfile-utils';
import { parseAllDocuments } from 'yaml';
import type { PodDisruptionBudget } from 'kubernetes-types/policy/v1.d.ts';
import type { StatefulSet } from 'kubernetes-types/apps/v1.d.ts';
import type { Service } from 'kubernetes-types/core/v1.d.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const KUBERNETES = 'deploy/kubernetes/concoord.yaml';
const TSC = join(ROOT, 'node_modules/typescript/bin/tsc');
const TYPES = dirname(createRequire(import.meta.url).resolve('kubernetes-types/package.json'));

interface Manifests {
  readonly service: Service;
  readonly budget: PodDisruptionBudget;
  readonly set: StatefulSet;
}

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

/** Every document of a file; YAML that says something twice, or what is no YAML, fails. */
function documentsOf(path: string): readonly unknown[] {
  return parseAllDocuments(read(path), { strict: true, uniqueKeys: true }).map((document) => {
    deepEqual([...document.errors, ...document.warnings], []);
    return document.toJS() as unknown;
  });
}

function manifests(): Manifests {
  const all = documentsOf(KUBERNETES);
  deepEqual(
    all.map((one) => (one as { kind: string }).kind),
    ['Service', 'PodDisruptionBudget', 'StatefulSet'],
  );
  const [service, budget, set] = all as [Service, PodDisruptionBudget, StatefulSet];
  return { service, budget, set };
}

/** What the compiler has to say of them against the types that are made of the schemas of Kubernetes 1.30. */
function judged(documents: readonly unknown[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'concoord-deploy-'));
  try {
    const kinds = ['core/v1', 'policy/v1', 'apps/v1'];
    const names = ['Service', 'PodDisruptionBudget', 'StatefulSet'];
    const lines = documents.flatMap((document, index) => [
      `import type { ${names[index]} } from '${TYPES}/${kinds[index]}.d.ts';`,
      `export const d${index}: ${names[index]} = ${JSON.stringify(document, undefined, 1)};`,
    ]);
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'));
    const target = { module: 'esnext', moduleResolution: 'bundler', target: 'es2023' };
    const checks = { noEmit: true, strict: true, skipLibCheck: true, types: [] };
    const compilerOptions = { ...target, ...checks, allowImportingTsExtensions: true };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions }));
    const words = [TSC, '-p', folder];
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8' });
    equal(status === 0, stdout === '', stdout);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('the manifests have the fields of their kinds, and no others', () => {
  const { service, budget, set } = manifests();
  equal(judged([service, budget, set]), '');

  const { spec } = structuredClone(set);
  ok(spec !== undefined);
  const misspelt = { ...set, spec: { ...spec, podManagmentPolicy: 'Parallel' } };
  match(judged([service, budget, misspelt]), /podManagmentPolicy/);
  const wrongType = { ...set, spec: { ...spec, replicas: '3' } };
  match(judged([service, budget, wrongType]), /'string' is not assignable to type 'number'/);
});

test('what the manifests say of one another fits', () => {
  const { service, budget, set } = manifests();
  const { template, ...spec } = set.spec ?? ({} as never);
  const labels = template.metadata?.labels;
  deepEqual(service.spec?.selector, labels);
  deepEqual(budget.spec?.selector?.matchLabels, labels);
  deepEqual(spec.selector.matchLabels, labels);
  equal(spec.serviceName, service.metadata?.name);
  const pod = template.spec ?? ({} as never);
  deepEqual(
    pod.affinity?.podAntiAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.map(
      ({ labelSelector }) => labelSelector?.matchLabels,
    ),
    [labels],
  );

  const [container, ...more] = pod.containers;
  ok(container !== undefined);
  deepEqual(more, []);
  const valueOf = (name: string): string | undefined =>
    container.env?.find((variable) => variable.name === name)?.value;
  equal(valueOf('REPLICAS'), String(spec.replicas));
  equal(valueOf('SERVICE'), `${spec.serviceName}.$(NAMESPACE).svc`);
  ok((container.env ?? []).findIndex(({ name }) => name === 'NAMESPACE') >= 0);
  deepEqual(
    service.spec?.ports?.map(({ targetPort }) => targetPort),
    [container.ports?.[0]?.name],
  );

  const volumes = pod.volumes?.map(({ name }) => name) ?? [];
  const claims = spec.volumeClaimTemplates?.map(({ metadata }) => metadata?.name) ?? [];
  const mounted = container.volumeMounts?.map(({ name }) => name) ?? [];
  deepEqual(new Set(mounted), new Set([...volumes, ...claims]));
});

test('replicas find one another before they are ready, and after an outage of all', () => {
  const { service, budget, set } = manifests();
  equal(service.spec?.publishNotReadyAddresses, true);
  equal(service.spec?.clusterIP, 'None');
  equal(set.spec?.podManagementPolicy, 'Parallel');
  equal(budget.spec?.maxUnavailable, 1);
  const grace = set.spec?.template.spec?.terminationGracePeriodSeconds ?? 0;
  ok(grace >= 20, 'handing over takes 10 s');
});

test('a pod is restarted for what it is itself, and ready when it votes', () => {
  const { set } = manifests();
  const container = set.spec?.template.spec?.containers[0];
  const words = (probe?: { exec?: { command?: string[] } }): string | undefined =>
    probe?.exec?.command?.at(-1);
  match(words(container?.livenessProbe) ?? '', /^exec concoord health .* --live$/);
  equal(words(container?.startupProbe), words(container?.livenessProbe));
  match(
    words(container?.readinessProbe) ?? '',
    /^exec concoord health "\$POD_NAME\.\$SERVICE:14000"$/,
  );
});

test('the kustomization brings the start script under the name that the pods mount', () => {
  const { set } = manifests();
  const [kustomization] = documentsOf('deploy/kubernetes/kustomization.yaml') as [
    { resources: string[]; configMapGenerator: { name: string; files: string[] }[] },
  ];
  deepEqual(kustomization.resources, ['concoord.yaml']);
  const [map] = kustomization.configMapGenerator;
  deepEqual(map?.files, ['start.mjs']);
  const pod = set.spec?.template.spec;
  const volume = pod?.volumes?.find(({ configMap }) => configMap?.name === map?.name);
  const mount = pod?.containers[0]?.volumeMounts?.find(({ name }) => name === volume?.name);
  deepEqual(pod?.containers[0]?.command, ['node', `${mount?.mountPath}/start.mjs`]);
});

test('the linter has nothing to say of the Dockerfile', () => {
  const text = read('deploy/docker/Dockerfile');
  deepEqual(validate(text), []);
  ok(validate(text.replace('ENTRYPOINT [', 'ENTRYPONT [')).length > 0, 'it would have');
  const stages = text.split(/^FROM /m).slice(1);
  equal(stages.length, 2);
  match(stages[1] ?? '', /^USER node$/m);
  match(stages[1] ?? '', /^COPY --from=build /m);
  match(stages[0] ?? '', / AS build$/m);
});

test('all of them agree where the program lies and which port is used', () => {
  const program = '/opt/concoordserver/bin/concoord.js';
  for (const path of ['docker/Dockerfile', 'kubernetes/start.mjs', 'systemd/concoord@.service']) {
    ok(read(`deploy/${path}`).includes(program), path);
  }
  match(read('deploy/docker/Dockerfile'), /^EXPOSE 14000$/m);
});
