import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { isObject, textOf } from '../fhir/json.js';
import { addCheckClient } from './check-client.js';
import { addCheck } from './check.js';
import { addContent } from './content.js';
import { addDoctor } from './doctor.js';
import { addEvaluate } from './evaluate.js';
import { addReplay } from './replay.js';
import { addReport } from './report.js';
import { addServe } from './serve.js';
import { addSimulate } from './simulate.js';
import { explainFailure } from './usage.js';

/** Each registers one command; in the order of the help text. */
const COMMANDS: readonly ((program: Command) => void)[] = [
  addServe,
  addEvaluate,
  addSimulate,
  addCheck,
  addCheckClient,
  addContent,
  addDoctor,
  addReport,
  addReplay,
];

const MORE = `
Examples:
  troponin-first help serve                       the variables that configure the service
  troponin-first check --environment production.env  everything that a start depends on
  troponin-first evaluate chart.json --why        the cards for one chart, and what they stand on
  troponin-first simulate charts/                 how often cards would have been shown

Every command ends with 0 when all is good, 1 when it found faults or was refused, 2 when it was asked wrongly.`;

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const manifest: unknown = JSON.parse(text);
  return (isObject(manifest) ? textOf(manifest['version']) : undefined) ?? 'unknown';
}

/** The command line with all of its commands. What goes wrong in it is thrown, never ends the process. */
export function createProgram(): Command {
  const program = new Command('troponin-first')
    .description(
      'Troponin First, a CDS Hooks service: before chest pain is called esophageal spasm, rule out the heart.',
    )
    .version(version(), '--version', 'prints the version')
    .helpOption('-h, --help', 'says what can be given')
    .helpCommand('help [command]', 'says what a command can do')
    .showHelpAfterError('(--help says what can be given)')
    .addHelpText('after', MORE)
    .exitOverride();
  for (const add of COMMANDS) add(program);
  return program;
}

/** Runs the command that the arguments name, and sets the exit code of the process. */
export async function runProgram(args: readonly string[]): Promise<void> {
  try {
    await createProgram().parseAsync(args, { from: 'user' });
  } catch (error) {
    process.exitCode = await explainFailure(error);
  }
}
