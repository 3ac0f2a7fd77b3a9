import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { explainFailure } from './commands/usage.js';
import { compareOnce, readArguments, WHAT_IF_HELP } from './what-if/command.js';
import { WHAT_IF_TOOLS } from './what-if-tools.js';

const TSX = fileURLToPath(import.meta.resolve('tsx/cli'));
const SESSION = fileURLToPath(new URL('./dev-session.ts', import.meta.url));

/** How long a session that was told by the terminal may take to end. */
const PATIENCE_MS = 3000;

/** A session that begins anew at each change of the source, and ends with this process. */
function keepSession(args: readonly string[]): void {
  const child = spawn(process.execPath, [TSX, 'watch', '--clear-screen=false', SESSION, ...args], { stdio: 'inherit' });
  let isStopping = false;
  const pass = () => child.kill('SIGTERM');
  // Ctrl+C reaches the session from the terminal, and told twice it would be killed; another's signal may not.
  process.on('SIGINT', () => {
    isStopping = true;
    setTimeout(pass, PATIENCE_MS).unref();
  });
  process.on('SIGTERM', () => {
    isStopping = true;
    pass();
  });
  child.once('exit', (code) => {
    process.exitCode = isStopping ? 0 : (code ?? 1);
  });
}

async function run(args: readonly string[]): Promise<void> {
  const given = readArguments(args);
  if (typeof given === 'string') {
    console.error(`${given}\n--help says what can be given.`);
    process.exitCode = 2;
  } else if (given.help) console.log(WHAT_IF_HELP);
  else if (given.once) {
    const { exitCode, text } = await compareOnce(given, WHAT_IF_TOOLS);
    (exitCode === 2 ? console.error : console.log)(text);
    process.exitCode = exitCode;
  } else keepSession(args);
}

run(process.argv.slice(2)).catch(async (error: unknown) => {
  await explainFailure(error);
  process.exitCode = 2;
});
