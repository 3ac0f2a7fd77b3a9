import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { InvalidArgumentError, type Command } from 'commander';
import type { Credentials } from '../doctor/credentials.js';
import type { Exchange } from '../doctor/exchange.js';
import type { DoctorReport } from '../doctor/report.js';
import { normalizeBaseUrl } from '../fhir/base-url.js';
import { isFhirId } from '../fhir/reference.js';
import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';
import type { Topic } from '../knowledge/topic.js';
import { siteDirectory } from './environment.js';
import { EXIT, UsageError } from './usage.js';

const MORE = `
Examples:
  troponin-first doctor --service http://127.0.0.1:3000 --origin https://sandbox.cds-hooks.org
  troponin-first doctor --service https://cds.example --key client-key.json --iss https://ehr.example --kid key-1
  troponin-first doctor --fhir https://fhir.example/r4 --fhir-token token.txt --patient 1234 --patient 5678
  troponin-first doctor --service https://cds.example --token-command ./make-token.sh --no-feedback --json

Each line is ok, warn, fault or not checked; below a warning or fault stands what to change, and where.
The hooks are called with a synthetic patient: the service records about ten answers, and with feedback one about an
unknown card, in the figures of its report. The FHIR server is only read. No token, patient id or value is printed.
A token is admitted once, so give a key or a command that makes one for each call; the command gets the URL to be
called as its only argument.

Exit code: 0 no fault, 1 at least one fault, 2 wrong usage.`;

interface Options {
  readonly service?: string;
  readonly token?: string;
  readonly tokenCommand?: string;
  readonly key?: string;
  readonly iss?: string;
  readonly kid?: string;
  readonly jku?: string;
  readonly alg?: string;
  readonly origin?: string;
  readonly feedback: boolean;
  readonly fhir?: string;
  readonly fhirToken?: string;
  readonly patient: readonly string[];
  readonly encounter?: string;
  readonly pages: number;
  readonly timeBudget: number;
  readonly timeout: number;
  readonly site?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

function readText(file: string, option: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    throw new UsageError(`the file of ${option} cannot be read`);
  }
}

function checkOptions({ service, fhir, token, tokenCommand, key, iss, kid, patient, encounter }: Options): void {
  if (service === undefined && fhir === undefined) throw new UsageError('give --service, --fhir, or both');
  for (const [url, option] of [
    [service, '--service'],
    [fhir, '--fhir'],
  ] as const) {
    if (url !== undefined && normalizeBaseUrl(url) === undefined)
      throw new UsageError(`${option} must be an http or https URL`);
  }
  const given = [token, tokenCommand, key].filter((one) => one !== undefined).length;
  if (given > 1) throw new UsageError('give one of --token, --token-command and --key');
  if (key !== undefined && (iss === undefined || kid === undefined))
    throw new UsageError('--key needs --iss and --kid');
  const ids = encounter === undefined ? patient : [...patient, encounter];
  if (!ids.every(isFhirId)) throw new UsageError('--patient and --encounter must be FHIR ids');
  if (ids.length > 0 && fhir === undefined) throw new UsageError('--patient and --encounter are asked of --fhir');
}

async function credentialsOf({ token, tokenCommand, key, iss, kid, jku, alg }: Options): Promise<Credentials> {
  const { fixedToken, NO_CREDENTIALS, signingClient, tokenFrom } = await import('../doctor/credentials.js');
  if (token !== undefined) return fixedToken(readText(token, '--token'));
  if (tokenCommand !== undefined) {
    const run = promisify(execFile);
    return tokenFrom(async (url) =>
      run(tokenCommand, [url]).then(
        ({ stdout }) => stdout,
        () => {
          throw new UsageError('the command of --token-command failed');
        },
      ),
    );
  }
  if (key === undefined || iss === undefined || kid === undefined) return NO_CREDENTIALS;
  const signing = { key: readText(key, '--key'), iss, kid, now: Date.now, newId: randomUUID };
  return signingClient({ ...signing, ...(jku !== undefined && { jku }), ...(alg !== undefined && { alg }) }).catch(
    () => {
      throw new UsageError(
        'the key of --key must be a private JWK, or PEM in PKCS #8, that fits --alg (default ES384)',
      );
    },
  );
}

async function serviceRows(
  options: Options,
  topics: readonly Topic[],
  exchange: Exchange,
): Promise<DoctorReport['rows']> {
  if (options.service === undefined) return [];
  const [{ checkService }, { baseOf }] = await Promise.all([
    import('../doctor/check-service.js'),
    import('../doctor/service-context.js'),
  ]);
  return checkService({
    base: baseOf(options.service),
    exchange,
    credentials: await credentialsOf(options),
    origin: options.origin,
    sendsFeedback: options.feedback,
    topics,
    now: Date.now,
    newId: randomUUID,
  });
}

async function fhirFindings(options: Options, topics: readonly Topic[], exchange: Exchange) {
  const base = options.fhir === undefined ? undefined : normalizeBaseUrl(options.fhir);
  const [topic] = topics;
  if (base === undefined || topic === undefined) return { rows: [], codes: [] };
  const { checkFhir } = await import('../doctor/check-fhir.js');
  return checkFhir({
    base,
    exchange,
    token:
      options.fhirToken === undefined
        ? undefined
        : readText(options.fhirToken, '--fhir-token').replace(/^bearer\s+/i, ''),
    patients: options.patient,
    encounterId: options.encounter,
    topic,
    timeBudgetMs: options.timeBudget,
    pages: options.pages,
    now: Date.now,
  });
}

async function examine(options: Options): Promise<void> {
  checkOptions(options);
  const [{ loadTopics }, { CODE_KNOWLEDGE }, { createExchange }, report] = await Promise.all([
    import('../knowledge/load-topics.js'),
    import('../facts/derived/index.js'),
    import('../doctor/exchange.js'),
    import('../doctor/report.js'),
  ]);
  const topics = loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE, options.site ?? siteDirectory());
  const exchange = createExchange({ timeoutMs: options.timeout, now: () => performance.now() });
  const ofService = await serviceRows(options, topics, exchange);
  const { rows, codes } = await fhirFindings(options, topics, exchange);
  const found: DoctorReport = { rows: [...ofService, ...rows], unknownCodes: codes };
  const text = options.json === true ? report.reportJson(found) : report.reportText(found, options.quiet === true);
  if (text !== '') console.log(text);
  process.exitCode = report.hasFaults(found) ? EXIT.faults : EXIT.good;
}

function wholeNumber(text: string): number {
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new InvalidArgumentError('must be a whole number above 0');
  return Number(text);
}

const collect = (one: string, before: readonly string[]): readonly string[] => [...before, one];

function addServiceOptions(command: Command): Command {
  return command
    .option('--service <url>', 'the service, at the URL that clients call')
    .option('--key <file>', "sign a token for each call: the client's private key, a JWK or PEM")
    .option('--iss <url>', 'with --key: the issuer the client is registered with')
    .option('--kid <id>', 'with --key: the id of the key')
    .option('--jku <url>', 'with --key: the key URL the client is registered with')
    .option('--alg <name>', 'with --key: ES384, RS384 and so on (default: of the JWK, or ES384)')
    .option('--token-command <file>', 'a program that prints a token for the URL that it gets')
    .option('--token <file>', 'a file with one token, which serves one call')
    .option('--origin <origin>', 'try CORS for pages of this origin')
    .option('--no-feedback', 'send no feedback');
}

function addFhirOptions(command: Command): Command {
  return command
    .option('--fhir <url>', 'a FHIR server, at the base URL that the EHR sends')
    .option('--fhir-token <file>', 'a file with an access token for it')
    .option('--patient <id>', 'a patient to look at; may be given again to look for codes in more charts', collect, [])
    .option('--encounter <id>', 'an encounter of the first patient')
    .option('--pages <n>', 'how many pages of one search are read', wholeNumber, 10)
    .option('--time-budget <ms>', 'what the service has for an answer, as TF_TIME_BUDGET_MS', wholeNumber, 2000);
}

/** `doctor`: asks a running service and a FHIR server everything an EHR would, and says in words what to fix. */
export function addDoctor(program: Command): void {
  const command = program
    .command('doctor')
    .description('asks a running service and a FHIR server everything an EHR would, and says what to fix');
  addFhirOptions(addServiceOptions(command))
    .option('--site <dir>', 'the site’s own content (default: TF_SITE_DIR)')
    .option('--timeout <ms>', 'how long one answer is waited for', wholeNumber, 10_000)
    .option('--json', 'as JSON')
    .option('--quiet', 'print warnings and faults only')
    .addHelpText('after', MORE)
    .action(examine);
}
