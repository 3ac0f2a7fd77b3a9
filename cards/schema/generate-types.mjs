// Writes the TypeScript types of the content and of the protocol from their JSON Schemas: `npm run types`.
// With --check it only compares, and exits with 1 when a committed file is out of date.
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { compile } from 'json-schema-to-typescript';
import { format } from 'prettier';

const here = fileURLToPath(new URL('./', import.meta.url));
const source = fileURLToPath(new URL('../../src/', import.meta.url));

const outputs = [
  {
    file: `${source}knowledge/content-types.ts`,
    folder: here,
    schemas: [
      'topic',
      'facts',
      'drugs',
      'safety',
      'ladder',
      'cases',
      'cards',
      'site',
      'site-codes',
      'site-orders',
      'site-thresholds',
    ],
  },
  {
    file: `${source}cds-hooks/types.ts`,
    folder: `${source}cds-hooks/schema/`,
    schemas: ['hook-request', 'hook-response', 'discovery'],
  },
];

async function generate({ folder, schemas }) {
  const wrapper = {
    title: 'GeneratedFiles',
    type: 'object',
    additionalProperties: false,
    required: schemas,
    properties: Object.fromEntries(schemas.map((name) => [name, { $ref: `${name}.schema.json` }])),
  };
  const text = await compile(wrapper, 'GeneratedFiles', {
    cwd: folder,
    ignoreMinAndMaxItems: true,
    bannerComment: '// Generated from the JSON Schemas by `npm run types`. Do not edit.',
    style: { singleQuote: true, printWidth: 120 },
  });
  return format(text.replace(/export interface GeneratedFiles \{[^}]*\}\n/, ''), {
    parser: 'typescript',
    singleQuote: true,
    printWidth: 120,
  });
}

let outdated = 0;
for (const output of outputs) {
  const text = await generate(output);
  if (!process.argv.includes('--check')) await writeFile(output.file, text);
  else if ((await readFile(output.file, 'utf8').catch(() => '')) !== text) {
    outdated += 1;
    console.error(`${output.file} is out of date: run npm run types`);
  }
}
process.exitCode = outdated === 0 ? 0 : 1;
