import { useMemo, useState } from 'preact/hooks';
import type { Card, OverrideReason, Suggestion } from '../cds-hooks/types.js';
import type { DemoStart } from '../demo/chart-view.js';
import { acceptance, dismissal, sendFeedback, type FeedbackSent } from './feedback.js';
import { IndicatorSign, INDICATOR_WORDS } from './indicator.js';
import { isSafeLink, renderMarkdown } from './markdown.js';
import { SetAside } from './set-aside.js';
import { Why } from './why.js';

export interface CardProps {
  readonly card: Card;
  readonly serviceId: string;
  readonly start: DemoStart;
  readonly onTake: (suggestion: Suggestion) => void;
}

/** What became of a card so far. */
interface Outcome {
  readonly taken: readonly string[];
  readonly isDismissed: boolean;
  readonly sent: FeedbackSent | undefined;
}

function useOutcome({ card, serviceId, onTake }: CardProps) {
  const [outcome, setOutcome] = useState<Outcome>({ taken: [], isDismissed: false, sent: undefined });
  const tell = (item: Parameters<typeof sendFeedback>[1]) => {
    void sendFeedback(serviceId, item).then((sent) => {
      setOutcome((before) => ({ ...before, sent }));
    });
  };
  const take = (suggestion: Suggestion) => {
    const taken = [...outcome.taken, suggestion.uuid];
    setOutcome({ ...outcome, taken });
    onTake(suggestion);
    tell(acceptance(card.uuid, taken));
  };
  const dismiss = (reason: OverrideReason | undefined, comment: string) => {
    setOutcome({ ...outcome, isDismissed: true });
    tell(dismissal(card.uuid, reason, comment));
  };
  return { outcome, take, dismiss };
}

function Suggestions({
  card,
  taken,
  onTake,
}: {
  readonly card: Card;
  readonly taken: readonly string[];
  readonly onTake: (suggestion: Suggestion) => void;
}) {
  const { suggestions = [], selectionBehavior } = card;
  if (suggestions.length === 0) return null;
  const isClosed = selectionBehavior === 'at-most-one' && taken.length > 0;
  return (
    <ul
      class="suggestions"
      aria-label={selectionBehavior === 'at-most-one' ? 'Suggestions, at most one' : 'Suggestions'}
    >
      {suggestions.map((suggestion) => {
        const isTaken = taken.includes(suggestion.uuid);
        return (
          <li key={suggestion.uuid}>
            <button
              type="button"
              class={suggestion.isRecommended === true ? 'recommended' : ''}
              aria-disabled={isTaken || isClosed}
              onClick={() => {
                if (!isTaken && !isClosed) onTake(suggestion);
              }}
            >
              {isTaken && <span aria-hidden="true">✓ </span>}
              {suggestion.label}
              {isTaken && <span class="hidden">, taken</span>}
            </button>
            {suggestion.isRecommended === true && <small>recommended</small>}
          </li>
        );
      })}
    </ul>
  );
}

function Links({ links = [] }: Pick<Card, 'links'>) {
  const safe = links.filter(({ url }) => isSafeLink(url));
  if (safe.length === 0) return null;
  return (
    <ul class="links" aria-label="References">
      {safe.map(({ label, url }) => (
        <li key={url}>
          <a href={url} target="_blank" rel="noopener noreferrer">
            {label}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Sent({ sent }: { readonly sent: FeedbackSent | undefined }) {
  if (sent === undefined) return null;
  return (
    <div class={`sent ${sent.isKept ? '' : 'failed'}`} role="status">
      <p>
        {sent.isKept ? 'Feedback kept by the service.' : 'The feedback was not kept.'}{' '}
        <a href="/reports/cards?format=html" target="_blank">
          See it in the report
        </a>
      </p>
      <details>
        <summary>What was sent</summary>
        <p>
          <code>POST {sent.url}</code>
        </p>
        <pre tabIndex={0}>{sent.text}</pre>
        <p>
          Answer: <code>{sent.reply}</code>
        </p>
      </details>
    </div>
  );
}

/** One card as an EHR shows it. */
export function CardView(props: CardProps) {
  const { card, start } = props;
  const { outcome, take, dismiss } = useOutcome(props);
  const html = useMemo(() => ({ __html: renderMarkdown(card.detail) }), [card.detail]);
  const heading = `card-${card.uuid}`;
  return (
    <article class={`card ${card.indicator} ${outcome.isDismissed ? 'dismissed' : ''}`} aria-labelledby={heading}>
      <header>
        <p class="indicator">
          <IndicatorSign indicator={card.indicator} />
          <span>
            {INDICATOR_WORDS[card.indicator]}
            {outcome.isDismissed && ', set aside'}
          </span>
        </p>
        <h3 id={heading}>{card.summary}</h3>
        <p class="source">
          {card.source.label} <code>{card.source.topic.code}</code>
        </p>
      </header>
      {!outcome.isDismissed && (
        <>
          <div class="detail" dangerouslySetInnerHTML={html} />
          <Suggestions card={card} taken={outcome.taken} onTake={take} />
          <Links {...(card.links !== undefined && { links: card.links })} />
          <Why card={card} start={start} />
          <SetAside card={card} onDismiss={dismiss} />
        </>
      )}
      <Sent sent={outcome.sent} />
    </article>
  );
}
