// What simulate is compared with: the same files read and parsed, one after the other, and nothing else.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder = ''] = process.argv.slice(2);
let entries = 0;
for (const file of readdirSync(folder)) entries += JSON.parse(readFileSync(join(folder, file), 'utf8')).entry.length;
console.log(entries);
