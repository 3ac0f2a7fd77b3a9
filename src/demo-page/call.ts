import type { Card, CdsService, Discovery } from '../cds-hooks/types.js';
import type { ChartView, DemoStart } from '../demo/chart-view.js';
import { startWatch } from './clock.js';
import type { HookBody } from './request.js';

/** What a call came to: cards, none among them, or nothing that could be concluded from. */
export type Answer =
  | { readonly kind: 'cards'; readonly cards: readonly Card[] }
  | { readonly kind: 'refused'; readonly title: string; readonly issues: readonly string[] };

/** One call and what came back, byte for byte. */
export interface Exchange {
  readonly service: CdsService;
  readonly body: HookBody;
  readonly requestText: string;
  /** Undefined when no answer came. */
  readonly status: number | undefined;
  readonly milliseconds: number;
  readonly responseText: string;
  readonly answer: Answer;
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'The service could not read the request.',
  401: 'The service did not admit this EHR.',
  412: 'Data that the service cannot do without are missing.',
  413: 'The request was larger than the service accepts.',
  429: 'Too many calls: the service asks to wait.',
  500: 'The service failed.',
  503: 'The service cannot answer just now.',
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** What an OperationOutcome says is wrong. */
function issuesOf(body: unknown): readonly string[] {
  const issues: readonly unknown[] = isObject(body) && Array.isArray(body['issue']) ? body['issue'] : [];
  return issues.flatMap((issue) => {
    const text = isObject(issue) ? issue['diagnostics'] : undefined;
    return typeof text === 'string' ? [text] : [];
  });
}

const RANK = { critical: 0, warning: 1, info: 2 } as const;
const INDICATORS: readonly unknown[] = Object.keys(RANK);

/** A card of this service, with all that the page shows of it. */
function isCard(card: unknown): card is Card {
  if (!isObject(card) || !INDICATORS.includes(card['indicator'])) return false;
  const { summary, detail, source, extension } = card;
  if (typeof summary !== 'string' || typeof detail !== 'string') return false;
  const isFromTopic = isObject(source) && isObject(source['topic']);
  return isFromTopic && isObject(extension) && isObject(extension['org.troponin-first.basis']);
}

/** What a status and a body mean. Only a list of cards that can be read whole is an answer; all else is not silence. */
export function readAnswer(status: number, text: string): Answer {
  const body = parse(text);
  if (status !== 200) {
    return {
      kind: 'refused',
      title: TITLES[status] ?? `The service answered ${String(status)}.`,
      issues: issuesOf(body),
    };
  }
  const cards: unknown = isObject(body) ? body['cards'] : undefined;
  if (!Array.isArray(cards) || !cards.every(isCard)) {
    return { kind: 'refused', title: 'The answer of the service could not be read.', issues: [] };
  }
  return { kind: 'cards', cards: cards.toSorted((one, other) => RANK[one.indicator] - RANK[other.indicator]) };
}

const UNREACHED: Answer = { kind: 'refused', title: 'The service could not be reached.', issues: [] };
const JSON_HEADERS = { 'Content-Type': 'application/json' };

/** Calls a service at its public endpoint, as any EHR does. Never rejects. */
export async function callService(service: CdsService, body: HookBody): Promise<Exchange> {
  const requestText = JSON.stringify(body, undefined, 2);
  const elapsed = startWatch();
  try {
    const response = await fetch(`/cds-services/${service.id}`, {
      method: 'POST',
      headers: JSON_HEADERS,
      body: requestText,
    });
    const responseText = await response.text();
    const { status } = response;
    const answer = readAnswer(status, responseText);
    return { service, body, requestText, status, milliseconds: elapsed(), responseText, answer };
  } catch {
    return {
      service,
      body,
      requestText,
      status: undefined,
      milliseconds: elapsed(),
      responseText: '',
      answer: UNREACHED,
    };
  }
}

async function getJson(path: string): Promise<unknown> {
  const response = await fetch(path);
  if (!response.ok) throw new Error(`${path} answered ${String(response.status)}`);
  return response.json();
}

/** What the page begins with. Rejects when the demonstration does not answer. */
export async function fetchStart(): Promise<{ readonly start: DemoStart; readonly services: readonly CdsService[] }> {
  const [start, discovery] = await Promise.all([getJson('/demo/start'), getJson('/cds-services')]);
  return { start: start as DemoStart, services: (discovery as Discovery).services };
}

/** The chart as the service reads it for a call; undefined when it could not be had. */
export async function fetchChart(body: HookBody): Promise<ChartView | undefined> {
  try {
    const response = await fetch('/demo/chart', { method: 'POST', headers: JSON_HEADERS, body: JSON.stringify(body) });
    return response.ok ? ((await response.json()) as ChartView) : undefined;
  } catch {
    return undefined;
  }
}
