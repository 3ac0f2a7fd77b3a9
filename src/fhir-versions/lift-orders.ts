import { knownAs } from '../fhir/element.js';
import { isMissing, isObject, objectsOf, textOf, type JsonObject } from '../fhir/json.js';
import {
  conceptOf,
  itemsOf,
  liftCode,
  reasonsOf,
  renamed,
  same,
  UNREADABLE,
  withMembers,
  type CodeTables,
} from './members.js';
import type { FhirVersion } from './version.js';

/** DSTU2 statuses of an order as R4's status and intent. What was refused or failed is no order that is under way. */
const DSTU2_ORDERS: Readonly<Record<string, readonly [status: string, intent: string]>> = {
  proposed: ['active', 'proposal'],
  draft: ['draft', 'order'],
  planned: ['active', 'plan'],
  requested: ['active', 'order'],
  received: ['active', 'order'],
  accepted: ['active', 'order'],
  'in-progress': ['active', 'order'],
  review: ['active', 'order'],
  completed: ['completed', 'order'],
  suspended: ['on-hold', 'order'],
  cancelled: ['revoked', 'order'],
  rejected: ['revoked', 'order'],
  failed: ['revoked', 'order'],
  aborted: ['revoked', 'order'],
};

function statusOf(value: unknown): { readonly status: unknown; readonly intent: string } {
  if (typeof value !== 'string') return { status: value, intent: 'order' };
  const twin = Object.hasOwn(DSTU2_ORDERS, value) ? DSTU2_ORDERS[value] : undefined;
  return { status: twin?.[0] ?? 'unknown', intent: twin?.[1] ?? 'order' };
}

/** An order that is off, held or only thought of is so in all its items, whatever they say. */
function statusOfItem(order: unknown, item: unknown): unknown {
  if (isMissing(item)) return order;
  const { status, intent } = statusOf(order);
  return status === 'revoked' || status === 'on-hold' || intent !== 'order' ? order : item;
}

/** When the order was placed: the latest "requested" event, else the first event of any kind. */
function placedAt(events: readonly JsonObject[]): unknown {
  const dated = events.flatMap(({ status, dateTime }) => {
    const time = textOf(dateTime);
    return time === undefined ? [] : [{ isRequest: status === 'requested', time }];
  });
  const ordered = [...dated].sort((one, other) => (one.time < other.time ? -1 : 1));
  return ordered.filter(({ isRequest }) => isRequest).at(-1)?.time ?? ordered[0]?.time;
}

function codeOf(item: unknown): unknown {
  return isObject(item) ? (item['code'] ?? UNREADABLE) : UNREADABLE;
}

function itemId(id: unknown, index: number): unknown {
  return index === 0 || typeof id !== 'string' ? id : `${id}.item-${String(index + 1)}`;
}

/** DSTU2 DiagnosticOrder: a ServiceRequest for each item. An order without items asks for nobody knows what. */
export function liftDiagnosticOrder(raw: JsonObject): readonly JsonObject[] {
  const { item, event, reason, status: ofOrder, ...rest } = renamed(raw, { orderer: 'requester' });
  const items = itemsOf(item);
  return (items.length === 0 ? [UNREADABLE] : items).map((one, index) => {
    const own: JsonObject = isObject(one) ? one : {};
    const request = withMembers(rest, {
      resourceType: 'ServiceRequest',
      id: itemId(raw['id'], index),
      ...statusOf(statusOfItem(ofOrder, own['status'])),
      code: codeOf(one),
      authoredOn: placedAt([...objectsOf(event), ...objectsOf(own['event'])]),
      ...(!isMissing(reason) && { reasonCode: itemsOf(reason) }),
    });
    return knownAs(request, raw);
  });
}

const DSTU2_REQUEST_NAMES: Readonly<Record<string, string>> = {
  orderedOn: 'authoredOn',
  orderer: 'requester',
  scheduledDateTime: 'occurrenceDateTime',
  scheduledPeriod: 'occurrencePeriod',
  scheduledTiming: 'occurrenceTiming',
  reasonCodeableConcept: 'reasonCode',
};

const STU3_STATUSES: CodeTables = {
  STU3: {
    ...same('draft', 'active', 'completed', 'entered-in-error', 'unknown'),
    suspended: 'on-hold',
    cancelled: 'revoked',
  },
};

function agentOf(requester: unknown): unknown {
  return isObject(requester) ? (requester['agent'] ?? requester) : requester;
}

/** ProcedureRequest of DSTU2 or STU3. */
export function liftProcedureRequest(raw: JsonObject, version: FhirVersion): JsonObject {
  const isDstu2 = version === 'DSTU2';
  const resource = renamed(raw, isDstu2 ? DSTU2_REQUEST_NAMES : { context: 'encounter' });
  const { status, requester, code } = resource;
  const request = withMembers(resource, {
    resourceType: 'ServiceRequest',
    ...(isDstu2 ? statusOf(status) : { status: liftCode(status, STU3_STATUSES, 'STU3') }),
    ...(!isMissing(requester) && { requester: agentOf(requester) }),
    code: code ?? UNREADABLE,
  });
  return knownAs(request, raw);
}

/** R5 ServiceRequest: what is asked for and why are CodeableReferences. */
export function liftServiceRequest(raw: JsonObject, version: FhirVersion): JsonObject {
  const { code } = raw;
  if (version !== 'R5') return raw;
  const isPlain = isObject(code) && ('coding' in code || 'text' in code);
  return withMembers(raw, {
    ...reasonsOf(raw),
    ...(!isMissing(code) && !isPlain && { code: conceptOf(code) ?? UNREADABLE }),
  });
}

const PROCEDURE_NAMES: Partial<Readonly<Record<FhirVersion, Readonly<Record<string, string>>>>> = {
  DSTU2: { reasonCodeableConcept: 'reasonCode', reasonNotPerformed: 'statusReason' },
  STU3: { context: 'encounter', notDoneReason: 'statusReason' },
  R5: {
    occurrenceDateTime: 'performedDateTime',
    occurrencePeriod: 'performedPeriod',
    occurrenceString: 'performedString',
    occurrenceAge: 'performedAge',
    occurrenceRange: 'performedRange',
    occurrenceTiming: 'performedTiming',
  },
};

const PROCEDURE_STATUSES: CodeTables = {
  DSTU2: { ...same('in-progress', 'completed', 'entered-in-error'), aborted: 'stopped' },
  STU3: {
    ...same('preparation', 'in-progress', 'completed', 'entered-in-error', 'unknown'),
    suspended: 'on-hold',
    aborted: 'stopped',
  },
};

/** Not done where the record says so; not known where it says it in a way nobody can read. */
function statusUnless(status: unknown, denial: unknown): unknown {
  if (isMissing(denial) || denial === false || status === 'entered-in-error') return status;
  return denial === true ? 'not-done' : 'unknown';
}

/** Procedure: "not performed" becomes a status, R5's occurrence the time it was performed. */
export function liftProcedure(raw: JsonObject, version: FhirVersion): JsonObject {
  const resource = renamed(raw, PROCEDURE_NAMES[version] ?? {});
  const { status, notPerformed, notDone } = resource;
  return withMembers(resource, {
    ...(version === 'R5' && reasonsOf(resource)),
    status: statusUnless(liftCode(status, PROCEDURE_STATUSES, version), notPerformed ?? notDone),
    notPerformed: undefined,
    notDone: undefined,
  });
}
