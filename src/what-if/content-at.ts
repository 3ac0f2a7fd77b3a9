import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The content to compare with cannot be had; the message says why. */
export class ComparisonError extends Error {}

/** A `cards/` folder that is given back when it is no longer needed. */
export interface ContentFolder {
  readonly path: string;
  readonly release: () => void;
}

const SCHEMAS = 'schema';

function git(directory: string, ...args: readonly string[]): string {
  return execFileSync('git', ['-C', directory, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  }).trim();
}

/** A name that git would read as an option is none. */
function commitOf(root: string, reference: string): string {
  if (reference.startsWith('-')) throw new ComparisonError(`"${reference}" is no reference of git.`);
  try {
    return git(root, 'rev-parse', '--verify', '--quiet', `${reference}^{commit}`);
  } catch {
    throw new ComparisonError(`"${reference}" is neither a folder with content nor a commit, branch or tag of git.`);
  }
}

/** Unpacks `cards/` of a commit into a folder of its own. The working tree and the index stay as they are. */
function unpack(root: string, commit: string): ContentFolder {
  const folder = mkdtempSync(join(tmpdir(), 'troponin-first-content-'));
  const release = () => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const [path, archive] = [join(folder, 'cards'), join(folder, 'cards.tar')];
    mkdirSync(path);
    const prefix = git(root, 'rev-parse', '--show-prefix');
    const top = git(root, 'rev-parse', '--show-toplevel');
    git(top, 'archive', '--format=tar', `--output=${archive}`, `${commit}:${prefix}cards`);
    execFileSync('tar', ['-xf', archive, '-C', path], { stdio: 'ignore' });
    return { path, release };
  } catch {
    release();
    throw new ComparisonError(`The content of ${commit.slice(0, 12)} cannot be read: it may hold no cards/ folder.`);
  }
}

/**
 * The content of a folder (a `cards/` folder or a checkout that holds one) or of a git reference of the checkout `root`.
 * Throws a ComparisonError when it is neither.
 */
export function contentAt(reference: string, root: string): ContentFolder {
  const release = () => undefined;
  const given = resolve(root, reference);
  const folder = [given, join(given, 'cards')].find((path) => existsSync(join(path, SCHEMAS)));
  return folder === undefined ? unpack(root, commitOf(root, reference)) : { path: folder, release };
}
