// Express 5 as it comes, with its JSON parser and a constant card: the ceiling to be compared with.
import express from 'express';

const card = { summary: 'constant', indicator: 'info', source: { label: 'bare express' } };
const app = express();
app.use(express.json({ limit: '100mb' }));
app.post('/cds-services/:id', (_request, response) => {
  response.json({ cards: [card] });
});
app.listen(Number(process.env.PORT), '127.0.0.1');
