import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv';
import type { ValueSet } from 'fhir/r4.js';
import { ContentError, type ContentProblem } from './content-problem.js';
import type { CardsFile, CasesFile, FactsFile, TopicFile } from './content-types.js';
import { checkContent, type CodeKnowledge } from './cross-check.js';
import { assembleTopic, type Topic, type TopicContent } from './topic.js';

const SCHEMAS = ['topic', 'criterion', 'facts', 'cases', 'cards', 'valueset'] as const;

type Schema = (typeof SCHEMAS)[number];
type Validators = Readonly<Record<Schema, ValidateFunction>>;

function compileSchemas(directory: string): Validators {
  const ajv = new Ajv({ allErrors: true, discriminator: true, allowUnionTypes: true });
  for (const name of SCHEMAS)
    ajv.addSchema(JSON.parse(readFileSync(join(directory, `${name}.schema.json`), 'utf8')) as object);
  const compiled = SCHEMAS.map((name) => {
    const validate = ajv.getSchema(`${name}.schema.json`);
    if (validate === undefined) throw new Error(`Schema ${name} cannot be compiled`);
    return [name, validate] as const;
  });
  return Object.fromEntries(compiled) as Record<Schema, ValidateFunction>;
}

function describeError({ keyword, message = 'is wrong', params }: ErrorObject): string {
  if (keyword === 'additionalProperties') return `has an unknown member "${String(params['additionalProperty'])}"`;
  if (keyword === 'oneOf') return 'is none of the forms allowed here, see cards/README.md';
  if (keyword === 'enum') return `${message}: ${(params['allowedValues'] as unknown[]).join(', ')}`;
  return message;
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

interface FileReader {
  readonly problems: ContentProblem[];
  readonly hashed: string[];
  read: (file: string, validate: ValidateFunction) => unknown;
}

function createReader(folder: string): FileReader {
  const problems: ContentProblem[] = [];
  const hashed: string[] = [];
  const parse = (file: string, text: string): unknown => {
    try {
      return JSON.parse(text);
    } catch (error) {
      problems.push({ file, place: '', message: `is no valid JSON (${(error as Error).message})` });
      return undefined;
    }
  };
  const read = (file: string, validate: ValidateFunction): unknown => {
    const path = join(folder, file);
    if (!existsSync(path)) {
      problems.push({ file, place: '', message: 'is missing' });
      return undefined;
    }
    const text = readFileSync(path, 'utf8');
    hashed.push(file, text);
    const content = parse(file, text);
    if (content === undefined || validate(content)) return content;
    for (const error of relevantErrors(validate.errors ?? [])) {
      problems.push({ file, place: error.instancePath, message: describeError(error) });
    }
    return undefined;
  };
  return { problems, hashed, read };
}

function readValueSets(folder: string, reader: FileReader, validate: ValidateFunction): readonly ValueSet[] {
  const directory = join(folder, 'valuesets');
  const files = existsSync(directory)
    ? readdirSync(directory)
        .filter((file) => file.endsWith('.json'))
        .sort()
    : [];
  return files.flatMap((file) => {
    const valueSet = reader.read(`valuesets/${file}`, validate) as ValueSet | undefined;
    if (valueSet === undefined) return [];
    if (`${valueSet.id ?? ''}.json` !== file) {
      reader.problems.push({ file: `valuesets/${file}`, place: '/id', message: 'must be the name of the file' });
    }
    return [valueSet];
  });
}

/**
 * Reads one folder below `cards/` and proves it whole.
 * Throws a ContentError that lists every problem with file and place; nothing half-right is ever served.
 */
export function loadTopic(folder: string, schemaDirectory: string, code: CodeKnowledge): Topic {
  const validators = compileSchemas(schemaDirectory);
  const reader = createReader(folder);
  const valueSets = readValueSets(folder, reader, validators.valueset);
  const topic = reader.read('topic.json', validators.topic) as TopicFile | undefined;
  const facts = reader.read('facts.json', validators.facts) as FactsFile | undefined;
  const cases = reader.read('cases.json', validators.cases) as CasesFile | undefined;
  const cards = reader.read('cards.json', validators.cards) as CardsFile | undefined;
  if (topic === undefined || facts === undefined || cases === undefined || cards === undefined) {
    throw new ContentError(folder, reader.problems);
  }
  if (topic.id !== basename(folder)) {
    reader.problems.push({
      file: 'topic.json',
      place: '/id',
      message: `must be the name of its folder, "${basename(folder)}"`,
    });
  }
  const content: TopicContent = { topic, facts, cases, cards, valueSets };
  const problems = [...reader.problems, ...checkContent(content, code)];
  if (problems.length > 0) throw new ContentError(folder, problems);
  return assembleTopic(content, createHash('sha256').update(reader.hashed.join('\0')).digest('hex'));
}

const SCHEMA_FOLDER = 'schema';

/** Every topic of a `cards/` folder: each folder but that of the schemas is one. */
export function loadTopics(cardsDirectory: string, code: CodeKnowledge): readonly Topic[] {
  return readdirSync(cardsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== SCHEMA_FOLDER)
    .map((entry) => loadTopic(join(cardsDirectory, entry.name), join(cardsDirectory, SCHEMA_FOLDER), code));
}
