import { CARDS_DIRECTORY } from '../knowledge/cards-directory.js';
import { didYouMean } from '../knowledge/content-problem.js';
import type { Service } from '../service/discovery.js';
import { UsageError } from './usage.js';

/** Which content a command works with. */
export interface ContentOptions {
  readonly content?: string;
  readonly site?: string;
}

/** The services of these hooks. Throws a UsageError for a hook that none answers, a ContentError for bad content. */
export async function servicesFor(
  hooks: readonly string[],
  { content = CARDS_DIRECTORY, site }: ContentOptions,
): Promise<readonly Service[]> {
  const [{ loadTopics }, { CODE_KNOWLEDGE }, { servicesOf }] = await Promise.all([
    import('../knowledge/load-topics.js'),
    import('../facts/derived/index.js'),
    import('../service/discovery.js'),
  ]);
  const all = [...servicesOf(loadTopics(content, CODE_KNOWLEDGE, site)).values()];
  const known = [...new Set(all.map(({ hook }) => hook))];
  const strange = hooks.find((hook) => !known.includes(hook));
  if (strange !== undefined) {
    throw new UsageError(
      `no service answers the hook ${strange}${didYouMean(strange, known)}; there are ${known.join(', ')}`,
    );
  }
  return all.filter(({ hook }) => hooks.includes(hook));
}
