import { runProgram } from './commands/program.js';

// `npm start` and containers: the service itself.
await runProgram(['serve', ...process.argv.slice(2)]);
