import type { Command } from 'commander';
import { WHOLE_RECORD } from '../evaluate/words.js';
import { asOfOption, formatOption, repeatedOption } from './options.js';
import { servicesFor, type ContentOptions } from './services.js';
import { EXIT, UsageError } from './usage.js';

const MORE = `
PATH is a FHIR R4 Bundle of any type (.json, .json.gz), NDJSON as a bulk export writes it (.ndjson, .ndjson.gz), a
folder of both, or - for a Bundle on standard input. NDJSON is sorted by patient in a folder below TMPDIR that is
readable by this user only, and gone at the end.

${WHOLE_RECORD}
What cannot be read, or is said to go on elsewhere, stays unknown, as in a call. The network is never used.
Lines of NDJSON that name no patient by id are counted and left out: no search for a patient would find them.

Without --encounter the one that runs at the instant is named, and for encounter-start and encounter-discharge
otherwise the newest. order-select, order-sign and problem-list-item-create need --draft.

Examples:
  troponin-first evaluate fixtures/fhir-server/ed-single-troponin.json --at 2026-03-10T12:00:00Z --why
  troponin-first evaluate charts/ --as-of each --format markdown > cards.md
  troponin-first evaluate chart.json --hook order-sign --draft order.json --json

Exit code: 0 every patient was answered, with cards or without; 1 a patient could not be answered or something could
not be read; 2 wrong usage.`;

const FORMATS = ['table', 'json', 'markdown'] as const;

interface Options extends ContentOptions {
  readonly hook?: readonly string[];
  readonly at?: string;
  readonly asOf?: string;
  readonly patient?: string;
  readonly encounter?: string;
  readonly draft?: string;
  readonly why?: boolean;
  readonly format?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

async function readDrafts(file: string | undefined) {
  if (file === undefined) return undefined;
  const { readDraftFile } = await import('../evaluate/drafts.js');
  const drafts = readDraftFile(file);
  if (typeof drafts === 'string') throw new UsageError(`--draft: ${drafts}`);
  return drafts;
}

async function given(hooks: readonly string[], { encounter, draft }: Options) {
  const { takesDrafts } = await import('../evaluate/occasion.js');
  const needing = hooks.filter(takesDrafts);
  if (needing.length > 0 && draft === undefined) throw new UsageError(`${needing.join(', ')} needs --draft`);
  if (needing.length === 0 && draft !== undefined) throw new UsageError(`--draft says nothing to ${hooks.join(', ')}`);
  const drafts = await readDrafts(draft);
  return { ...(encounter !== undefined && { encounterId: encounter }), ...(drafts !== undefined && { drafts }) };
}

async function mustExist(path: string): Promise<void> {
  const { faultOfPath } = await import('../evaluate/charts-in.js');
  const fault = faultOfPath(path);
  if (fault !== undefined) throw new UsageError(fault);
}

async function answer(path: string, options: Options) {
  const { hook: hooks = ['patient-view'], at, asOf, patient } = options;
  const when = asOfOption(at, asOf, 'now', Date.now());
  await mustExist(path);
  const services = await servicesFor(hooks, options);
  const { evaluate } = await import('../evaluate/evaluate.js');
  return evaluate({ path, services, when, given: await given(hooks, options), patientId: patient });
}

async function printEvaluation(path: string, options: Options): Promise<void> {
  const format = formatOption(options, FORMATS);
  const { why = false, quiet = false, patient } = options;
  const evaluation = await answer(path, options);
  const { isComplete } = await import('../evaluate/evaluation.js');
  const isEmpty = evaluation.answers.length === 0;
  process.exitCode = isComplete(evaluation) && !isEmpty ? EXIT.good : EXIT.faults;
  if (isEmpty) console.error(patient === undefined ? 'No chart was found there.' : 'No such patient was found there.');
  if (!quiet) process.stdout.write(await write[format](evaluation, why));
}

type Evaluated = Awaited<ReturnType<typeof answer>>;

const write: Readonly<Record<(typeof FORMATS)[number], (evaluation: Evaluated, why: boolean) => Promise<string>>> = {
  table: async (evaluation, why) => (await import('../evaluate/evaluation-table.js')).evaluationTable(evaluation, why),
  json: async (evaluation) => (await import('../evaluate/evaluation-json.js')).evaluationJson(evaluation),
  markdown: async (evaluation, why) =>
    (await import('../evaluate/evaluation-markdown.js')).evaluationMarkdown(evaluation, why),
};

/** `evaluate`: the cards for charts in files. */
export function addEvaluate(program: Command): void {
  program
    .command('evaluate')
    .description('answers a hook for charts in files: Bundles or NDJSON in, cards out')
    .argument('<path>', 'file, folder, or - for standard input')
    .option('--hook <name>', 'hook to fire, several separated by commas (patient-view)', repeatedOption)
    .option('--at <instant>', 'the instant to answer for, like 2026-03-10T12:00:00Z (now)')
    .option('--as-of <which>', 'now, or each: for every patient the last entry of his chart (now)')
    .option('--patient <id>', 'this patient alone')
    .option('--encounter <id>', 'the encounter the hook is fired in')
    .option('--draft <file>', 'what is being written: a Bundle or one resource')
    .option('--why', 'say which chart entries each card stands on, and what could not be known')
    .option('--format <name>', `${FORMATS.join(', ')} (table)`)
    .option('--json', 'the same as --format json')
    .option('--quiet', 'print nothing, only end with the code')
    .option('--content <dir>', "content to answer with (the product's own)")
    .option('--site <dir>', "the site's own content")
    .addHelpText('after', MORE)
    .action(printEvaluation);
}
