import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { audiencesOf } from './clients/audiences.js';
import { createAuthenticator } from './clients/authenticate.js';
import type { CdsClient } from './clients/cds-client.js';
import { describeClient } from './clients/describe-client.js';
import { explainOutcome, type TriedToken } from './clients/explain-refusal.js';
import type { FetchKeys } from './clients/key-sets.js';
import { ClientsError, loadClients } from './clients/load-clients.js';
import { isRefusal } from './clients/refusal.js';
import { createKeyFetcher } from './outbound/fetch-json.js';
import { createOutbound } from './outbound/guarded-agent.js';

const HELP = `Checks a clients file, and says whether the service would admit a token and why not.

  npm run check-client -- --clients FILE [--allow-insecure]
  npm run check-client -- --clients FILE --token FILE --url URL [--at TIME] [--private-networks RANGES]

  --clients FILE    the file that TF_CLIENTS_FILE names
  --token FILE      a file with the token, with or without "Bearer"; - reads it from standard input
  --url URL         the endpoint the token is for, as clients see it
  --at TIME         judge as of this instant (ISO 8601), for a token that was caught earlier
  --allow-insecure  FHIR servers by http are no fault, as with TF_ALLOW_INSECURE=true
  --private-networks RANGES  where key servers may stand, as with TF_PRIVATE_NETWORKS

Example:
  npm run check-client -- --clients clients.json --token token.txt \\
    --url https://cds.example/cds-services/esophageal-spasm-patient-view

Exit code: 0 good or admitted, 1 faults or refused, 2 wrong usage.
Keys are fetched from the registered key URL. The token is not printed, and is not used up for the service.`;

const [ADMITTED, REFUSED, WRONG_USAGE] = [0, 1, 2];

class UsageError extends Error {}

/** Where key servers may stand. */
interface Reach {
  readonly allowInsecure: boolean;
  readonly privateNetworks: readonly string[];
}

const OPTIONS = {
  clients: { type: 'string' },
  token: { type: 'string' },
  url: { type: 'string' },
  at: { type: 'string' },
  'allow-insecure': { type: 'boolean', default: false },
  'private-networks': { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

function readOptions() {
  try {
    return parseArgs({ options: OPTIONS }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'wrong usage');
  }
}

function readToken(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
      .trim()
      .replace(/^bearer\s+/i, '');
  } catch {
    throw new UsageError('the file of --token cannot be read');
  }
}

function instantOf(at: string | undefined): number {
  if (at === undefined) return Date.now();
  const instant = Date.parse(at);
  if (Number.isNaN(instant)) throw new UsageError('--at is no instant like 2026-03-10T12:00:00Z');
  return instant;
}

/** The service's own way to key servers, which also says what went wrong: the server's name, never an answer. */
function openKeyServers(clients: readonly CdsClient[], { privateNetworks, allowInsecure }: Reach) {
  const listedOrigins = clients.flatMap(({ keys }) => ('jku' in keys ? [keys.jku] : []));
  const outbound = createOutbound({ privateNetworks, allowInsecure, listedOrigins });
  const fetchKeyFile = createKeyFetcher(outbound);
  const fetchKeys: FetchKeys = async (jku, signal) => {
    try {
      return await fetchKeyFile(jku, signal);
    } catch (error) {
      console.log(`The key server ${jku} gave no keys (${error instanceof Error ? error.message : 'unknown'}).`);
      throw error;
    }
  };
  return { fetchKeys, close: outbound.close };
}

async function checkToken(tried: TriedToken, reach: Reach): Promise<number> {
  const { compact, clients, url, now } = tried;
  const { fetchKeys, close } = openKeyServers(clients, reach);
  const isReplayed = () => Promise.resolve(false);
  const authenticate = createAuthenticator({ clients, fetchKeys, isReplayed, now: () => now });
  const outcome = await authenticate(compact === '' ? undefined : `Bearer ${compact}`, audiencesOf(url));
  await close();
  console.log(explainOutcome(outcome, tried).join('\n'));
  return isRefusal(outcome) ? REFUSED : ADMITTED;
}

async function run(): Promise<number> {
  const { clients: file, token, url, at, help, 'allow-insecure': allowInsecure, ...more } = readOptions();
  const privateNetworks = more['private-networks']?.split(',') ?? [];
  if (help) {
    console.log(HELP);
    return ADMITTED;
  }
  if (file === undefined) throw new UsageError('--clients is missing');
  if ((token === undefined) !== (url === undefined)) throw new UsageError('--token and --url belong together');
  if (url !== undefined && !URL.canParse(url)) throw new UsageError('--url is no URL');
  const now = instantOf(at);
  const clients = loadClients(file, { allowInsecure });
  if (token !== undefined && url !== undefined) {
    return checkToken({ compact: readToken(token), clients, url, now }, { allowInsecure, privateNetworks });
  }
  console.log(clients.flatMap(describeClient).join('\n'));
  return ADMITTED;
}

try {
  process.exitCode = await run();
} catch (error) {
  if (!(error instanceof UsageError || error instanceof ClientsError)) throw error;
  console.error(error instanceof UsageError ? `${error.message}; --help tells more` : error.message);
  process.exitCode = error instanceof UsageError ? WRONG_USAGE : REFUSED;
}
