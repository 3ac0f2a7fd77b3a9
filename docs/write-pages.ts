// Writes the review page of each topic: `npm run docs`. With --check it only compares, and exits with 1 when a
// committed page is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CODE_KNOWLEDGE } from '../src/facts/derived/index.js';
import { loadTopics } from '../src/knowledge/load-topics.js';
import { reviewPage } from '../src/knowledge/review-page.js';
import { CARDS_DIRECTORY } from '../src/knowledge/cards-directory.js';

let outdated = 0;
for (const topic of loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE)) {
  const file = fileURLToPath(new URL(`./${topic.topic.id}.md`, import.meta.url));
  const text = reviewPage(topic);
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    outdated += 1;
    console.error(`${file} is out of date: run npm run docs`);
  }
}
process.exitCode = outdated === 0 ? 0 : 1;
