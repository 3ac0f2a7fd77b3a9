import { readdirSync, readFileSync } from 'node:fs';

const ROOT = new URL('../../', import.meta.url);

/** A fenced block of a page. */
export interface Block {
  /** `docs/deploy.md:12`. */
  readonly place: string;
  readonly language: string;
  readonly text: string;
}

/** Every page that a reader meets, below the root of the repository. */
export function pages(): readonly string[] {
  const guides = readdirSync(new URL('docs/', ROOT)).filter((name) => name.endsWith('.md'));
  const readmes = ['README.md', 'cards/README.md', 'src/README.md', 'test/README.md', 'deploy/kubernetes/README.md'];
  const others = ['SECURITY.md', 'fixtures/esophageal-spasm/README.md', 'fixtures/fhir-server/README.md'];
  return [...readmes, ...others, ...guides.map((name) => `docs/${name}`)];
}

/** The text of a file below the root. */
export function textOfPage(page: string): string {
  return readFileSync(new URL(page, ROOT), 'utf8');
}

function unindented(text: string, indent: string): string {
  return text
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n');
}

/** The fenced blocks of a page, those in lists among them. */
export function blocksOf(page: string): readonly Block[] {
  const text = textOfPage(page);
  const fences = text.matchAll(/^( *)```(\w*)\n([\s\S]*?)^ *```$/gm);
  return Array.from(fences, ({ 1: indent = '', 2: language = '', 3: body = '', index }) => ({
    place: `${page}:${String(text.slice(0, index).split('\n').length)}`,
    language,
    text: unindented(body, indent),
  }));
}

/** The commands of a block: one a line, with continued lines joined. */
export function commandsOf({ text }: Block): readonly string[] {
  return text
    .replaceAll(/\\\n\s*/g, '')
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));
}
