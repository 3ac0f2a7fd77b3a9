import type { Assessment } from '../assessment/assess.js';
import type { FiringRule, SafetyFinding } from '../assessment/safety.js';
import type { Card } from '../cds-hooks/types.js';
import type { Topic } from '../knowledge/topic.js';
import { linksTo, reasonsOf } from './compiled-card.js';
import { inertMarkdown } from './inert-text.js';
import { levelText } from './ladder-lines.js';
import { renderItem } from './template.js';

function unique(texts: readonly string[]): readonly string[] {
  return [...new Set(texts)];
}

/** What is taken or drafted, entry by entry. */
function takenLines({ rules }: SafetyFinding, { grounds }: Assessment): readonly string[] {
  const names = unique(rules.flatMap(({ rule }) => rule.taking));
  return unique(
    names.flatMap((name) => {
      const fact = grounds.get(name);
      return fact.state === 'present' ? fact.items.map((item) => `- ${renderItem(item, inertMarkdown)}.`) : [];
    }),
  );
}

function ruleLine({ levels }: FiringRule, { grounds }: Assessment, { cards }: Topic): string {
  const [first] = levels;
  const word = first === undefined || first.level === 'none' ? '' : `**${cards.levels[first.level]}:** `;
  return `- ${word}${levels.map((level) => levelText(level, grounds)).join('; ')}.`;
}

/** The words of a safety card: what is taken, what speaks against it, what to do. */
export function safetyLines(finding: SafetyFinding, assessment: Assessment, topic: Topic): readonly string[] {
  const advice = unique(finding.rules.flatMap(({ rule }) => rule.card?.advice ?? []));
  return [
    ...takenLines(finding, assessment),
    ...finding.rules.map((rule) => ruleLine(rule, assessment, topic)),
    ...advice,
    topic.cards.closing,
  ];
}

/** Links and override reasons: those of every safety card, and those of its rules. */
export function safetyExtras({ rules }: SafetyFinding, topic: Topic): Pick<Card, 'links' | 'overrideReasons'> {
  const { references, overrideReasons } = topic.safety;
  const cards = rules.flatMap(({ rule }) => rule.card ?? []);
  const links = linksTo(unique([...cards.flatMap((card) => card.references ?? []), ...references]), topic);
  const reasons = reasonsOf(
    unique([...cards.flatMap((card) => card.overrideReasons ?? []), ...overrideReasons]),
    topic,
  );
  return { ...(links.length > 0 && { links }), ...(reasons.length > 0 && { overrideReasons: reasons }) };
}
