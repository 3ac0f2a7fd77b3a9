import type { IRouter, Request, RequestHandler, Response } from 'express';
import type { Topic } from '../knowledge/topic.js';
import { reportOf, type CardReport, type ReasonNames } from '../report/card-report.js';
import { reportCsv } from '../report/report-csv.js';
import { reportJson } from '../report/report-json.js';
import { REPORT_PAGE_POLICY, reportPage } from '../report/report-page.js';
import { countScopeOf, readScope, type ReportScope } from '../report/scope.js';
import { Problem } from '../service/problem.js';
import type { Store } from '../store/store.js';
import { onlyMethods } from './only-methods.js';

export interface ReportDependencies {
  readonly countCards: Store['countCards'];
  /** Ends a call that is no operator's, see `requireOperator`. */
  readonly requireOperator: RequestHandler;
  /** Words of the content for override reasons. */
  readonly reasonNames: ReasonNames;
  /** Current instant in milliseconds. */
  readonly now: () => number;
}

const FORMATS = ['json', 'html', 'csv'] as const;

type Format = (typeof FORMATS)[number];

const PARAMETERS: readonly string[] = ['from', 'to', 'client', 'format'];

/** The content's own words for override reasons, by `system|code`. */
export function reasonNamesOf(topics: readonly Topic[]): ReasonNames {
  return new Map(
    topics.flatMap(({ overrideReasons: { url = '', concept = [] } }) =>
      concept.map(({ code, display = code }) => [`${url}|${code}`, display] as const),
    ),
  );
}

function isFormat(text: string): text is Format {
  return FORMATS.some((format) => format === text);
}

function parametersOf({ url }: Request): URLSearchParams {
  const query = url.indexOf('?');
  return new URLSearchParams(query < 0 ? '' : url.slice(query + 1));
}

type Faults = readonly { readonly expression: string; readonly text: string }[];

/** A misspelt parameter would otherwise give a report about something else than was asked for. */
function parameterFaults(parameters: URLSearchParams): Faults {
  const isStrange = [...parameters.keys()].some((name) => !PARAMETERS.includes(name));
  const repeated = PARAMETERS.filter((name) => parameters.getAll(name).length > 1);
  const format = parameters.get('format');
  return [
    ...(isStrange ? [{ expression: 'query', text: `may hold ${PARAMETERS.join(', ')} only` }] : []),
    ...repeated.map((expression) => ({ expression, text: 'must be given once' })),
    ...(format === null || isFormat(format)
      ? []
      : [{ expression: 'format', text: `must be one of ${FORMATS.join(', ')}` }]),
  ];
}

function scopeOf(parameters: URLSearchParams, now: number): ReportScope {
  const [from, to, client] = ['from', 'to', 'client'].map((name) => parameters.get(name) ?? undefined);
  const scope = readScope({ from, to, client }, now);
  const wrong = 'madeAt' in scope ? [] : scope.map(({ parameter, text }) => ({ expression: parameter, text }));
  const faults = [...parameterFaults(parameters), ...wrong];
  if ('madeAt' in scope && faults.length === 0) return scope;
  throw new Problem('invalid-request', 'The parameters of the report are not valid.', faults);
}

/** What was asked for; without `format` what the caller likes best, and JSON when it likes none. */
function formatOf(request: Request, parameters: URLSearchParams): Format {
  const format = parameters.get('format');
  if (format !== null && isFormat(format)) return format;
  const accepted = request.accepts([...FORMATS]);
  return typeof accepted === 'string' && isFormat(accepted) ? accepted : 'json';
}

function sendCsv(response: Response, report: CardReport): void {
  const { from, to } = report.scope;
  response.setHeader('Content-Type', 'text/csv; charset=utf-8; header=present');
  response.setHeader('Content-Disposition', `attachment; filename="cards-${from}-${to}.csv"`);
  response.end(reportCsv(report));
}

function sendPage(response: Response, report: CardReport): void {
  response.setHeader('Content-Type', 'text/html; charset=utf-8');
  response.setHeader('Content-Security-Policy', `${REPORT_PAGE_POLICY}; frame-ancestors 'none'`);
  response.end(reportPage(report));
}

function sendReport(response: Response, report: CardReport, format: Format): void {
  response.vary('Accept');
  response.setHeader('Cache-Control', 'no-store');
  if (format === 'csv') sendCsv(response, report);
  else if (format === 'html') sendPage(response, report);
  else response.json(reportJson(report));
}

/** `GET /reports/cards` for operators: what was shown in a period and what became of it. */
export function addReports<T extends IRouter>(router: T, dependencies: ReportDependencies): T {
  const { countCards, requireOperator, reasonNames, now } = dependencies;
  router
    .route('/reports/cards')
    .get(requireOperator, async (request, response) => {
      const parameters = parametersOf(request);
      const scope = scopeOf(parameters, now());
      const counts = await countCards(countScopeOf(scope));
      sendReport(response, reportOf(counts, scope, reasonNames), formatOf(request, parameters));
    })
    .all(onlyMethods('GET', 'HEAD'));
  return router;
}
