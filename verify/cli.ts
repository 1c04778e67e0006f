import { verifyCommand } from './command.ts';

await verifyCommand({ print: console.log, complain: console.error }).parseAsync();
