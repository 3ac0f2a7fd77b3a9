// Preloaded into each measured server: answers the benchmark's question for its CPU time, memory and event-loop stalls.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', (message) => {
  if (message !== 'usage') return;
  const { user, system } = process.cpuUsage();
  process.send?.({
    cpuMicroseconds: user + system,
    residentMegabytes: process.memoryUsage.rss() / 1e6,
    longestStallMs: delay.max / 1e6,
  });
  delay.reset();
});
