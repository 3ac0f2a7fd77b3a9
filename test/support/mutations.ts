import fc from 'fast-check';
import { isObject, objectsOf, type JsonObject } from '../../src/fhir/json.js';
import { changeAt, pathsOf, REMOVED, valueAt, type Path } from './json-tree.js';

/*
 * Arbitraries for requests, prefetch and feedback that are broken, strange or hostile. Positions are numbers that are
 * taken modulo what there is, so that a counter-example shrinks towards the root of the document.
 */

/** Words that act when they are put into Markdown or HTML as they are. */
export const CANARIES: readonly string[] = [
  '<img src=x onerror=alert(7)>',
  '<script>canary()</script>',
  '[canary](https://canary.example/a)',
  'see https://canary.example/b',
  'www.canary.example',
  'canary@canary.example',
];

const OUTCOME: JsonObject = { resourceType: 'OperationOutcome', issue: [{ severity: 'error', code: 'exception' }] };
const NEXT = [{ relation: 'next', url: 'https://canary.example/fhir/Observation?page=2' }];

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let level = 0; level < depth; level += 1) value = level % 2 === 0 ? [value] : { a: value };
  return value;
}

/** JSON that does not belong where it is put. */
export function strangeValues(): fc.Arbitrary<unknown> {
  const constants: readonly unknown[] = [
    null,
    '',
    ' ',
    [],
    {},
    [[]],
    [null],
    true,
    false,
    0,
    -1,
    1e308,
    -1e308,
    Number.MAX_SAFE_INTEGER,
    5e-324,
    '\ud800',
    'a\udfff\u0000b\u202ec',
    JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}'),
    nested(2000),
    'x'.repeat(70_000),
    ...CANARIES,
  ];
  return fc.oneof({ weight: 3, arbitrary: fc.constantFrom(...constants) }, fc.jsonValue({ maxDepth: 3 }));
}

/** FHIR that may be right elsewhere: codes, units, dates, statuses, references and whole resources. */
function fhirValues(): fc.Arbitrary<unknown> {
  return fc.constantFrom<unknown>(
    'final',
    'entered-in-error',
    'cancelled',
    'unknown',
    'registered',
    'resolved',
    'ng/mL',
    'ng/L',
    '%',
    '89579-7',
    'K22.4',
    'HH',
    'N',
    '2026-03-10T11:59:59.999999999Z',
    '2026-03-10',
    '0001-01-01',
    '9999-12-31T23:59:60+14:00',
    '2026-02-30',
    'Patient/p1',
    'Patient/p2',
    '#p1',
    'urn:uuid:3b1f7c5e-5a3c-4a57-9d0e-0d9d2f0a7b11',
    'https://elsewhere.example/fhir/Patient/p1',
    0.004,
    4,
    4000,
    '<3',
    '1,234',
    OUTCOME,
    NEXT,
    { resourceType: 'Bundle', type: 'searchset', total: 3 },
    { reference: 'Patient/p2' },
    { coding: [{ system: 'http://loinc.org', code: '89579-7' }], text: 'troponin' },
  );
}

const ADDED: readonly (readonly [string, unknown])[] = [
  ['total', 99],
  ['total', -1],
  ['total', '7'],
  ['link', NEXT],
  ['search', { mode: 'outcome' }],
  ['search', { mode: 'include' }],
  ['meta', { tag: [{ code: 'SUBSETTED' }] }],
  ['contained', [{ resourceType: 'Observation', id: 'in', code: { text: 'troponin' }, valueInteger: 9 }]],
  ['resource', OUTCOME],
  ['entry', [{ resource: OUTCOME }]],
  ['dataAbsentReason', { text: CANARIES[0] }],
  ['valueString', CANARIES[2]],
  ['hasMember', [{ reference: 'Observation/none' }]],
  ['extension', [{ url: 'urn:x' }]],
];

/** One change of a JSON document, of whatever kind. */
export interface Mutation {
  readonly act: 'set' | 'remove' | 'repeat' | 'turn' | 'copy' | 'wrap' | 'unwrap' | 'add';
  readonly at: number;
  readonly from: number;
  readonly value: unknown;
}

/** Small numbers stand for the shallow places, which are few and matter most. */
function places(): fc.Arbitrary<number> {
  return fc.oneof(fc.nat(40), fc.nat(20_000));
}

export function mutations(): fc.Arbitrary<Mutation> {
  return fc.record({
    act: fc.constantFrom<Mutation['act']>('set', 'set', 'remove', 'repeat', 'turn', 'copy', 'wrap', 'unwrap', 'add'),
    at: places(),
    from: places(),
    value: fc.oneof(strangeValues(), fhirValues()),
  });
}

function turned(value: unknown, by: number): unknown {
  if (!Array.isArray(value) || value.length < 2) return value;
  const items = value as readonly unknown[];
  const at = (by % (items.length - 1)) + 1;
  return [...items.slice(at), ...items.slice(0, at)];
}

function wrapped(value: unknown, by: number): unknown {
  if (by % 3 === 0) return [value];
  return by % 3 === 1 ? { resourceType: 'Bundle', entry: [{ resource: value }] } : { value };
}

function firstOf(value: unknown): unknown {
  if (Array.isArray(value)) return value.length === 0 ? null : (value as readonly unknown[])[0];
  return isObject(value) ? (Object.values(value)[0] ?? null) : [value];
}

function added(value: unknown, by: number): unknown {
  const member = ADDED[by % ADDED.length];
  if (member === undefined || !isObject(value)) return value;
  return Object.fromEntries([...Object.entries(value), member]);
}

/** The document with one change, and where it was made. */
export function mutate(json: unknown, { act, at, from, value }: Mutation): unknown {
  const paths = pathsOf(json);
  const path = paths[at % Math.max(paths.length, 1)];
  if (path === undefined) return value;
  const changes: Readonly<Record<Mutation['act'], (old: unknown) => unknown>> = {
    set: () => value,
    remove: () => REMOVED,
    repeat: (old) => (Array.isArray(old) ? [...(old as readonly unknown[]), ...(old as readonly unknown[])] : old),
    turn: (old) => turned(old, from),
    copy: () => valueAt(json, paths[from % paths.length] ?? []),
    wrap: (old) => wrapped(old, from),
    unwrap: firstOf,
    add: (old) => added(old, from),
  };
  return changeAt(json, path, changes[act]);
}

/** One change of a request's text, below JSON: a cut, a foreign piece, a member said twice. */
export interface TextMutation {
  readonly act: 'cut' | 'insert' | 'twice';
  readonly at: number;
  readonly piece: string;
}

const MEMBERS: readonly string[] = [
  '"hook":null',
  '"hook":"patient-view"',
  '"context":[]',
  '"prefetch":{}',
  '"prefetch":null',
  '"hookInstance":""',
  '"__proto__":{"hook":"x"}',
  '"fhirServer":"http://169.254.169.254/"',
];

export function textMutations(): fc.Arbitrary<TextMutation> {
  return fc.record({
    act: fc.constantFrom<TextMutation['act']>('cut', 'insert', 'twice'),
    at: fc.nat(60_000),
    piece: fc.oneof(fc.constantFrom(...MEMBERS, '\u0000', '\ufeff', '}', '"', '\\ud800', '1e999'), fc.string()),
  });
}

export function mutateText(text: string, { act, at, piece }: TextMutation): string {
  if (act === 'twice') return text.replace('{', `{${MEMBERS[at % MEMBERS.length] ?? ''},`);
  const place = at % (text.length + 1);
  return act === 'cut' ? text.slice(0, place) : text.slice(0, place) + piece + text.slice(place);
}

/** Bytes and JSON that never were a request. */
export function rawBodies(): fc.Arbitrary<string | Uint8Array<ArrayBuffer>> {
  return fc.oneof(
    fc.uint8Array({ maxLength: 400 }).map((bytes) => Uint8Array.from(bytes)),
    fc.string(),
    strangeValues().map((value) => JSON.stringify(value)),
  );
}

/** Members of a request that are most often wrong, each in every shape. */
export function requestMembers(): fc.Arbitrary<JsonObject> {
  const ids = fc.constantFrom('p1', 'Patient/p1', 'p2', '..', '.', '%2e', 'a/b', 'é', 'p1\n', ' ', 'p1?x=1', '\ud800');
  const text = fc.oneof(ids, strangeValues());
  const servers = fc.constantFrom(
    'https://ehr.example/fhir',
    'http://127.0.0.1:1/fhir',
    'http://169.254.169.254/latest',
    'file:///etc/passwd',
    'https://user:word@ehr.example/fhir',
    'http://[::1]:1',
    'not a url',
  );
  const token = fc.record(
    { access_token: text, token_type: text, expires_in: text, scope: text, subject: text, patient: text },
    { requiredKeys: [] },
  );
  const hooks = fc.constantFrom('patient-view', 'order-sign', 'order-select', 'encounter-start', 'no-such-hook');
  return fc.record(
    {
      hook: fc.oneof(hooks, strangeValues()),
      hookInstance: text,
      context: fc.oneof(
        fc.record({ userId: text, patientId: text, encounterId: text, draftOrders: text, selections: text }),
        strangeValues(),
      ),
      fhirServer: fc.oneof(servers, strangeValues()),
      fhirAuthorization: fc.oneof(token, strangeValues()),
      extension: strangeValues(),
    },
    { requiredKeys: [] },
  );
}

/**
 * Damage: a change that takes something away or makes it unreadable, adds nothing, and leaves a trace, so that a
 * careful reader can see that something was there.
 */
export interface Damage {
  readonly act: DamageAct;
  readonly at: number;
  readonly by: number;
  /** Whether an entry that is sent under several keys is struck under all of them. */
  readonly isEverywhere: boolean;
}

type DamageAct =
  | 'garble'
  | 'lose-entry'
  | 'empty-entry'
  | 'not-a-match'
  | 'mark-as-cut'
  | 'report-failure'
  | 'next-page'
  | 'not-a-bundle'
  | 'lose-key'
  | 'shorten-date'
  | 'break-date'
  | 'break-status'
  | 'lose-subject';

export function damages(): fc.Arbitrary<Damage> {
  return fc.record({
    act: fc.constantFrom<DamageAct>(
      'garble',
      'garble',
      'garble',
      'garble',
      'garble',
      'lose-entry',
      'empty-entry',
      'not-a-match',
      'mark-as-cut',
      'report-failure',
      'next-page',
      'not-a-bundle',
      'lose-key',
      'shorten-date',
      'break-date',
      'break-status',
      'lose-subject',
    ),
    at: fc.nat(100_000),
    by: fc.nat(1000),
    isEverywhere: fc.boolean(),
  });
}

function picked<T>(items: readonly T[], at: number): T | undefined {
  return items.length === 0 ? undefined : items[at % items.length];
}

/** What is no value of that kind, whatever the element: FHIR has no element that may be text or a list or a number. */
function garbageFor(value: unknown, by: number): unknown {
  const isText = typeof value === 'string';
  const isPlain = isText || typeof value === 'number' || typeof value === 'boolean';
  const kinds: readonly unknown[] = [isText ? 42 : '?!', isPlain ? { x: 1 } : 42, ['?!'], [[1]]];
  return picked(kinds, by);
}

const LAST = (path: Path) => path.at(-1);
const isBundleAt = (prefetch: JsonObject, key: string) => {
  const value = prefetch[key];
  return isObject(value) && value['resourceType'] === 'Bundle';
};

/** `<key>.entry.<n>` of everything that was sent. */
function entryPaths(prefetch: JsonObject): readonly Path[] {
  return Object.entries(prefetch).flatMap(([key, value]) =>
    isObject(value) ? objectsOf(value['entry']).map((_, index): Path => [key, 'entry', index]) : [],
  );
}

function bundlePaths(prefetch: JsonObject): readonly Path[] {
  return Object.keys(prefetch)
    .filter((key) => isBundleAt(prefetch, key))
    .map((key) => [key]);
}

/** The total proves that entries are missing; without it a shorter list would be another, whole chart. */
function garblePaths(prefetch: JsonObject): readonly Path[] {
  return pathsOf(prefetch).filter((path) => !(path.length === 2 && path[1] === 'total'));
}

const DATE = /^\d{4}-\d{2}-\d{2}(T|$)/;
const STATUSES = new Set(['status', 'intent']);

function pathsWhere(prefetch: JsonObject, holds: (value: unknown, path: Path) => boolean): readonly Path[] {
  return pathsOf(prefetch).filter((path) => holds(valueAt(prefetch, path), path));
}

function withMember(name: string, member: unknown): (value: unknown) => unknown {
  return (value) => (isObject(value) ? { ...value, [name]: member } : value);
}

function shortenedDate(value: unknown, by: number): unknown {
  const lengths = [4, 7, 10, 16].filter((length) => length < String(value).length);
  return String(value).slice(0, picked(lengths, by) ?? 4);
}

function withFailure(value: unknown): unknown {
  if (!isObject(value)) return value;
  return { ...value, entry: [...objectsOf(value['entry']), { resource: OUTCOME, search: { mode: 'outcome' } }] };
}

type Step = readonly [paths: readonly Path[], change: (value: unknown) => unknown];

const STEPS: Readonly<Record<DamageAct, (prefetch: JsonObject, by: number) => Step>> = {
  garble: (prefetch, by) => [garblePaths(prefetch), (value) => garbageFor(value, by)],
  'lose-entry': (prefetch) => [entryPaths(prefetch), () => REMOVED],
  'empty-entry': (prefetch, by) => [
    entryPaths(prefetch),
    () => picked([null, {}, '?!', { resource: null }, { resource: {} }, { fullUrl: 'urn:x' }], by),
  ],
  'not-a-match': (prefetch) => [entryPaths(prefetch), withMember('search', { mode: 'outcome' })],
  'mark-as-cut': (prefetch) => [
    entryPaths(prefetch).map((path) => [...path, 'resource']),
    withMember('meta', { security: [{ code: 'REDACTED' }] }),
  ],
  'report-failure': (prefetch) => [bundlePaths(prefetch), withFailure],
  'next-page': (prefetch) => [bundlePaths(prefetch), withMember('link', NEXT)],
  'not-a-bundle': (prefetch, by) => [
    Object.keys(prefetch).map((key) => [key]),
    () => picked<unknown>([OUTCOME, '?!', 42, [], {}, { resourceType: 'Practitioner', id: 'p1' }], by),
  ],
  'lose-key': (prefetch) => [Object.keys(prefetch).map((key) => [key]), () => REMOVED],
  'shorten-date': (prefetch, by) => [
    pathsWhere(prefetch, (value) => typeof value === 'string' && DATE.test(value)),
    (value) => shortenedDate(value, by),
  ],
  'break-date': (prefetch, by) => [
    pathsWhere(prefetch, (value) => typeof value === 'string' && DATE.test(value)),
    () => picked(['?!', '2026-13-45', '10.03.2026', 1773136800, {}], by),
  ],
  'break-status': (prefetch, by) => [
    pathsWhere(prefetch, (value, path) => typeof value === 'string' && STATUSES.has(String(LAST(path)))),
    () => picked(['?!', '', null], by),
  ],
  'lose-subject': (prefetch, by) => [
    pathsWhere(prefetch, (_, path) => LAST(path) === 'subject' || LAST(path) === 'patient').filter(
      (path) => path.length > 1,
    ),
    () => picked<unknown>([REMOVED, null, {}, '?!', { reference: '?!' }], by),
  ],
};

/** What damage left, and the prefetch keys it struck. */
export interface Damaged {
  readonly prefetch: JsonObject;
  readonly keys: readonly string[];
  /** `place: act`, for the reader of a counter-example. */
  readonly steps: readonly string[];
}

/** The same place in every entry that carries the same resource. */
export function twinsOf(prefetch: JsonObject, path: Path): readonly Path[] {
  const nameAt = (entry: Path) => {
    const { resourceType, id } = (valueAt(prefetch, [...entry, 'resource']) ?? {}) as JsonObject;
    return typeof id === 'string' ? `${String(resourceType)}/${id}` : undefined;
  };
  const own = path[1] === 'entry' && path.length > 2 ? nameAt(path.slice(0, 3)) : undefined;
  if (own === undefined) return [path];
  return entryPaths(prefetch)
    .filter((entry) => nameAt(entry) === own)
    .map((entry) => [...entry, ...path.slice(3)]);
}

function damageOnce({ prefetch, keys, steps }: Damaged, { act, at, by, isEverywhere }: Damage): Damaged {
  const [paths, change] = STEPS[act](prefetch, by);
  const path = picked(paths, at);
  if (path === undefined) return { prefetch, keys, steps };
  const struck = isEverywhere ? twinsOf(prefetch, path) : [path];
  const changed = struck.reduce<unknown>((json, one) => changeAt(json, one, change), prefetch);
  // Members set to undefined are gone.
  const sent: unknown = JSON.parse(JSON.stringify(changed));
  return {
    prefetch: isObject(sent) ? sent : prefetch,
    keys: [...keys, ...struck.map(([key]) => String(key))],
    steps: [...steps, ...struck.map((one) => `${one.join('.')}: ${act} ${String(by)}`)],
  };
}

export function damage(prefetch: JsonObject, list: readonly Damage[]): Damaged {
  return list.reduce(damageOnce, { prefetch, keys: [], steps: [] });
}

const OUTCOMES = fc.constantFrom('accepted', 'overridden', 'ACCEPTED', 'ignored', '');
const UUIDS = fc.oneof(
  fc.uuid(),
  fc.uuid().map((uuid) => `urn:uuid:${uuid.toUpperCase()}`),
);
const TIMES = fc.constantFrom(
  '2026-03-10T12:00:00Z',
  '2026-03-10T12:00:00.123456+05:30',
  '2026-03-10',
  '9999-12-31T23:59:60Z',
);

/** One item of feedback, good or with members that are missing, of another kind, or hostile. */
function feedbackItems(): fc.Arbitrary<JsonObject> {
  const text = fc.oneof(fc.constantFrom(...CANARIES), fc.string(), strangeValues());
  const coding = fc.record({ system: text, code: text, display: text }, { requiredKeys: [] });
  const reason = fc.record({ reason: fc.oneof(coding, strangeValues()), userComment: text }, { requiredKeys: [] });
  return fc.record(
    {
      card: fc.oneof({ weight: 4, arbitrary: UUIDS }, strangeValues()),
      outcome: fc.oneof({ weight: 4, arbitrary: OUTCOMES }, strangeValues()),
      outcomeTimestamp: fc.oneof({ weight: 4, arbitrary: TIMES }, strangeValues()),
      acceptedSuggestions: fc.oneof(fc.array(fc.record({ id: UUIDS }), { maxLength: 4 }), strangeValues()),
      overrideReason: fc.oneof(reason, coding, strangeValues()),
    },
    { requiredKeys: [] },
  );
}

/** Bodies for `POST /cds-services/{id}/feedback`. */
export function feedbackBodies(): fc.Arbitrary<unknown> {
  const lists = fc.array(fc.oneof({ weight: 6, arbitrary: feedbackItems() }, strangeValues()), { maxLength: 6 });
  return fc.oneof(
    { weight: 6, arbitrary: fc.record({ feedback: lists }) },
    fc.record({ feedback: strangeValues() }),
    fc
      .tuple(fc.record({ feedback: lists }), fc.array(mutations(), { maxLength: 3 }))
      .map(([body, list]) => list.reduce<unknown>(mutate, body)),
    strangeValues(),
  );
}
