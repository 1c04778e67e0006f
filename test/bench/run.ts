import os from 'node:os';

import { brokenClaims, claim, progress } from './claims.ts';

/** `npm run bench` measures all parts, `npm run bench -- sandbox` only one. */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
  sandbox: async () => (await import('./sandbox.ts')).measureSandbox(),
  proxy: async () => {
    for (const each of await (await import('./proxy.ts')).proxyClaims(progress)) claim(each);
  },
  widget: async () => (await import('./widget.ts')).measureWidget(),
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !Object.hasOwn(PARTS, name));
if (unknown.length > 0) {
  console.error(`unknown part ${unknown.join(', ')}: expected ${Object.keys(PARTS).join(' or ')}`);
  process.exit(2);
}
console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${os.cpus()[0]?.model}, ${os.cpus().length} cores`,
);
for (const [name, run] of Object.entries(PARTS)) {
  if (names.length > 0 && !names.includes(name)) continue;
  console.log(`\n${name}`);
  await run();
}
const broken = brokenClaims();
if (broken.length > 0) {
  console.error(`\n${broken.length} not reached: ${broken.join('; ')}`);
  process.exitCode = 1;
}
