import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { isObject, textOf } from '../fhir/json.js';
import { ContentError } from '../knowledge/content-problem.js';
import type { Topic } from '../knowledge/topic.js';
import { ComparisonError, contentAt } from './content-at.js';
import type { Effect } from './effect.js';
import { effectMarkdown } from './effect-markdown.js';
import { effectText } from './effect-text.js';
import { runVignettes, type Run } from './run.js';
import { effectsOf } from './session.js';
import { StoryError, type Stories } from './vignette.js';

export const WHAT_IF_HELP = `Shows what a change of the content does to every vignette.

  npm run dev                            starts the service, watches cards/ and shows the effect of each save
  npm run dev -- --once                  compares cards/ with the last commit, once
  npm run dev -- --once --against main   with a commit, branch or tag
  npm run dev -- --once --against DIR    with a folder: a cards/ folder or a checkout

  --once             compare once, without service
  --against REF|DIR  what to compare with (HEAD)
  --content DIR      content to look at, with --once (cards/)
  --format NAME      text, markdown or json, with --once (text)
  --help             this text

The service of npm run dev is without authentication and answers on 127.0.0.1 only; PORT is its port. With TF_SITE_DIR
the site's own content is laid over both sides, and watched.

--once ends with 0 when every vignette is answered as it expects, 1 when one is not or the content is broken, 2 when
there is nothing to compare with.`;

/** What the command may use. */
export interface WhatIfTools {
  /** The checkout: relative paths and git references are its. */
  readonly root: string;
  readonly cards: string;
  /** The topics of a content folder, with the site's own content over it. Throws a ContentError. */
  readonly loadContent: (cards: string) => readonly Topic[];
  /** The stories of a topic. Throws a StoryError. */
  readonly loadStories: (topic: string) => Stories;
}

/** How the command ended, and what it prints. */
export interface CommandResult {
  readonly exitCode: 0 | 1 | 2;
  readonly text: string;
}

const FORMATS: Readonly<Record<string, (effects: readonly Effect[]) => string>> = {
  text: (effects) => effects.map(effectText).join('\n\n'),
  markdown: (effects) => effects.map(effectMarkdown).join('\n\n'),
  json: (effects) => JSON.stringify({ effects }, undefined, 2),
};

const OPTIONS = {
  once: { type: 'boolean', default: false },
  against: { type: 'string' },
  content: { type: 'string' },
  format: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const;

/** The arguments as given. */
export type Arguments = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS }).values;
}

/** Reads the arguments; a text when they cannot be used, which says why. */
export function readArguments(args: readonly string[]): Arguments | string {
  try {
    const given = parse(args);
    if (given.format !== undefined && !Object.hasOwn(FORMATS, given.format))
      return `--format must be one of ${Object.keys(FORMATS).join(', ')}.`;
    const idle = (['content', 'format'] as const).find((name) => !given.once && given[name] !== undefined);
    return idle === undefined ? given : `--${idle} goes with --once.`;
  } catch (error) {
    return (isObject(error) ? textOf(error['message']) : undefined) ?? 'The arguments cannot be read.';
  }
}

/** The content to compare with. Throws a ComparisonError when it is not there or does not fit this version. */
export function contentBefore(
  reference: string,
  { root, loadContent }: Pick<WhatIfTools, 'root' | 'loadContent'>,
): readonly Topic[] {
  const folder = contentAt(reference, root);
  try {
    return loadContent(folder.path);
  } catch (error) {
    if (!(error instanceof ContentError)) throw error;
    throw new ComparisonError(`The content of ${reference} cannot be compared with.\n${error.message}`);
  } finally {
    folder.release();
  }
}

type Runs = ReadonlyMap<string, Run>;

async function runAll(topics: readonly Topic[], { loadStories }: WhatIfTools, known?: Runs): Promise<Runs> {
  const runs = new Map<string, Run>();
  for (const topic of topics) {
    const { id } = topic.topic;
    const same = known?.get(id);
    const isSame = same?.topic.contentHash === topic.contentHash;
    runs.set(id, same !== undefined && isSame ? same : await runVignettes(topic, loadStories(id)));
  }
  return runs;
}

async function compare(given: Arguments, tools: WhatIfTools): Promise<CommandResult> {
  const before = contentBefore(given.against ?? 'HEAD', tools);
  const after = tools.loadContent(given.content === undefined ? tools.cards : resolve(tools.root, given.content));
  const old = await runAll(before, tools);
  const effects = effectsOf(old, await runAll(after, tools, old));
  const write = FORMATS[given.format ?? 'text'] ?? FORMATS['text'];
  return {
    exitCode: effects.some(({ broken }) => broken.length > 0) ? 1 : 0,
    text: write === undefined ? '' : write(effects),
  };
}

/** Compares once. Rejects only with what is no fault of arguments, content or vignettes. */
export async function compareOnce(given: Arguments, tools: WhatIfTools): Promise<CommandResult> {
  try {
    return await compare(given, tools);
  } catch (error) {
    if (error instanceof ContentError || error instanceof StoryError) return { exitCode: 1, text: error.message };
    if (error instanceof ComparisonError) return { exitCode: 2, text: error.message };
    throw error;
  }
}
