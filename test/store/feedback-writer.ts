import { openStore } from '../../src/store/open-store.js';
import type { FeedbackItem } from '../../src/store/store.js';

/* A process that writes to a store and says what was acknowledged: `feedback <label>` until it is killed, `same <n>` the
   same n items that every other process writes, `tokens <n>` n tokens that every other process tries too. */

const [mode = '', argument = '', dataDirectory = '', databaseUrl = ''] = process.argv.slice(2);
const store = await openStore({ dataDirectory, databaseUrl: databaseUrl === '' ? undefined : databaseUrl });

const say = (word: string): void => {
  process.stdout.write(`${word}\n`);
};

function item(card: string): FeedbackItem {
  const at = '2026-03-01T10:00:00.000Z';
  return {
    client: 'ehr',
    service: 'a-service',
    card,
    outcome: 'accepted',
    outcomeAt: at,
    receivedAt: at,
    acceptedSuggestions: ['s1'],
    reason: undefined,
    comment: 'a comment',
  };
}

say('ready');
if (mode === 'feedback') {
  for (let count = 0; ; count += 1) {
    const card = `${argument}-${String(count)}`;
    await store.addFeedback([item(card)]);
    say(card);
  }
}
// Both processes begin when the parent says so.
await new Promise((resolve) => process.stdin.once('data', resolve));
for (let count = 0; count < Number(argument); count += 10) {
  const names = Array.from({ length: 10 }, (_, index) => `shared-${String(count + index)}`);
  if (mode === 'same') await store.addFeedback(names.map(item));
  else {
    const seen = await store.rememberTokens(names.map((key) => ({ key, until: 2_000_000_000_000 })));
    for (const key of names.filter((name) => !seen.has(name))) say(key);
  }
}
await store.close();
say('done');
process.exit(0);
