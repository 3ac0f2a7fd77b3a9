import type { Command } from 'commander';
import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';

const MORE = `
Examples:
  npm run content
  troponin-first content --content ./cards --site ./site

Exit code: 0 the content is whole, 1 it is not: every problem with its file and place.`;

interface Options {
  readonly content: string;
  readonly site?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

async function printContent({ content, site, json, quiet }: Options): Promise<void> {
  const [{ loadTopics }, { CODE_KNOWLEDGE }] = await Promise.all([
    import('../knowledge/load-topics.js'),
    import('../facts/derived/index.js'),
  ]);
  const sizes = loadTopics(content, CODE_KNOWLEDGE, site).map(
    ({ topic, contentHash, valueSets, facts, cards, siteChanges }) => ({
      topic: topic.id,
      version: topic.version,
      valueSets: valueSets.length,
      facts: Object.keys(facts.facts).length,
      cards: Object.keys(cards.cards).length,
      contentHash,
      siteChanges,
    }),
  );
  if (quiet === true) return;
  if (json === true) console.log(JSON.stringify(sizes, undefined, 2));
  else for (const size of sizes) console.log(describe(size));
}

interface Size {
  readonly topic: string;
  readonly version: string;
  readonly valueSets: number;
  readonly facts: number;
  readonly cards: number;
  readonly contentHash: string;
  /** What the site's own content changes, in words. */
  readonly siteChanges: readonly string[];
}

function describe({ topic, version, valueSets, facts, cards, contentHash, siteChanges }: Size): string {
  const counts = `${String(valueSets)} value sets, ${String(facts)} facts, ${String(cards)} cards`;
  const first = `${topic} ${version} is whole: ${counts}; content ${contentHash.slice(0, 12)}`;
  return [first, ...siteChanges.map((change) => `  the site: ${change}`)].join('\n');
}

/** `content`: whether the medicine below `cards/` is whole, and how much of it there is. */
export function addContent(program: Command): void {
  program
    .command('content')
    .description('checks the content below cards/ and says how much there is of it')
    .option('--content <dir>', "content to check instead of the product's own", CARDS_DIRECTORY)
    .option('--site <dir>', "the site's own content beside it")
    .option('--json', 'as JSON')
    .option('--quiet', 'print nothing but problems')
    .addHelpText('after', MORE)
    .action(printContent);
}
