import { isObject, textOf } from './json.js';

/** Where a reference leads: a literal `Type/id` with its base, a fragment, a URN, or only an identifier. */
export interface ResourceReference {
  readonly type: string | undefined;
  readonly id: string | undefined;
  /** Absolute base URL without trailing slash; undefined for a relative reference. */
  readonly base: string | undefined;
  readonly text: string | undefined;
  readonly identifier: Identifier | undefined;
}

export interface Identifier {
  readonly system: string | undefined;
  readonly value: string;
}

const LITERAL = /^(?:(https?:\/\/.+)\/)?([A-Z][A-Za-z]+)\/([A-Za-z0-9\-._]{1,255})(?:\/_history\/[^/]+)?$/;
const FHIR_ID = /^[A-Za-z0-9\-.]{1,64}$/;

/** Whether the text is a FHIR id that may be put into a URL; `.` and `..` would climb a path. */
export function isFhirId(text: string): boolean {
  return FHIR_ID.test(text) && !/^\.+$/.test(text);
}

/** Reads an Identifier that has a value. */
export function readIdentifier(value: unknown): Identifier | undefined {
  if (!isObject(value)) return undefined;
  const text = textOf(value['value']);
  return text === undefined ? undefined : { system: textOf(value['system']), value: text };
}

/** Reads the text of a reference: relative, absolute, versioned, `#contained` or `urn:`. */
export function parseReference(text: string): ResourceReference {
  const [, base, type, id] = LITERAL.exec(text) ?? [];
  return { type, id, base, text, identifier: undefined };
}

/** Reads a Reference element; undefined when it holds neither a reference nor an identifier. */
export function readReference(value: unknown): ResourceReference | undefined {
  if (!isObject(value)) return undefined;
  const text = textOf(value['reference']);
  const identifier = readIdentifier(value['identifier']);
  if (text === undefined && identifier === undefined) return undefined;
  const parsed = text === undefined ? undefined : parseReference(text);
  return { ...(parsed ?? { type: textOf(value['type']), id: undefined, base: undefined, text }), identifier };
}

function sameBase(one: string, other: string | undefined): boolean {
  return other !== undefined && one.replace(/\/+$/, '') === other.replace(/\/+$/, '');
}

/** What is known of the patient and the server, to decide whose resource a subject names. */
export interface PatientIdentity {
  readonly patientId: string;
  readonly identifiers: readonly Identifier[];
  readonly fhirServer: string | undefined;
  /** `urn:uuid:` and other full URLs under which Bundles carry the patient. */
  readonly fullUrls: ReadonlySet<string>;
}

export type Ownership = 'same-patient' | 'other-patient' | 'undecided';

function ownerByIdentifier(identifier: Identifier | undefined, identity: PatientIdentity): Ownership {
  const isSame = identity.identifiers.some(
    (known) => identifier !== undefined && known.value === identifier.value && known.system === identifier.system,
  );
  return isSame ? 'same-patient' : 'undecided';
}

/**
 * Whether a subject is the hook's patient. A reference that cannot be resolved (contained, to a foreign base, by an
 * unknown identifier, or missing) is undecided: it neither counts as the patient's nor may be thought away.
 * `fullUrl` is that of the Bundle entry which holds the reference: a resource of the same base is on the same server.
 */
export function ownerOf(
  subject: ResourceReference | undefined,
  identity: PatientIdentity,
  fullUrl: string | undefined,
): Ownership {
  if (subject === undefined) return 'undecided';
  if (subject.text !== undefined && identity.fullUrls.has(subject.text)) return 'same-patient';
  if (subject.id === undefined) return ownerByIdentifier(subject.identifier, identity);
  const entryBase = fullUrl === undefined ? undefined : parseReference(fullUrl).base;
  const { base } = subject;
  const isForeign = base !== undefined && !sameBase(base, identity.fhirServer) && !sameBase(base, entryBase);
  // On another server the same person may have another id, and another person the same.
  if (isForeign) return ownerByIdentifier(subject.identifier, identity);
  return subject.type === 'Patient' && subject.id === identity.patientId ? 'same-patient' : 'other-patient';
}
