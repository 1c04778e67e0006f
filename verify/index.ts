export { runVerify, type CommandOptions, type StartedSandbox } from './command.ts';
export { formatLine, formatReport, type Report, type Result, type Verdict } from './report.ts';
export { SetupError } from './sandbox.ts';
export { CHECK_IDS, ordersOf, verifyProxy, type VerifyOptions } from './verify.ts';
