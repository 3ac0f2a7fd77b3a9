import { createHash } from 'node:crypto';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Ajv, type ValidateFunction } from 'ajv';
import type { CodeSystem, ValueSet } from 'fhir/r4.js';
import { jsonFaultOf } from '../fhir/json-fault.js';
import { ContentError, didYouMean, type ContentProblem } from './content-problem.js';
import { checkContent, type CodeKnowledge } from './cross-check.js';
import { schemaProblems } from './schema-problems.js';
import { checkSite, describeSite, SITE_FILES, withSite, type SiteFiles } from './site.js';
import { assembleTopic, type Topic, type TopicContent } from './topic.js';

const FILES = ['topic', 'facts', 'drugs', 'safety', 'ladder', 'cases', 'cards', 'site'] as const;
const SCHEMAS = [
  ...FILES,
  'criterion',
  'valueset',
  'codesystem',
  'site-codes',
  'site-orders',
  'site-thresholds',
] as const;

type Schema = (typeof SCHEMAS)[number];
type Validators = Readonly<Record<Schema, ValidateFunction>>;

function compileSchemas(directory: string): Validators {
  const ajv = new Ajv({ allErrors: true, discriminator: true, allowUnionTypes: true, verbose: true });
  for (const name of SCHEMAS)
    ajv.addSchema(JSON.parse(readFileSync(join(directory, `${name}.schema.json`), 'utf8')) as object);
  const compiled = SCHEMAS.map((name) => {
    const validate = ajv.getSchema(`${name}.schema.json`);
    if (validate === undefined) throw new Error(`Schema ${name} cannot be compiled`);
    return [name, validate] as const;
  });
  return Object.fromEntries(compiled) as Record<Schema, ValidateFunction>;
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
    } catch {
      problems.push({ file, place: '', ...jsonFaultOf(text) });
      return undefined;
    }
  };
  const read = (file: string, validate: ValidateFunction): unknown => {
    const path = join(folder, file);
    if (!existsSync(path)) {
      problems.push({ file, place: '', message: 'is missing', mend: 'bring it back; other topics have it too' });
      return undefined;
    }
    const text = readFileSync(path, 'utf8');
    hashed.push(file, text);
    const content = parse(file, text);
    if (content === undefined || validate(content)) return content;
    problems.push(...schemaProblems(file, validate.errors ?? [], content));
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
      reader.problems.push({
        file: `valuesets/${file}`,
        place: '/id',
        message: 'must be the name of the file',
        mend: `write "${file.replace(/\.json$/, '')}", or give the file the name of the value set`,
      });
    }
    return [valueSet];
  });
}

type ContentFiles = Pick<TopicContent, (typeof FILES)[number]>;

function readFiles(reader: FileReader, validators: Validators): ContentFiles | undefined {
  const read = FILES.map((name) => [name, reader.read(`${name}.json`, validators[name])] as const);
  return read.some(([, file]) => file === undefined)
    ? undefined
    : (Object.fromEntries(read) as unknown as ContentFiles);
}

/**
 * Reads one folder below `cards/` and proves it whole.
 * Throws a ContentError that lists every problem with file and place; nothing half-right is ever served.
 */
export function loadTopic(folder: string, schemaDirectory: string, code: CodeKnowledge, site?: string): Topic {
  const validators = compileSchemas(schemaDirectory);
  const reader = createReader(folder);
  const valueSets = readValueSets(folder, reader, validators.valueset);
  const overrideReasons = reader.read('codesystems/override-reasons.json', validators.codesystem) as
    CodeSystem | undefined;
  const files = readFiles(reader, validators);
  if (files === undefined || overrideReasons === undefined) throw new ContentError(folder, reader.problems);
  if (files.topic.id !== basename(folder)) {
    reader.problems.push({
      file: 'topic.json',
      place: '/id',
      message: `must be the name of its folder, "${basename(folder)}"`,
      mend: `write "${basename(folder)}", or give the folder the name of the topic`,
    });
  }
  const { content, changes } = applySite({ ...files, overrideReasons, valueSets }, site, reader, validators);
  const problems = [...reader.problems, ...checkContent(content, code)];
  if (problems.length > 0) throw new ContentError(folder, problems);
  return assembleTopic(content, createHash('sha256').update(reader.hashed.join('\0')).digest('hex'), changes);
}

/** A file of another name would be ignored in silence. */
function strangeSiteFiles(site: string): readonly ContentProblem[] {
  const known = SITE_FILES.map((name) => `${name}.json`);
  return readdirSync(site)
    .filter((file) => file.endsWith('.json') && !known.includes(file))
    .map((file) => ({
      file,
      place: '',
      message: `is no file of a site (${known.join(', ')})${didYouMean(file, known)}`,
    }));
}

interface SiteContent {
  readonly content: TopicContent;
  readonly changes: readonly string[];
}

/** What a site has to say of a topic: the folder of that name below its own, when there is one. */
function applySite(
  content: TopicContent,
  site: string | undefined,
  reader: FileReader,
  validators: Validators,
): SiteContent {
  if (site === undefined || !existsSync(site)) return { content, changes: [] };
  const siteReader = createReader(site);
  const read = SITE_FILES.filter((name) => existsSync(join(site, `${name}.json`))).map(
    (name) => [name, siteReader.read(`${name}.json`, validators[`site-${name}`])] as const,
  );
  reader.hashed.push(...siteReader.hashed);
  const none: SiteFiles = { codes: undefined, orders: undefined, thresholds: undefined };
  const files: SiteFiles = { ...none, ...Object.fromEntries(read) };
  const problems = [...strangeSiteFiles(site), ...siteReader.problems, ...checkSite(content, files)];
  if (problems.length > 0) throw new ContentError(site, problems);
  return { content: withSite(content, files), changes: describeSite(content, files) };
}

const SCHEMA_FOLDER = 'schema';

/** A folder that no topic answers to would be ignored in silence. */
function checkSiteFolders(siteDirectory: string, topics: readonly string[]): void {
  if (!existsSync(siteDirectory)) {
    throw new ContentError(siteDirectory, [
      { file: '', place: '', message: 'is missing', mend: 'make the folder, or let TF_SITE_DIR name the right one' },
    ]);
  }
  const strange = readdirSync(siteDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !topics.includes(entry.name))
    .map(({ name }) => ({
      file: name,
      place: '',
      message: `is no topic${didYouMean(name, topics)}`,
      mend: `give it the name of a topic: ${topics.join(', ')}`,
    }));
  if (strange.length > 0) throw new ContentError(siteDirectory, strange);
}

/**
 * Every topic of a `cards/` folder: each folder but that of the schemas is one. A site may add codes and change
 * thresholds, in a folder of the topic's name below `siteDirectory`.
 */
export function loadTopics(cardsDirectory: string, code: CodeKnowledge, siteDirectory?: string): readonly Topic[] {
  const topics = readdirSync(cardsDirectory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== SCHEMA_FOLDER)
    .map(({ name }) => name);
  if (siteDirectory !== undefined) checkSiteFolders(siteDirectory, topics);
  return topics.map((name) => {
    const site = siteDirectory === undefined ? undefined : join(siteDirectory, name);
    return loadTopic(join(cardsDirectory, name), join(cardsDirectory, SCHEMA_FOLDER), code, site);
  });
}
