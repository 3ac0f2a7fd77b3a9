import { expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { parseAllDocuments, parse } from 'yaml';
import { VARIABLES } from '../src/config-variables.js';

const textOf = (file: string) => readFileSync(new URL(`../${file}`, import.meta.url), 'utf8');
const KNOWN = new Set([...VARIABLES.map(({ name }) => name), 'NODE_ENV']);
const SECRET = ['DATABASE_URL', 'TF_OPERATOR_TOKEN'];

interface Manifest {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly data?: Readonly<Record<string, unknown>>;
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly securityContext: object;
  readonly containers: readonly {
    readonly envFrom: readonly { readonly configMapRef?: object; readonly secretRef?: object }[];
    readonly securityContext: object;
    readonly readinessProbe: object;
  }[];
  readonly volumes: readonly object[];
}

const manifests = parseAllDocuments(textOf('deploy/kubernetes/service.yaml')).map(
  (document) => document.toJS() as Manifest,
);
const pod = manifests.find(({ kind }) => kind === 'Deployment')?.spec?.template?.spec;

test('the Kubernetes manifests set only variables that there are, and no secret', () => {
  const names = manifests.flatMap(({ kind, data }) => (kind === 'ConfigMap' ? Object.keys(data ?? {}) : []));
  expect(names.length).toBeGreaterThan(5);
  expect(names.filter((name) => !KNOWN.has(name) || SECRET.includes(name))).toEqual([]);
  expect(manifests.map(({ kind }) => kind)).not.toContain('Secret');
});

test('the pod is not root, writes nowhere and is not taken out when the store is away', () => {
  expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true });
  expect(pod?.containers).toHaveLength(1);
  expect(pod?.containers[0]).toMatchObject({
    securityContext: { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } },
    readinessProbe: { httpGet: { path: '/health' } },
  });
});

test('the README of the manifests creates what they refer to', () => {
  const readme = textOf('deploy/kubernetes/README.md');
  const references = JSON.stringify(pod).match(/"name":"(troponin-first-?[a-z]*)"/g) ?? [];
  expect(references.length).toBeGreaterThan(2);
  for (const name of SECRET) expect(readme).toContain(`--from-literal=${name}=`);
  expect(readme).toContain('create configmap troponin-first-clients');
});

test('docker-compose sets only variables that there are', () => {
  const { services } = parse(textOf('docker-compose.yml')) as {
    readonly services: Readonly<Record<string, { readonly environment?: object; readonly read_only?: boolean }>>;
  };
  const service = services['troponin-first'];
  expect(service?.read_only).toBe(true);
  expect(Object.keys(service?.environment ?? {}).filter((name) => !KNOWN.has(name))).toEqual([]);
  expect(Object.keys(services).sort()).toEqual(['fhir', 'postgres', 'seed', 'troponin-first']);
});
