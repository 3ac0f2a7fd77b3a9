// Writes the pages that come from the content: the review page of each topic, and the capabilities. `npm run docs`. With
// --check it only compares, and exits with 1 when a committed page is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CODE_KNOWLEDGE } from '../src/facts/derived/index.js';
import { CARDS_DIRECTORY } from '../src/knowledge/cards-directory.js';
import { loadTopics } from '../src/knowledge/load-topics.js';
import { reviewPage } from '../src/knowledge/review-page.js';
import { capabilityPage } from '../src/service/capability-page.js';

const topics = loadTopics(CARDS_DIRECTORY, CODE_KNOWLEDGE);
const pages = [
  ...topics.map((topic) => ({ name: topic.topic.id, text: reviewPage(topic) })),
  { name: 'capabilities', text: capabilityPage(topics) },
];

let outdated = 0;
for (const { name, text } of pages) {
  const file = fileURLToPath(new URL(`./${name}.md`, import.meta.url));
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8').catch(() => '')) !== text) {
    outdated += 1;
    console.error(`${file} is out of date: run npm run docs`);
  }
}
process.exitCode = outdated === 0 ? 0 : 1;
