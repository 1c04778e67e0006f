import { runVerify } from './command.ts';

process.exitCode = await runVerify(process.argv.slice(2), { print: console.log, complain: console.error });
