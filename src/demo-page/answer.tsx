import type { Ref } from 'preact';
import type { Suggestion } from '../cds-hooks/types.js';
import type { DemoStart } from '../demo/chart-view.js';
import type { Answer, Exchange } from './call.js';
import { CardView } from './card.js';
import { IndicatorSign } from './indicator.js';

interface Props {
  readonly exchange: Exchange | undefined;
  readonly isAsking: boolean;
  readonly start: DemoStart;
  readonly heading: Ref<HTMLHeadingElement>;
  readonly onTake: (suggestion: Suggestion) => void;
  /** Whether the drafts have changed since. */
  readonly areDraftsOther: boolean;
  readonly onAsk: () => void;
}

/** The answer in one line, for the heading and for those who hear it. */
export function describeAnswer(answer: Answer): string {
  if (answer.kind === 'refused') return 'Could not be checked';
  const { cards } = answer;
  const counts = (['critical', 'warning', 'info'] as const)
    .map((indicator) => ({ indicator, count: cards.filter((card) => card.indicator === indicator).length }))
    .filter(({ count }) => count > 0)
    .map(({ indicator, count }) => `${String(count)} ${indicator === 'info' ? 'information' : indicator}`);
  if (cards.length === 0) return 'No cards';
  return `${String(cards.length)} ${cards.length === 1 ? 'card' : 'cards'}: ${counts.join(', ')}`;
}

function Refused({
  title,
  issues,
  status,
}: {
  readonly title: string;
  readonly issues: readonly string[];
  readonly status: number | undefined;
}) {
  return (
    <article class="card refused">
      <p class="indicator">
        <IndicatorSign indicator="refused" /> Could not be checked
      </p>
      <h3>{title}</h3>
      <p>
        Nothing was concluded about this patient. This is not an all-clear: that no card is shown means nothing here.
      </p>
      {issues.length > 0 && (
        <ul>
          {issues.map((issue) => (
            <li key={issue}>{issue}</li>
          ))}
        </ul>
      )}
      <p class="source">{status === undefined ? 'no answer' : `HTTP ${String(status)}`}</p>
    </article>
  );
}

function Silence() {
  return (
    <article class="card none">
      <p class="indicator">
        <IndicatorSign indicator="none" /> No cards
      </p>
      <p>The service looked and has nothing to say to this: its topic does not apply. An EHR shows nothing here.</p>
    </article>
  );
}

function AnswerCards({ exchange, start, onTake }: { readonly exchange: Exchange } & Pick<Props, 'start' | 'onTake'>) {
  const { answer, service, status } = exchange;
  if (answer.kind === 'refused') return <Refused {...answer} status={status} />;
  if (answer.cards.length === 0) return <Silence />;
  return (
    <>
      {answer.cards.map((card) => (
        <CardView key={card.uuid} card={card} serviceId={service.id} start={start} onTake={onTake} />
      ))}
    </>
  );
}

/** Stays in view while the cards are read: they and the time line are about the drafts as they were. */
function AskAgain({ onAsk }: Pick<Props, 'onAsk'>) {
  return (
    <p class="notice ask-again">
      <span>Drafts have changed: these cards and the time line are about the drafts before.</span>
      <button type="button" class="small" onClick={onAsk}>
        Ask again
      </button>
    </p>
  );
}

/** What came back, as an EHR shows it. The heading takes the focus after a call that the user made. */
export function AnswerSection({ exchange, isAsking, start, heading, onTake, areDraftsOther, onAsk }: Props) {
  const words = exchange === undefined ? '' : describeAnswer(exchange.answer);
  return (
    <section class="answer" aria-labelledby="answer-heading" aria-busy={isAsking}>
      <h2 id="answer-heading" ref={heading} tabIndex={-1}>
        {words === '' ? 'Cards' : words}
      </h2>
      <p class="hidden" role="status">
        {isAsking ? 'Asking the service' : areDraftsOther ? 'Drafts have changed: ask again' : words}
      </p>
      {exchange !== undefined && (
        <p class="quiet">
          Answer to <code>{exchange.service.hook}</code> in {exchange.milliseconds} ms
        </p>
      )}
      {exchange === undefined ? (
        <p class="quiet">{isAsking ? 'Asking the service…' : 'Not asked yet.'}</p>
      ) : (
        <AnswerCards exchange={exchange} start={start} onTake={onTake} />
      )}
      {areDraftsOther && <AskAgain onAsk={onAsk} />}
    </section>
  );
}
