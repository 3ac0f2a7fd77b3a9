import { join } from 'node:path';
import { ENVIRONMENT } from './commands/environment.js';
import { explainFailure } from './commands/usage.js';
import { ConfigError, readConfig } from './config.js';
import type { Topic } from './knowledge/topic.js';
import { startService } from './start.js';
import { stopOnSignal } from './stop-on-signal.js';
import { contentBefore, readArguments } from './what-if/command.js';
import { ComparisonError } from './what-if/content-at.js';
import { createLiveService } from './what-if/live-service.js';
import { createSession, type Look } from './what-if/session.js';
import { colored, tellLook } from './what-if/tell.js';
import { watchFolders } from './what-if/watch-folders.js';
import { FIXTURES_DIRECTORY, WHAT_IF_TOOLS } from './what-if-tools.js';

const SETTLE_MS = 150;

function tell(text: string): void {
  if (text !== '') console.log(`\n${process.stdout.isTTY ? colored(text) : text}`);
}

interface FirstContent {
  readonly topics?: readonly Topic[];
  readonly name: string;
}

/** What the session begins with; without git it is the content as it stands. */
function firstContent(reference: string | undefined): FirstContent {
  try {
    return { topics: contentBefore(reference ?? 'HEAD', WHAT_IF_TOOLS), name: reference ?? 'the last commit' };
  } catch (error) {
    if (!(error instanceof ComparisonError)) throw error;
    if (reference !== undefined) throw new ConfigError(error.message);
    return { name: 'the content at the start' };
  }
}

type Live = ReturnType<typeof createLiveService>;

/** What is wrong with the port or the store must not keep an author from seeing the effect. */
async function serve(live: Live, topics: readonly Topic[], content: string): Promise<void> {
  try {
    tell(`The service answers with ${content} on ${await live.serve(topics)}`);
  } catch (error) {
    tell(`The service is not running: ${error instanceof Error ? error.message : 'it cannot start'}`);
  }
}

/** A broken content is not served: the last good one goes on, at the start that of the beginning. */
async function serveLook(live: Live, look: Look, { topics, name }: FirstContent): Promise<void> {
  if (look.kind === 'changed') await serve(live, look.topics, 'it');
  else if (look.kind === 'broken' && !live.isServing() && topics !== undefined) await serve(live, topics, name);
}

async function watchContent(reference: string | undefined): Promise<void> {
  // On this machine only, and open unless asked otherwise.
  const config = readConfig({ TF_AUTHENTICATION: 'off', LOG_LEVEL: 'warn', ...ENVIRONMENT, HOST: '127.0.0.1' });
  const first = firstContent(reference);
  const { cards, loadContent, loadStories } = WHAT_IF_TOOLS;
  const session = createSession({ loadContent: () => loadContent(cards), loadStories }, first.topics);
  const live = createLiveService((content) => startService(config, content));
  const look = async () => {
    const looked = await session.look();
    tell(tellLook(looked, first.name));
    await serveLook(live, looked, first);
  };
  const site = config.siteDirectory === undefined ? [] : [config.siteDirectory];
  const stories = (first.topics ?? []).map(({ topic }) => join(FIXTURES_DIRECTORY, topic.id));
  const watching = await watchFolders({ folders: [cards, ...site, ...stories], settleMs: SETTLE_MS, look });
  stopOnSignal(async () => {
    await watching.close();
    await live.stop();
  });
  await look();
  tell(`Watching ${[cards, ...site].join(' and ')}; Ctrl+C ends.`);
}

const given = readArguments(process.argv.slice(2));
watchContent(typeof given === 'string' ? undefined : given.against).catch(async (error: unknown) => {
  process.exitCode = await explainFailure(error);
});
