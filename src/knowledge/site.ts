import type { ContentProblem } from './content-problem.js';
import type { SiteCodes, SiteCodesFile, SiteOrdersFile, SiteThresholdsFile, Verified } from './content-types.js';
import { checkSiteCodes, standingCodes, withSiteCodes } from './site-codes.js';
import { checkSiteOrders, withSiteOrders } from './site-orders.js';
import { checkSiteThresholds, withSiteThresholds } from './site-thresholds.js';
import type { TopicContent } from './topic.js';

/** The files a site may have below TF_SITE_DIR/<topic>/, parsed and of the right shape; undefined for one it has not. */
export interface SiteFiles {
  readonly codes: SiteCodesFile | undefined;
  readonly orders: SiteOrdersFile | undefined;
  readonly thresholds: SiteThresholdsFile | undefined;
}

/** The names of those files, without `.json`. */
export const SITE_FILES = ['codes', 'orders', 'thresholds'] as const;

/** Everything wrong with what a site has to say of a topic, its files held against one another too. */
export function checkSite(content: TopicContent, { codes, orders, thresholds }: SiteFiles): readonly ContentProblem[] {
  const standing = standingCodes(content);
  return [
    ...(codes === undefined ? [] : checkSiteCodes(content, codes, standing)),
    ...(orders === undefined ? [] : checkSiteOrders(content, orders, standing)),
    ...(thresholds === undefined ? [] : checkSiteThresholds(content, thresholds)),
  ];
}

/** The content as the site has it. Expects files without problems. */
export function withSite(content: TopicContent, { codes, orders, thresholds }: SiteFiles): TopicContent {
  const coded = codes === undefined ? content : withSiteCodes(content, codes);
  const ordered = orders === undefined ? coded : withSiteOrders(coded, orders);
  return thresholds === undefined ? ordered : withSiteThresholds(ordered, thresholds);
}

function verifiedInWords(verified: readonly (Verified | undefined)[]): string {
  return verified.flatMap((one) => (one === undefined ? [] : `${one.by} ${one.on}`)).join(', ');
}

function codesInWords({ valueSet, concepts, assay, verified, secondVerified }: SiteCodes): readonly string[] {
  const about = assay === undefined ? '' : `; ${assay.name}${assay.unit === undefined ? '' : `, ${assay.unit}`}`;
  return concepts.map(
    ({ system, code, display }) =>
      `${valueSet}: adds ${system}|${code} "${display}"${about} (verified: ${verifiedInWords([verified, secondVerified])})`,
  );
}

/** One sentence for each thing that a site adds or changes, for operators and reviewers. */
export function describeSite({ topic }: TopicContent, { codes, orders, thresholds }: SiteFiles): readonly string[] {
  return [
    ...(codes?.codes ?? []).flatMap(codesInWords),
    ...Object.entries(orders?.orders ?? {}).map(
      ([name, { coding }]) => `order ${name}: suggested as ${coding.system}|${coding.code} "${coding.display}"`,
    ),
    ...Object.entries(thresholds?.thresholds ?? {}).map(
      ([name, { value, unit, reason, verified }]) =>
        `threshold ${name}: ${String(value)} ${unit} in place of ${String(topic.thresholds[name]?.value ?? '')}, ${reason} (verified: ${verifiedInWords([verified])})`,
    ),
  ];
}
