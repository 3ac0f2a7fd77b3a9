import { unknownName, type ContentProblem } from './content-problem.js';
import type { SiteThreshold, SiteThresholdsFile } from './content-types.js';
import { dayProblems } from './site-codes.js';
import type { TopicContent } from './topic.js';

const FILE = 'thresholds.json';

function thresholdProblems(
  { topic, site }: TopicContent,
  name: string,
  changed: SiteThreshold,
): readonly ContentProblem[] {
  const place = `/thresholds/${name}`;
  const say = (at: string, message: string): ContentProblem => ({ file: FILE, place: `${place}${at}`, message });
  const standing = topic.thresholds[name];
  if (standing === undefined)
    return [unknownName({ file: FILE, place }, 'threshold', name, Object.keys(site.thresholds))];
  const bounds = site.thresholds[name];
  if (bounds === undefined) {
    return [say('', `is not for a site to change; those that are: ${Object.keys(site.thresholds).join(', ')}`)];
  }
  const { least, most, why } = bounds;
  const days = dayProblems(changed.verified, '/verified', say);
  if (changed.unit !== standing.unit) return [...days, say('/unit', `must be ${standing.unit}, as in topic.json`)];
  if (changed.value >= least && changed.value <= most) return days;
  const range = `must be from ${String(least)} to ${String(most)} ${standing.unit} (default ${String(standing.value)})`;
  return [...days, say('/value', `${range}. ${why}`)];
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
