import { ContentError } from '../knowledge/content-problem.js';
import type { Topic } from '../knowledge/topic.js';
import { compareRuns } from './compare.js';
import { effectOf, type Effect } from './effect.js';
import { runVignettes, type Run } from './run.js';
import { StoryError, type Stories } from './vignette.js';

/** Where the session finds things. */
export interface SessionTools {
  /** The content as it stands. Throws a ContentError. */
  readonly loadContent: () => readonly Topic[];
  /** The stories of a topic. Throws a StoryError. */
  readonly loadStories: (topic: string) => Stories;
}

/** What one look at the content found. */
export type Look =
  | { readonly kind: 'unchanged' }
  /** Content or stories cannot be used; what was good stays. */
  | { readonly kind: 'broken'; readonly message: string }
  /** Whole again, and as it was. */
  | { readonly kind: 'mended' }
  | {
      readonly kind: 'changed';
      readonly topics: readonly Topic[];
      readonly effects: readonly Effect[];
      /** Vignettes that are answered otherwise than by the content the session began with. */
      readonly sinceStart: number;
    };

/** Content that was good, with the vignettes it answered. */
interface State {
  readonly topics: readonly Topic[];
  readonly stories: ReadonlyMap<string, Stories>;
  readonly runs: ReadonlyMap<string, Run>;
}

/** Everything a look at one moment reads. */
interface Found {
  readonly topics: readonly Topic[];
  readonly stories: ReadonlyMap<string, Stories>;
}

function read({ loadContent, loadStories }: SessionTools): Found {
  const topics = loadContent();
  return { topics, stories: new Map(topics.map(({ topic }) => [topic.id, loadStories(topic.id)])) };
}

async function runAll(topics: readonly Topic[], stories: ReadonlyMap<string, Stories>): Promise<State> {
  const runs = new Map<string, Run>();
  for (const topic of topics) {
    const { id } = topic.topic;
    runs.set(id, await runVignettes(topic, stories.get(id) ?? { base: [], vignettes: [] }));
  }
  return { topics, stories, runs };
}

function isSame<T>(one: T, other: T, keyOf: (value: T) => string): boolean {
  return keyOf(one) === keyOf(other);
}

const hashesOf = (topics: readonly Topic[]) => topics.map(({ contentHash }) => contentHash).join();
const textOf = (stories: ReadonlyMap<string, Stories>) => JSON.stringify([...stories]);

/** What the change from one state to the other does; a topic that was not there before is compared with itself. */
export function effectsOf(before: ReadonlyMap<string, Run>, after: ReadonlyMap<string, Run>): readonly Effect[] {
  return [...after].map(([id, run]) => effectOf(before.get(id) ?? run, run));
}

function countChanges(before: State, after: State): number {
  return [...after.runs].reduce((sum, [id, run]) => sum + compareRuns(before.runs.get(id) ?? run, run).length, 0);
}

function messageOf(error: unknown): string {
  if (error instanceof ContentError || error instanceof StoryError) return error.message;
  // A file may go while it is read; what else goes wrong with a broken content is said as it is.
  return error instanceof Error ? `The content cannot be read: ${error.message}` : 'The content cannot be read.';
}

/** Looks at the content time after time, and remembers the last that was good. */
export interface Session {
  /** Never rejects. */
  readonly look: () => Promise<Look>;
}

/** Begins with the content to compare with first, such as that of the last commit; without it the first look is it. */
export function createSession(tools: SessionTools, first?: readonly Topic[]): Session {
  let last: State | undefined;
  let start: State | undefined;
  let isBroken = false;

  /** What a changed story does is no effect of the content: both sides answer the new stories. */
  const rerun = async (state: State | undefined, topics: readonly Topic[], { stories }: Found): Promise<State> =>
    state !== undefined && isSame(state.stories, stories, textOf) ? state : runAll(state?.topics ?? topics, stories);

  const take = async (found: Found): Promise<Look> => {
    const areStoriesSame = last !== undefined && isSame(last.stories, found.stories, textOf);
    const isContentSame = last !== undefined && isSame(last.topics, found.topics, hashesOf);
    if (isContentSame && areStoriesSame) return { kind: isBroken ? 'mended' : 'unchanged' };
    start = await rerun(start, first ?? found.topics, found);
    const before = await rerun(last ?? start, found.topics, found);
    const isKnown = isSame(before.topics, found.topics, hashesOf);
    last = isKnown ? before : await runAll(found.topics, found.stories);
    return {
      kind: 'changed',
      topics: found.topics,
      effects: effectsOf(before.runs, last.runs),
      sinceStart: countChanges(start, last),
    };
  };

  return {
    look: async () => {
      try {
        const looked = await take(read(tools));
        isBroken = false;
        return looked;
      } catch (error) {
        isBroken = true;
        return { kind: 'broken', message: messageOf(error) };
      }
    },
  };
}
