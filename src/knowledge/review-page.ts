import type {
  CardWording,
  Criterion,
  Line,
  SafetyRule,
  TextLine,
  TherapyOption,
  TherapyStep,
} from './content-types.js';
import { dataSection } from './review-data.js';
import { siteSection } from './review-site.js';
import { condition, criterionInWords, inBrackets, mark, table, titleOfFact } from './review-words.js';
import type { Topic } from './topic.js';

function caseSection(topic: Topic): readonly string[] {
  const { cohort, silent, columns } = topic.cases;
  return [
    '## Who it is about, and which card is shown',
    '',
    `About a patient when: ${criterionInWords(cohort, topic)}. When that cannot be told, the request is answered with HTTP 412, never with silence.`,
    '',
    ...silent.map(({ title, when, rationale }) => `Silent: ${title} (${criterionInWords(when, topic)}). ${rationale}`),
    ...columns.flatMap(({ title, shownWhen, rows }) => [
      '',
      `### ${title}`,
      '',
      'The first row that is met decides.',
      ...(shownWhen === undefined ? [] : ['', `Shown only when: ${criterionInWords(shownWhen, topic)}.`]),
      ...table(
        ['row', 'when', 'card', 'why', 'evidence'],
        rows.map((row) => [
          `${row.id} ${row.title}${row.isFallback === true ? ' (also when the rows are open)' : ''}`,
          criterionInWords(row.when, topic),
          row.card ?? 'none',
          row.rationale,
          mark(row),
        ]),
      ),
    ]),
  ];
}

function textLines(line: Line, topic: Topic, outer?: Criterion): readonly (readonly string[])[] {
  if ('ladder' in line) return [[condition(line.when, topic), 'the therapy ladder, annotated for the patient', '']];
  if ('block' in line) {
    return (topic.cards.blocks[line.block] ?? []).flatMap((inner) => textLines(inner, topic, line.when));
  }
  return [[conditions([outer, line.when], topic), quoted(line), mark(line)]];
}

function conditions(all: readonly (Criterion | undefined)[], topic: Topic): string {
  const given = all.filter((one) => one !== undefined);
  return given.length === 0 ? 'always' : given.map((one) => inBrackets(one, topic)).join(' and ');
}

function quoted({ line }: TextLine): string {
  return line.replaceAll('{{', '‹').replaceAll('}}', '›');
}

function namesOf(codes: readonly string[], { overrideReasons }: Topic): string {
  return codes.map((code) => overrideReasons.concept?.find((one) => one.code === code)?.display ?? code).join('; ');
}

function cardSection(id: string, card: CardWording, topic: Topic): readonly string[] {
  return [
    `### ${id}`,
    ...table(
      ['indicator', 'when', 'evidence'],
      card.indicator.map((one) => [one.is, condition(one.when, topic, 'otherwise'), mark(one)]),
    ),
    ...table(
      ['summary', 'when', 'evidence'],
      card.summary.map((one) => [quoted({ line: one.text }), condition(one.when, topic, 'otherwise'), mark(one)]),
    ),
    ...table(
      ['when', 'line of the detail', 'evidence'],
      card.detail.flatMap((line) => textLines(line, topic)),
    ),
    `Links: ${card.references.join(', ') || 'none'}. Suggests: ${(card.suggestions ?? []).join(', ') || 'nothing'}.`,
    '',
    `Override reasons: ${namesOf(card.overrideReasons ?? [], topic) || 'none'}.`,
    '',
  ];
}

function ladderRow(step: TherapyStep, option: TherapyOption): readonly string[] {
  const { title, text, offer, benefit, harms, dose } = option;
  return [step.title, title, text, offer, benefit, harms, dose ?? '', mark(option)];
}

function ladderSection(topic: Topic): readonly string[] {
  return [
    '## Therapy ladder',
    '',
    'Cards show title and wording; benefit, harms and dose are for the reviewer only. An option is named as the next one when it was neither taken nor tried, no rule stops it, and every rule about it could be decided.',
    ...table(
      ['step', 'option', 'wording', 'offered as', 'benefit', 'harms', 'usual dose', 'evidence'],
      topic.ladder.steps.flatMap((step) => step.options.map((option) => ladderRow(step, option))),
    ),
  ];
}

function cardOfRule({ card }: SafetyRule, topic: Topic): readonly string[] {
  if (card === undefined) return ['No card of its own.'];
  const indicators = [
    ...(card.active === undefined ? [] : [`${card.active} when taken`]),
    ...(card.draft === undefined ? [] : [`${card.draft} when drafted`]),
  ];
  const reasons = [...(card.overrideReasons ?? []), ...topic.safety.overrideReasons];
  return [
    `Card (${indicators.join(', ')}): "${card.summary}" ${card.advice.join(' ')}`,
    '',
    `Override reasons: ${namesOf(reasons, topic)}.`,
  ];
}

function ruleSection(rule: SafetyRule, topic: Topic): readonly string[] {
  const options = rule.options.join(', ') || 'none';
  return [
    `### ${rule.id} ${rule.title}`,
    '',
    `${rule.kind}; about: ${rule.taking.map((name) => titleOfFact(name, topic)).join(', ')}; ladder options: ${options}. ${rule.rationale} **${mark(rule)}.**`,
    ...table(
      ['level', 'for', 'when', 'says'],
      rule.levels.map((level) => [
        level.level,
        (level.for ?? ['all']).join(', '),
        criterionInWords(level.when, topic),
        quoted({ line: level.line }),
      ]),
    ),
    ...(rule.ask === undefined ? [] : [`When the value was never recorded: ${rule.ask}.`, '']),
    ...cardOfRule(rule, topic),
    '',
  ];
}

function safetySection(topic: Topic): readonly string[] {
  const { rules } = topic.safety;
  return [
    '## Safety rules',
    '',
    `${String(rules.length)} rules. The first level met counts. *stop*: do not use. *caution*: only after review. *ask*: find out first. A rule that cannot be decided blocks the option, and the card says what is missing. Cards about the same drug or pair are merged; at most ${String(topic.cases.safety.most)} are shown, the gravest first.`,
    '',
    ...rules.flatMap((rule) => ruleSection(rule, topic)),
  ];
}

function sourceSection(topic: Topic): readonly string[] {
  return [
    '## References',
    ...table(
      ['id', 'label', 'evidence', 'what was taken from it'],
      topic.topic.references.map(({ id, label, url, evidence, note }) => [id, `[${label}](${url})`, evidence, note]),
    ),
    '## What no card may say',
    '',
    topic.topic.neverSay.map((phrase) => `"${phrase}"`).join(', '),
    '',
  ];
}

/** Everything a topic says and when, on one page of Markdown, so that a clinician can review it without reading code. */
export function reviewPage(topic: Topic): string {
  const { title, version, status, reviewed } = topic.topic;
  return [
    `# ${title}`,
    '',
    'Generated from the content by `npm run docs`. Do not edit.',
    '',
    `Version ${version}, ${status}. ${reviewed}`,
    '',
    'Evidence marks: V seen in a public source, M from memory and to be checked in the primary document, D a safety default of this project for the clinical lead to sign off. ‹name› stands for what the chart says.',
    '',
    ...caseSection(topic),
    '## Cards',
    '',
    ...Object.entries(topic.cards.cards).flatMap(([id, card]) => cardSection(id, card, topic)),
    ...ladderSection(topic),
    ...safetySection(topic),
    ...dataSection(topic),
    ...siteSection(topic),
    ...sourceSection(topic),
  ]
    .join('\n')
    .replace(/\n{3,}/g, '\n\n');
}
