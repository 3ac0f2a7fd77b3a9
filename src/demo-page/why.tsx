import type { Card } from '../cds-hooks/types.js';
import type { DemoStart } from '../demo/chart-view.js';

type Basis = Card['extension']['org.troponin-first.basis'];

function Evidence({ evidence }: { readonly evidence: Basis['evidence'] }) {
  if (evidence === undefined) return <p>No entry of the chart: the card stands on what was not found.</p>;
  return (
    <div class="scroll">
      <table>
        <caption>It stands on these entries of the chart</caption>
        <thead>
          <tr>
            <th scope="col">Entry</th>
            <th scope="col">Value</th>
            <th scope="col">Date</th>
          </tr>
        </thead>
        <tbody>
          {evidence.map(({ reference, display, date, value }) => (
            <tr key={reference}>
              <th scope="row">
                {display}
                <code>{reference}</code>
              </th>
              <td>{value ?? 'none recorded'}</td>
              <td>{date?.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC') ?? 'none recorded'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Gaps({ gaps, start }: { readonly gaps: Basis['gaps']; readonly start: DemoStart }) {
  if (gaps === undefined) return <p>Nothing that it needed was missing.</p>;
  const title = (need: string) => start.needs.find(({ key }) => key === need)?.title ?? need;
  return (
    <>
      <h4>Could not be known</h4>
      <ul>
        {gaps.map(({ need, reason }) => (
          <li key={need}>
            <b>{title(need)}</b>: {start.gapReasons[reason] ?? reason}
          </li>
        ))}
      </ul>
    </>
  );
}

/** Why a card is shown: its rule, the entries it stands on, what could not be known, and the content it comes from. */
export function Why({ card, start }: { readonly card: Card; readonly start: DemoStart }) {
  const { rule, topic, topicVersion, contentHash, asOf, evidence, gaps } = card.extension['org.troponin-first.basis'];
  return (
    <details class="why">
      <summary>Why this card</summary>
      <Evidence evidence={evidence} />
      <Gaps gaps={gaps} start={start} />
      <dl>
        <dt>Rule</dt>
        <dd>
          {rule} of <code>{topic}</code>
        </dd>
        <dt>Content</dt>
        <dd>
          version {topicVersion}, SHA-256 <code class="hash">{contentHash}</code>
        </dd>
        <dt>As of</dt>
        <dd>{asOf.replace('T', ' ').replace(/:\d\d(\.\d+)?Z$/, ' UTC')}</dd>
      </dl>
    </details>
  );
}
