import type { CardReport, ReasonCount } from './card-report.js';
import { plainText } from './plain-text.js';
import { daysIn } from './scope.js';

/** A count for people: thousands apart. */
export function numeral(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A share in per cent, without feigned precision; a dash when there is none. */
export function percentage(rate: number | undefined): string {
  return rate === undefined ? '–' : `${String(Math.round(rate * 100))} %`;
}

/** A reason in words, and its code where it has one. */
export function reasonInWords({ code, display }: ReasonCount): string {
  const words = display === undefined ? '' : plainText(display);
  const name = code === undefined ? '' : plainText(code);
  if (words === '') return name === '' ? 'no reason given' : name;
  return name === '' ? words : `${words} (${name})`;
}

function counted(count: number, one: string, many: string): string {
  return `${numeral(count)} ${count === 1 ? one : many}`;
}

/** What the report is about, in a sentence. */
export function scopeSentence({ scope, answers, total }: CardReport): string {
  const days = counted(daysIn(scope), 'day', 'days');
  const who = scope.client === undefined ? 'all clients' : `the client ${plainText(scope.client)}`;
  const what = `${counted(answers, 'answer', 'answers')} with ${counted(total.shown, 'card', 'cards')}`;
  return `From ${scope.from} to ${scope.to} (${days}, UTC) the service gave ${who} ${what}.`;
}

/** How to read the figures; each with the word it explains. */
export function notes({ unknownCards }: CardReport): readonly (readonly [string, string])[] {
  const unknown = `${counted(unknownCards, 'card is', 'cards are')} named by feedback and in no answer on record`;
  return [
    [
      'Shown',
      'The service sent the card; one sent again counts again. Whether the client displayed it, or to whom, is not known.',
    ],
    [
      'Accepted, overridden',
      'What the last feedback on the card says. A card counts once, however often it was reported.',
    ],
    [
      'Ignored',
      'No feedback was received. CDS Hooks clients do not report a card that is ignored, some show cards to nobody (silent mode), and some send no feedback at all. An ignored card may have been read and acted on.',
    ],
    [
      'Period',
      'Cards of answers given in the period, with their feedback whenever it came. Feedback on the last days may still come.',
    ],
    ['Unknown cards', `${unknown} (sent by another service, or deleted since). They are in no other figure.`],
  ];
}
