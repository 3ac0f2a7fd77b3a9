import { compareRuns, expectationsBroken, type AnswerChange, type BrokenExpectation } from './compare.js';
import { editedParts, unexercised, type EditedPart } from './edited-parts.js';
import { groupWording, type WordingGroup } from './group-wording.js';
import type { Run } from './run.js';

/** What a change of the content does to all vignettes of a topic. */
export interface Effect {
  readonly topic: string;
  readonly vignettes: number;
  readonly hash: { readonly from: string; readonly to: string };
  readonly edited: readonly EditedPart[];
  /** Rules edited that no vignette meets or leaves open. */
  readonly unexercised: readonly string[];
  readonly changes: readonly AnswerChange[];
  readonly wording: readonly WordingGroup[];
  readonly broken: readonly BrokenExpectation[];
}

/** The names of chart entries that cards stand on. */
function quotedBy({ outcomes }: Run): readonly string[] {
  return [...outcomes.values()].flatMap(({ cards }) =>
    cards.flatMap(({ extension }) =>
      (extension['org.troponin-first.basis'].evidence ?? []).map(({ display }) => display),
    ),
  );
}

/** Compares what two contents say to the same vignettes. */
export function effectOf(before: Run, after: Run): Effect {
  const changes = compareRuns(before, after);
  const edited = editedParts(before.topic, after.topic);
  return {
    topic: after.topic.topic.id,
    vignettes: after.outcomes.size,
    hash: { from: before.topic.contentHash, to: after.topic.contentHash },
    edited,
    unexercised: unexercised(edited, [before, after]),
    changes,
    wording: groupWording(changes, [...quotedBy(before), ...quotedBy(after)]),
    broken: expectationsBroken(after),
  };
}
