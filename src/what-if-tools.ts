import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { siteDirectory } from './commands/environment.js';
import { CODE_KNOWLEDGE } from './facts/derived/index.js';
import { CARDS_DIRECTORY } from './knowledge/cards-directory.js';
import { loadTopics } from './knowledge/load-topics.js';
import type { WhatIfTools } from './what-if/command.js';
import { loadStories } from './what-if/vignette.js';

const ROOT = fileURLToPath(new URL('../', import.meta.url));

/** The stories of every topic: a folder each. */
export const FIXTURES_DIRECTORY = join(ROOT, 'fixtures');

/** What the what-if command uses: the product's own content and stories, with the site's content of the environment. */
export const WHAT_IF_TOOLS: WhatIfTools = {
  root: ROOT,
  cards: CARDS_DIRECTORY,
  loadContent: (cards) => loadTopics(cards, CODE_KNOWLEDGE, siteDirectory()),
  loadStories: (topic) => loadStories(join(FIXTURES_DIRECTORY, topic)),
};
