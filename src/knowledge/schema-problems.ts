import type { ErrorObject } from 'ajv';
import { isObject, type JsonObject } from '../fhir/json.js';
import { didYouMean, mendName, namesInWords, type ContentProblem } from './content-problem.js';

type Words = Pick<ContentProblem, 'message' | 'mend' | 'near'>;

const CRITERION_FORMS =
  '{ "fact": …, "is": "present", "absent" or "unknown" }, { "fact": …, "value": … }, { "fact": …, "below", "above" or "atLeast": number }, { "criterion": … }, { "all": [ … ] }, { "any": [ … ] } or { "not": … }';
/** The forms of each choice, by the title of its schema. */
const FORMS: Readonly<Record<string, string>> = {
  Criterion: CRITERION_FORMS,
  Line: '{ "line": … }, { "block": … } or { "ladder": true }, each with "when" where it has a condition; "each", "evidence" and "source" only beside "line", "evidence" only with "source"',
};

function keysOf(value: unknown): readonly string[] {
  return isObject(value) ? Object.keys(value) : [];
}

function nodeAt(content: unknown, path: string): unknown {
  const names = path.split('/').slice(1);
  return names.reduce<unknown>((node, name) => {
    const key = name.replaceAll('~1', '/').replaceAll('~0', '~');
    return Array.isArray(node) ? (node as readonly unknown[])[Number(key)] : isObject(node) ? node[key] : undefined;
  }, content);
}

const LONGEST_EXAMPLE = 80;

/** What stands in the same member of the nearest brother, as an example of it. */
function exampleFromSiblings(content: unknown, path: string, member: string): string | undefined {
  const parent = nodeAt(content, path.slice(0, path.lastIndexOf('/')));
  const siblings: readonly unknown[] = Array.isArray(parent) ? parent : isObject(parent) ? Object.values(parent) : [];
  const value = path === '' ? undefined : siblings.flatMap((one) => (isObject(one) ? (one[member] ?? []) : [])).at(0);
  const text = value === undefined ? undefined : JSON.stringify(value);
  return text === undefined || text.length > LONGEST_EXAMPLE ? undefined : text;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  string: '"…"',
  array: '[ … ]',
  object: '{ … }',
  number: '1',
  integer: '1',
  boolean: 'true',
};

function exampleFromSchema(schema: unknown): string {
  if (!isObject(schema)) return '…';
  const { enum: allowed, const: only, type } = schema;
  if (Array.isArray(allowed)) return allowed.map((value) => JSON.stringify(value)).join(' or ');
  if (only !== undefined) return JSON.stringify(only);
  if (schema['$ref'] === 'criterion.schema.json') return '{ "fact": …, "is": "present" }';
  if (schema['$ref'] === 'topic.schema.json#/definitions/evidence') return '"V", "M" or "D"';
  return EXAMPLES[String(type)] ?? '…';
}

function missingMember({ instancePath, params, parentSchema }: ErrorObject, content: unknown): Words {
  const name = String(params['missingProperty']);
  const members: unknown = (parentSchema as JsonObject | undefined)?.['properties'];
  const schema = isObject(members) ? members[name] : undefined;
  const sibling = exampleFromSiblings(content, instancePath, name);
  const meaning = isObject(schema) && typeof schema['description'] === 'string' ? ` (${schema['description']})` : '';
  return {
    message: `must have required property '${name}'`,
    mend: `add "${name}": ${sibling ?? exampleFromSchema(schema)}${sibling === undefined ? '' : ', which is what another here has'}${meaning}`,
  };
}

function unknownMember({ params, parentSchema }: ErrorObject): Words {
  const name = String(params['additionalProperty']);
  const members: unknown = (parentSchema as JsonObject | undefined)?.['properties'];
  const known = keysOf(members);
  const message = `has an unknown member "${name}"${didYouMean(name, known)}`;
  return { message, mend: `take it out, or ${mendName(name, known)}`, near: name };
}

function noForm({ data, parentSchema }: ErrorObject): Words {
  const { title } = (parentSchema ?? {}) as JsonObject;
  const forms = FORMS[String(title)] ?? 'one of the forms of cards/README.md';
  const members = namesInWords(keysOf(data));
  const has = members === '' ? '' : `: it has ${members}`;
  return { message: `is none of the forms allowed here${has}`, mend: `write ${forms}` };
}

function listOf(values: unknown): string {
  return Array.isArray(values) ? values.map(String).join(', ') : String(values);
}

const PATTERNS: Readonly<Record<string, string>> = {
  '^\\d+\\.\\d+\\.\\d+$': 'three numbers with dots, like 1.2.0',
  '^https://': 'an address that begins with https://',
  '^(https?://|urn:)[A-Za-z0-9][A-Za-z0-9._~:/-]*$':
    'the system exactly as the record sends it: an address that begins with https://, http:// or urn:',
  '^[A-Za-z0-9][A-Za-z0-9._~:/-]*$': 'the code exactly as the record sends it',
  '^\\d{4}-\\d{2}-\\d{2}$': 'a day like 2026-03-10',
};

function ofPattern(pattern: string): string {
  if (PATTERNS[pattern] !== undefined) return PATTERNS[pattern];
  if (pattern.startsWith('^[A-Z]')) return `a name that begins with a capital letter (${pattern})`;
  return `a name in small letters, with hyphens between words (${pattern})`;
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text in double quotes',
  array: 'a list: [ … ]',
  object: 'an object: { … }',
  number: 'a number, without quotes',
  integer: 'a whole number, without quotes',
  boolean: 'true or false, without quotes',
};

/** What is asked of a single value. */
function mendValue({ keyword, params, data }: ErrorObject): string {
  switch (keyword) {
    case 'enum': {
      const allowed = (params['allowedValues'] as readonly unknown[]).map(String);
      return mendName(String(data), allowed);
    }
    case 'const':
      return `write ${JSON.stringify(params['allowedValue'])}`;
    case 'type':
      return `write ${String(params['type'])
        .split(',')
        .map((type) => TYPES[type] ?? type)
        .join(' or ')}`;
    case 'pattern':
      return `write ${ofPattern(String(params['pattern']))}`;
    case 'minLength':
      return 'write what belongs here; it must not be empty';
    case 'minItems':
      return `give at least ${String(params['limit'])}, or take the whole member out where it may be left out`;
    case 'minProperties':
      return `give at least ${String(params['limit'])} member`;
    case 'minimum':
      return `write a number of at least ${String(params['limit'])}`;
    case 'maximum':
      return `write a number of at most ${String(params['limit'])}`;
    case 'exclusiveMinimum':
      return `write a number above ${String(params['limit'])}`;
    case 'uniqueItems':
      return `take one of the two out: number ${String(Number(params['i']) + 1)} and number ${String(Number(params['j']) + 1)} are the same`;
    case 'dependencies':
      return `add "${String(params['missingProperty'])}", or take "${String(params['property'])}" out`;
    case 'discriminator':
      return `write one of condition, procedure, medication, allergy, order, observation, derived as "${String(params['tag'])}"`;
    default:
      return 'compare it with its neighbours, and with the schema in cards/schema';
  }
}

function wordsOf(error: ErrorObject, content: unknown): Words {
  const { keyword, message = 'is wrong', params, data } = error;
  if (keyword === 'additionalProperties') return unknownMember(error);
  if (keyword === 'required') return missingMember(error, content);
  if (keyword === 'oneOf') return noForm(error);
  const mend = mendValue(error);
  if (keyword === 'enum') return { message: `${message}: ${listOf(params['allowedValues'])}`, mend };
  if (keyword === 'discriminator')
    return { message: `is of no known kind: "${String(params['tagValue'])}"`, mend, near: String(params['tagValue']) };
  return { message, mend, ...(typeof data === 'string' && data !== '' && { near: data }) };
}

/** Errors an author can act on: what ajv reports inside each rejected alternative of a `oneOf` only confuses. */
function relevantErrors(errors: readonly ErrorObject[]): readonly ErrorObject[] {
  const choices = errors.filter(({ keyword }) => keyword === 'oneOf').map(({ instancePath }) => instancePath);
  const outermost = choices.filter((path) => !choices.some((other) => other !== path && path.startsWith(`${other}/`)));
  const isDeepest = (path: string) => !choices.some((other) => other !== path && other.startsWith(`${path}/`));
  return errors.filter(({ keyword, instancePath }) =>
    keyword === 'oneOf'
      ? isDeepest(instancePath)
      : !outermost.some((path) => instancePath === path || instancePath.startsWith(`${path}/`)),
  );
}

/** What a schema found in a file, in words an author can act on. Expects errors with their schemas and data. */
export function schemaProblems(
  file: string,
  errors: readonly ErrorObject[],
  content: unknown,
): readonly ContentProblem[] {
  return relevantErrors(errors).map((error) => ({ file, place: error.instancePath, ...wordsOf(error, content) }));
}
