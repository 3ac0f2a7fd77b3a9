import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { reviewPage } from '../../src/knowledge/review-page.js';
import { topic } from '../support/service.js';

const page = reviewPage(topic());

test('the committed page is that of the content: else run npm run docs', () => {
  const file = new URL(`../../docs/${topic().topic.id}.md`, import.meta.url);
  expect(readFileSync(file, 'utf8') === page).toBe(true);
});

test.each(topic().safety.rules.map((rule) => [rule.id, rule] as const))('rule %s stands on it whole', (_, rule) => {
  expect(page).toContain(`### ${rule.id} ${rule.title}`);
  expect(page).toContain(`${rule.rationale} **${rule.evidence}: ${rule.source}.**`);
  for (const { line } of rule.levels) expect(page).toContain(line.replaceAll('{{', '‹').replaceAll('}}', '›'));
  if (rule.card !== undefined) expect(page).toContain(`"${rule.card.summary}" ${rule.card.advice.join(' ')}`);
});

test.each(Object.keys(topic().cards.cards))('card %s stands on it', (card) => {
  expect(page).toContain(`### ${card}\n`);
});

test('every option of the ladder stands on it, with benefit and harms', () => {
  for (const { title, benefit, harms } of topic().ladder.steps.flatMap(({ options }) => options)) {
    expect(page).toContain(`| ${title} |`);
    expect(page).toContain(`| ${benefit} | ${harms} |`);
  }
});
