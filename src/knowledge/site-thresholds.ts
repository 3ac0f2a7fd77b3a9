import { unknownName, type ContentProblem } from './content-problem.js';
import type { SiteThreshold, SiteThresholdsFile, Threshold } from './content-types.js';
import { dayProblems } from './site-codes.js';
import type { TopicContent } from './topic.js';

const FILE = 'thresholds.json';

const unitMend = ({ unit }: Threshold) => `write "${unit}", and the value in ${unit}`;

function thresholdProblems(
  { topic, site }: TopicContent,
  name: string,
  changed: SiteThreshold,
): readonly ContentProblem[] {
  const place = `/thresholds/${name}`;
  const say = (at: string, message: string, mend?: string): ContentProblem => ({
    file: FILE,
    place: `${place}${at}`,
    message,
    ...(mend !== undefined && { mend }),
  });
  const standing = topic.thresholds[name];
  if (standing === undefined)
    return [unknownName({ file: FILE, place }, 'threshold', name, Object.keys(site.thresholds))];
  const bounds = site.thresholds[name];
  if (bounds === undefined) {
    return [say('', `is not for a site to change; those that are: ${Object.keys(site.thresholds).join(', ')}`)];
  }
  const { least, most, why } = bounds;
  const days = dayProblems(changed.verified, '/verified', say);
  if (changed.unit !== standing.unit) {
    return [...days, say('/unit', `must be ${standing.unit}, as in topic.json`, unitMend(standing))];
  }
  if (changed.value >= least && changed.value <= most) return days;
  const range = `from ${String(least)} to ${String(most)}`;
  const message = `must be ${range} ${standing.unit} (default ${String(standing.value)}). ${why}`;
  return [...days, say('/value', message, `write a number ${range}, or take the threshold out to keep the default`)];
}

/** Every number of the site is one that a site may change, within the bounds of site.json. */
export function checkSiteThresholds(
  content: TopicContent,
  { thresholds }: SiteThresholdsFile,
): readonly ContentProblem[] {
  return Object.entries(thresholds).flatMap(([name, changed]) => thresholdProblems(content, name, changed));
}

/** The content with the site's numbers in place of its own. */
export function withSiteThresholds(content: TopicContent, { thresholds }: SiteThresholdsFile): TopicContent {
  const merged = { ...content.topic.thresholds };
  for (const [name, { value }] of Object.entries(thresholds)) {
    const standing = merged[name];
    if (standing !== undefined) merged[name] = { ...standing, value };
  }
  return { ...content, topic: { ...content.topic, thresholds: merged } };
}
