import { safeJson } from '../evaluate/safe-text.js';
import { WHOLE_RECORD } from '../evaluate/words.js';
import { plainText } from '../report/plain-text.js';
import {
  callSentence,
  numeral,
  opening,
  perThousand,
  troubles,
  unreadLines,
  type Simulation,
} from './simulation-words.js';
import { INDICATORS, type ServiceTally } from './tally.js';

type Row = readonly string[];

/** Rows of a service: each card, then its calls by the gravest card. */
function rowsOf({ cards, gravest, calls }: ServiceTally): readonly Row[] {
  const rate = (count: number) => perThousand(count, calls).toFixed(1);
  return [
    ...cards.map(({ card, indicator, count }) => [card, indicator, numeral(count), rate(count)]),
    ...INDICATORS.map((indicator) => [
      'gravest card of the call',
      indicator,
      numeral(gravest[indicator]),
      rate(gravest[indicator]),
    ]),
  ];
}

const HEAD: Row = ['card', 'indicator', 'calls', 'per 1,000'];

function aligned(rows: readonly Row[]): readonly string[] {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const pad = (text: string, column: number) =>
    column < 2 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0);
  return rows.map((row) => `  ${row.map(pad).join('  ').trimEnd()}`);
}

function counted([text, count]: readonly [string, number]): string {
  return `  ${plainText(text, 300)}: ${numeral(count)}`;
}

/** The simulation as plain text for a terminal. */
export function simulationTable(simulation: Simulation): string {
  const { services } = simulation.simulated;
  const lines = [
    ...opening(simulation),
    ...services.flatMap((service) => [
      '',
      `${service.hook} (${service.service})`,
      `  ${callSentence(service)}`,
      ...aligned([HEAD, ...rowsOf(service)]),
      ...troubles(service).map(counted),
    ]),
    ...unreadLines(simulation.simulated).flatMap((line, index) =>
      index === 0 ? ['', counted(line)] : [counted(line)],
    ),
  ];
  return `${lines.join('\n')}\n`;
}

/** The simulation as a Markdown page, for a committee. */
export function simulationMarkdown(simulation: Simulation): string {
  const table = (rows: readonly Row[]) => rows.map((row) => `| ${row.join(' | ')} |`);
  const list = (line: readonly [string, number]) => `- ${counted(line).trim()}`;
  const lines = [
    '# How often cards would have been shown',
    '',
    opening(simulation).join(' '),
    '',
    ...simulation.simulated.services.flatMap((service) => [
      `## ${service.hook}`,
      '',
      callSentence(service),
      '',
      ...table([HEAD, ['---', '---', '---:', '---:'], ...rowsOf(service)]),
      '',
      ...troubles(service).map(list),
      '',
    ]),
    ...unreadLines(simulation.simulated).map(list),
  ];
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

/** One line for each card, RFC 4180; lines without a card say what else came of the calls. */
export function simulationCsv({ simulated }: Simulation): string {
  const cell = (value: string | number) =>
    typeof value === 'number' ? String(value) : `"${value.replaceAll('"', '""')}"`;
  const rows = simulated.services.flatMap(({ hook, service, calls, silent, cards, ...rest }) => [
    ...cards.map(({ card, indicator, count }) => [hook, service, 'card', card, indicator, count, calls]),
    ...INDICATORS.map((one) => [hook, service, 'gravest', '', one, rest.gravest[one], calls]),
    [hook, service, 'without card', '', '', silent, calls],
    ...Object.entries(rest.unanswered).map(([why, count]) => [hook, service, 'not answered', why, '', count, calls]),
    ...Object.entries(rest.notFired).map(([why, count]) => [hook, service, 'not fired', why, '', count, calls]),
  ]);
  const unread = Object.entries(simulated.unread).map(([why, count]) => ['', '', 'not read', why, '', count, 0]);
  const partial = simulated.isPartial ? [['', '', 'partial', '', '', simulated.charts, 0]] : [];
  const all = [...rows, ...unread, ...partial].map((row) => {
    const [count, calls] = [Number(row[5]), Number(row[6])];
    return [...row.slice(0, 6), calls, perThousand(count, calls)].map(cell).join(',');
  });
  return ['hook,service,what,name,indicator,count,calls,perThousand', ...all].map((line) => `${line}\r\n`).join('');
}

/** The simulation as JSON. */
export function simulationJson({ simulated, when }: Simulation): string {
  const { isPartial, charts, services, unread } = simulated;
  const asOf = 'at' in when ? new Date(when.at).toISOString() : 'the last entry of each chart';
  const withRates = services.map(({ cards, ...service }) => ({
    ...service,
    perThousand: perThousand(service.withCards, service.calls),
    cards: cards.map((card) => ({ ...card, perThousand: perThousand(card.count, service.calls) })),
  }));
  return `${safeJson({ isPartial, asOf, note: WHOLE_RECORD, charts, services: withRates, unread })}\n`;
}
