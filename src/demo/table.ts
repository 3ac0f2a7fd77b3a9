import type { DemoRow } from './fire-hooks.js';

const STORY_WIDTH = 46;

function wrapped(text: string, width: number): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (last.length + word.length < width) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function cardsOf({ cards, isRight }: DemoRow): readonly string[] {
  const shown = cards.length === 0 ? ['(no card)'] : cards;
  return isRight ? shown : [...shown, 'NOT the cards expected'];
}

/** One patient as lines of three cells: who, the story, and the cards by each route. */
function patientLines(rows: readonly DemoRow[]): readonly (readonly string[])[] {
  const [first] = rows;
  if (first === undefined) return [];
  const isSame = rows.every((row) => row.cards.join() === first.cards.join() && row.isRight === first.isRight);
  const routes = (row: DemoRow) => `by ${row.route} (${String(row.milliseconds)} ms)`;
  const cards = isSame
    ? [...cardsOf(first), ...rows.map(routes)]
    : rows.flatMap((row) => [...cardsOf(row), routes(row)]);
  const story = wrapped(first.story, STORY_WIDTH);
  return Array.from({ length: Math.max(story.length, cards.length) }, (_, index) => [
    index === 0 ? first.patient : '',
    story[index] ?? '',
    cards[index] ?? '',
  ]);
}

/** The table that the demonstration prints. */
export function describeRows(rows: readonly DemoRow[]): string {
  const patients = [...new Set(rows.map(({ patient }) => patient))];
  const blocks = patients.map((id) => patientLines(rows.filter(({ patient }) => patient === id)));
  const header = ['patient', 'story', 'cards'];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...[header, ...blocks.flat()].map((cells) => (cells[column] ?? '').length)),
  );
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd();
  const rule = widths.map((width) => '─'.repeat(width)).join('  ');
  const wrong = rows.filter(({ isRight }) => !isRight).length;
  const sum = `${String(patients.length)} patients, each by prefetch and by FHIR server: ${String(rows.length - wrong)} answers as expected, ${String(wrong)} not.`;
  return [line(header), rule, ...blocks.flatMap((block) => [...block.map(line), '']), sum].join('\n');
}
