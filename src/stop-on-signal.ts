// npm passes on what a terminal, or a supervisor that tells a whole group, has already said to everyone.
const ECHO_MS = 1000;
const ENDED_BY_SIGINT = 130;

/**
 * Runs `stop` at the first SIGTERM or SIGINT, then ends the process with 0. What is said again meanwhile is not heard:
 * a stop cut short would lose what waits to be written. Only a second Ctrl+C, not the echo of the first, ends at once.
 */
export function stopOnSignal(stop: (signal: NodeJS.Signals) => Promise<void>): void {
  let [isStopping, mayHurry] = [false, false];
  const hear = (signal: NodeJS.Signals) => {
    if (mayHurry && signal === 'SIGINT') process.exit(ENDED_BY_SIGINT);
    if (isStopping) return;
    isStopping = true;
    setTimeout(() => {
      mayHurry = true;
    }, ECHO_MS).unref();
    void stop(signal).then(() => process.exit(0));
  };
  process.on('SIGTERM', hear);
  process.on('SIGINT', hear);
}
