// node:http and JSON.parse: what the work costs without any framework.
import { createServer } from 'node:http';

const answer = JSON.stringify({ cards: [{ summary: 'constant', indicator: 'info', source: { label: 'bare http' } }] });
createServer((request, response) => {
  const chunks = [];
  request.on('data', (chunk) => chunks.push(chunk));
  request.on('end', () => {
    JSON.parse(Buffer.concat(chunks).toString());
    response.setHeader('Content-Type', 'application/json');
    response.end(answer);
  });
}).listen(Number(process.env.PORT), '127.0.0.1');
