import { readFileSync } from 'node:fs';
import { audiencesOf } from '../clients/audiences.js';
import { createAuthenticator } from '../clients/authenticate.js';
import type { CdsClient } from '../clients/cds-client.js';
import { explainOutcome, type TriedToken } from '../clients/explain-refusal.js';
import type { FetchKeys } from '../clients/key-sets.js';
import { isRefusal } from '../clients/refusal.js';
import { createKeyFetcher } from '../outbound/fetch-json.js';
import { createOutbound } from '../outbound/guarded-agent.js';
import { EXIT, messageOf, UsageError } from './usage.js';

/** Where key servers may stand. */
export interface Reach {
  readonly allowInsecure: boolean;
  readonly privateNetworks: readonly string[];
}

/** The token in a file, `-` for standard input, with or without `Bearer`. Throws a UsageError. */
export function readToken(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8')
      .trim()
      .replace(/^bearer\s+/i, '');
  } catch {
    throw new UsageError('the file of --token cannot be read');
  }
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
      console.log(`The key server ${jku} gave no keys (${messageOf(error)}).`);
      throw error;
    }
  };
  return { fetchKeys, close: outbound.close };
}

/** Says whether the service would admit a token, and why not; the exit code. */
export async function tryToken(tried: TriedToken, reach: Reach): Promise<number> {
  const { compact, clients, url, now } = tried;
  const { fetchKeys, close } = openKeyServers(clients, reach);
  const isReplayed = () => Promise.resolve(false);
  const authenticate = createAuthenticator({ clients, fetchKeys, isReplayed, now: () => now });
  const outcome = await authenticate(compact === '' ? undefined : `Bearer ${compact}`, audiencesOf(url));
  await close();
  console.log(explainOutcome(outcome, tried).join('\n'));
  return isRefusal(outcome) ? EXIT.faults : EXIT.good;
}
