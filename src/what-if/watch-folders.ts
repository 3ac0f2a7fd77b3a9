import { watch } from 'chokidar';

/** Watching that goes on until it is closed. */
export interface Watching {
  /** Ends when the last look has ended. */
  readonly close: () => Promise<void>;
}

export interface WatchOptions {
  readonly folders: readonly string[];
  /** How long nothing may happen before the folders are looked at, in milliseconds: editors write in several steps. */
  readonly settleMs: number;
  /** Looks at the folders. Must not reject. */
  readonly look: () => Promise<void>;
}

/** Copies that editors keep beside the file. */
const OF_EDITORS = /(?:^|[/\\])(?:\.#.*|#.*#|.*~|\.?.*\.(?:swp|swx|tmp)|4913)$/;

/** Looks once for all that is done at a time, and once more for what is done meanwhile. */
function createTurns({ settleMs, look }: WatchOptions) {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  const start = () => {
    timer = undefined;
    running = running.then(look);
  };
  return {
    ask: () => {
      clearTimeout(timer);
      timer = setTimeout(start, settleMs);
    },
    end: async () => {
      clearTimeout(timer);
      await running;
    },
  };
}

/** Calls `look` after each change in the folders. Resolves when it watches; what happens from then on is seen. */
export async function watchFolders(options: WatchOptions): Promise<Watching> {
  const turns = createTurns(options);
  const watcher = watch([...options.folders], {
    ignoreInitial: true,
    ignored: (path) => OF_EDITORS.test(path),
  });
  watcher.on('all', turns.ask);
  await new Promise<void>((resolve) => watcher.once('ready', resolve));
  return {
    close: async () => {
      await watcher.close();
      await turns.end();
    },
  };
}
