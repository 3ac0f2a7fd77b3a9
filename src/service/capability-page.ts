import type { DataNeed } from '../knowledge/content-types.js';
import { table } from '../knowledge/review-words.js';
import { serviceIdOf, type Topic } from '../knowledge/topic.js';
import { prefetchTemplate } from '../record/queries.js';

function servicesSection({ topic, ...content }: Topic): readonly string[] {
  return [
    '## Services',
    '',
    'One service for each hook, so that each has its own id and prefetch.',
    ...table(
      ['hook', 'id', 'title'],
      topic.services.map(({ hook, title }) => [hook, `\`${serviceIdOf({ topic, ...content }, hook)}\``, title]),
    ),
    ...topic.services.slice(0, 1).flatMap(({ description, usageRequirements }) => [description, '', usageRequirements]),
  ];
}

/** Long lists of codes say no more than that they are one. */
function shortened(template: string): string {
  return template.replace(/(code=[^,&]+),[^&]+/, '$1,…');
}

function sayNeed({ required, withinDays }: DataNeed): string {
  const asked = withinDays === undefined ? 'all there are' : `the last ${String(withinDays)} days`;
  return required === true ? `required; ${asked}` : asked;
}

function prefetchSection(topic: Topic): readonly string[] {
  return [
    '## Prefetch',
    '',
    'All services publish the same templates. Every key may be left out: what is missing is asked of `fhirServer`, when the call names one that its client is registered with, and otherwise becomes a gap that the card names; when the prefetched conditions are whole and do not concern the guidance, nothing is asked. Only for the required key a call is refused (412). `null` and an empty Bundle mean "asked, and nothing found"; an OperationOutcome means "failed"; a Bundle with a `next` link is read on from the FHIR server, and is incomplete without one.',
    ...table(
      ['key', 'what', 'looks at', 'template'],
      topic.facts.needs.map((need) => [
        need.key,
        need.title,
        need.read === undefined ? sayNeed(need) : 'one resource',
        `\`${shortened(prefetchTemplate(need, topic))}\``,
      ]),
    ),
    'Tokens are `{{context.patientId}}` and `{{context.encounterId}}`. A client that cannot resolve a comma list of codes leaves the key out. `Medication` resources that orders refer to may be contained or in the Bundle; else they are read from the FHIR server.',
  ];
}

/** Types that are read by reference, beside those of the needs. */
const BY_REFERENCE = ['Medication'];

function scopesSection({ facts }: Topic): readonly string[] {
  const types = [...new Set([...facts.needs.map(({ resourceType }) => resourceType), ...BY_REFERENCE])].sort();
  return [
    '## Scopes',
    '',
    'For `fhirAuthorization`, read access to the patient in context, in the form of SMART 1 (below) or 2 (`.rs`). Nothing is ever written. What the scope does not cover, or only in part (`?category=…`), is never taken for absent: the card names the gap.',
    '',
    '```text',
    ...types.map((type) => `patient/${type}.read`),
    '```',
  ];
}

function cardsSection({ cards }: Topic): readonly string[] {
  return [
    '## Cards',
    '',
    'At most one cardiac card, one therapy card and three safety cards. `source.topic` is `urn:troponin-first:card` with one of these codes; safety cards are `safety-` and the id of their gravest rule.',
    ...table(
      ['code', 'indicator', 'offers'],
      Object.entries(cards.cards).map(([code, card]) => [
        `\`${code}\``,
        [...new Set(card.indicator.map((one) => one.is))].join(', '),
        (card.suggestions ?? []).map((name) => cards.suggestions[name]?.label ?? name).join('; ') || 'no order',
      ]),
    ),
    ...FEATURES,
  ];
}

const FEATURES = [
  ...table(
    ['of the protocol', 'here'],
    [
      [
        '`detail`',
        'GitHub-flavored Markdown: paragraphs, bold, lists; no HTML, tables, images or headings; readable as plain text',
      ],
      ['`suggestions`', 'one action each, `selectionBehavior` is `any`; taken or not, nothing depends on it'],
      [
        '`actions`',
        '`create` of a draft ServiceRequest (12-lead ECG, troponin); `delete` of a draft order on the order hooks; no `update`, no `systemActions`',
      ],
      ['`links`', '`absolute` to guidelines; no SMART app'],
      ['`overrideReasons`', 'on every card, from `urn:troponin-first:override-reason`'],
      ['`uuid`', 'on every card and suggestion; the same call gives the same ids'],
      [
        '`extension`',
        '`org.troponin-first.basis` on every card: rule, content version and hash, instant, evidence, gaps',
      ],
      [
        'feedback',
        'accepted and overridden, with reasons, suggestion ids and comment; durable before the 200; repeated items are stored once',
      ],
    ],
  ),
];

const PROTOCOL = [
  '## Protocol',
  ...table(
    ['what', 'supported'],
    [
      ['CDS Hooks', '2.0.1; members that it does not know are passed over, those of 1.x and 3.0 among them'],
      [
        'FHIR',
        'R4 inside; DSTU2, STU3, R4B and R5 are read, and suggested orders go back in the version of the client',
      ],
      [
        'client authentication',
        'JWT with RS384, ES384 and other asymmetric algorithms by registration; on discovery, services and feedback',
      ],
      ['CORS', 'origins by configuration, on every endpoint, errors among them'],
      [
        'errors',
        '400 malformed, 401 not admitted, 404 unknown service, 412 required data missing, 413 too large, 429 too many, 503 stopping or store away; the body is an OperationOutcome',
      ],
      ['paging', '`next` links on the origin of the FHIR server, within the time budget of the call'],
    ],
  ),
  '## Use, and what it is not for',
  '',
  'It is for adults with coded suspected esophageal spasm, before the pain is called that. It answers a clinician: it speaks to no patient, computes no risk score, gives no dose, signs nothing and never says that a cardiac cause is excluded. A missing answer of the service is no finding.',
  '',
];

/** What the service supports of CDS Hooks, for humans: CDS Hooks 3.0 §Capability Documentation. Markdown. */
export function capabilityPage(topics: readonly Topic[]): string {
  const topicSections = topics.flatMap((topic) =>
    [servicesSection(topic), prefetchSection(topic), scopesSection(topic), cardsSection(topic)].flatMap((section) => [
      ...section,
      '',
    ]),
  );
  return [
    '# What the service supports of CDS Hooks',
    '',
    'Written by `npm run docs` from the content; a check fails when it is out of date.',
    '',
    ...topicSections,
    ...PROTOCOL,
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n');
}
