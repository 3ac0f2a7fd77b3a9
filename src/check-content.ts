import { CODE_KNOWLEDGE } from './facts/derived/index.js';
import { ContentError } from './knowledge/content-problem.js';
import { loadTopics } from './knowledge/load-topics.js';
import { CARDS_DIRECTORY } from './knowledge/cards-directory.js';

try {
  for (const { topic, contentHash, valueSets, facts, cards } of loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE)) {
    const counts = `${String(valueSets.length)} value sets, ${String(Object.keys(facts.facts).length)} facts, ${String(Object.keys(cards.cards).length)} cards`;
    console.log(`${topic.id} ${topic.version} is whole: ${counts}; content ${contentHash.slice(0, 12)}`);
  }
} catch (error) {
  if (!(error instanceof ContentError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
