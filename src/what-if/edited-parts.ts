import { optionsOf, type Topic, type TopicContent } from '../knowledge/topic.js';
import type { Run } from './run.js';

/** A part of the content that an author thinks of as one: a rule, a row, a card, a threshold. */
export interface Part {
  /** Kind and name, like `rule N1`. */
  readonly name: string;
  /** As answers and vignettes call the rule; undefined for what is no rule. */
  readonly rule?: string;
}

/** What became of a part. */
export interface EditedPart extends Part {
  readonly how: 'edited' | 'new' | 'gone';
}

type Entry = readonly [part: Part, content: unknown];

function named(kind: string, entries: Readonly<Record<string, unknown>>): readonly Entry[] {
  return Object.entries(entries).map(([name, content]) => [{ name: `${kind} ${name}` }, content] as const);
}

function rulesOf({ cases, safety }: TopicContent): readonly Entry[] {
  return [
    ...safety.rules.map((rule) => [{ name: `rule ${rule.id}`, rule: `S-${rule.id}` }, rule] as const),
    ...cases.columns.flatMap(({ rows }) => rows.map((row) => [{ name: `row ${row.id}`, rule: row.id }, row] as const)),
    ...cases.silent.map((row) => [{ name: `silent row ${row.id}` }, row] as const),
  ];
}

function restOf(content: TopicContent): readonly Entry[] {
  const { topic, cards, cases, safety, ladder, drugs, facts } = content;
  const { thresholds, orders, ...head } = topic;
  const { cards: texts, blocks, suggestions, gapReasons, ...words } = cards;
  const { cohort, safety: placement } = cases;
  const columns = cases.columns.map((column) => ({ ...column, rows: [] }));
  const steps = ladder.steps.map((step) => ({ ...step, options: [] }));
  return [
    ...named('topic.json', { ...head }),
    ...named('cards.json', { ...words }),
    ...named('cases.json', { cohort, safety: placement, columns }),
    ...named('safety.json', { ...safety, rules: [] }),
    ...named('site.json', { ...content.site }),
    ...named('ladder.json', { steps }),
    ...named('option', Object.fromEntries(optionsOf(content).map((option) => [option.id, option]))),
    ...named('drugs.json', { noNames: drugs.noNames }),
    ...named('needs of facts.json', Object.fromEntries(facts.needs.map((need) => [need.key, need]))),
    ...named('threshold', thresholds),
    ...named('order', orders),
    ...named('card', texts),
    ...named('block', blocks),
    ...named('suggestion', suggestions),
    ...named('words for', gapReasons),
    ...named('fact', facts.facts),
    ...named('criterion', facts.criteria),
    ...named('drug class', drugs.classes),
    ...named('route', drugs.routes),
  ];
}

function partsOf(topic: Topic): ReadonlyMap<string, Entry> {
  const codes = Object.fromEntries([...topic.valueSetById]);
  const entries = [
    ...rulesOf(topic),
    ...restOf(topic),
    ...named('value set', codes),
    ...named('code system', { 'override-reasons': topic.overrideReasons }),
  ];
  return new Map(entries.map((entry) => [entry[0].name, entry]));
}

/** The parts of the content that an edit touched; space and order of members do not count as such. */
export function editedParts(before: Topic, after: Topic): readonly EditedPart[] {
  const [olds, news] = [partsOf(before), partsOf(after)];
  const changed = [...news].flatMap(([name, [part, content]]): readonly EditedPart[] => {
    const old = olds.get(name);
    if (old === undefined) return [{ ...part, how: 'new' }];
    return JSON.stringify(old[1]) === JSON.stringify(content) ? [] : [{ ...part, how: 'edited' }];
  });
  const gone = [...olds].filter(([name]) => !news.has(name));
  return [...changed, ...gone.map(([, [part]]): EditedPart => ({ ...part, how: 'gone' }))];
}

/** Those of the rules that no vignette meets, before or after, or leaves open: nothing shows what an edit of them does. */
export function unexercised(parts: readonly EditedPart[], runs: readonly Run[]): readonly string[] {
  const met = new Set(
    runs.flatMap(({ outcomes }) =>
      [...outcomes.values()].flatMap(({ rules, undetermined }) => [...rules, ...undetermined]),
    ),
  );
  return parts.flatMap(({ name, rule }) => (rule === undefined || met.has(rule) ? [] : [name]));
}
