import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

/** What a page that embeds the widget may pay: both providers and English in one file, with Lit, ky and zod as they are published. */
const BUDGET = 42_000;
const FILE = 'dist/widget/refund-form.js';

if (!process.argv.includes('--built')) {
  const { status } = spawnSync('npm', ['run', '-s', 'build:widget'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
const source = readFileSync(FILE);
const gzip = gzipSync(source, { level: 9 }).byteLength;
const figures = `${FILE}: ${gzip.toLocaleString('en')} bytes gzip (${source.byteLength.toLocaleString('en')} plain), budget ${BUDGET.toLocaleString('en')}`;
if (gzip > BUDGET) {
  console.error(
    `${figures}: ${(gzip - BUDGET).toLocaleString('en')} over. Find what grew with \`npm run build:widget -- --debug\`.`,
  );
  process.exit(1);
}
console.log(figures);
