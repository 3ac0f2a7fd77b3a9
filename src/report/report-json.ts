import type { CardReport } from './card-report.js';

/** The report as a JSON value, with what `ignored` means said in it. */
export function reportJson(report: CardReport): object {
  const { scope, ...figures } = report;
  return { ...scope, ignoredMeans: 'shown, and no feedback received', ...figures };
}
