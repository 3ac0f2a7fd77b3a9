// Preloaded into each measured process: says at its end what it used, on the channel to its parent.
import { writeSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

process.on('exit', () => {
  const { user, system } = process.cpuUsage();
  const peakMegabytes = process.resourceUsage().maxRSS / 1024;
  writeSync(
    3,
    `${JSON.stringify({ peakMegabytes, cpuSeconds: (user + system) / 1e6, seconds: performance.now() / 1000 })}\n`,
  );
});
