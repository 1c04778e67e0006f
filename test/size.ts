import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const FOLDER = 'dist/widget';
const LOCALES = 'locales';
/** What a page that embeds the widget may pay: both providers and English in one file, with Lit, ky and zod as they are published. */
const BUDGET = 66_000;
/** Of each further language: every text of the form, once. */
const LOCALE_BUDGET = 4_280;

if (!process.argv.includes('--built')) {
  const { status } = spawnSync('npm', ['run', '-s', 'build:widget'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}
const files = [
  { name: 'refund-form.js', budget: BUDGET },
  ...readdirSync(`${FOLDER}/${LOCALES}`).map((name) => ({ name: `${LOCALES}/${name}`, budget: LOCALE_BUDGET })),
];
for (const { name, budget } of files) {
  const source = readFileSync(`${FOLDER}/${name}`);
  const gzip = gzipSync(source, { level: 9 }).byteLength;
  const [size, plain, most, over] = [gzip, source.byteLength, budget, gzip - budget].map((bytes) =>
    bytes.toLocaleString('en'),
  );
  const figures = `${FOLDER}/${name}: ${size} bytes gzip (${plain} plain), budget ${most}`;
  if (gzip <= budget) console.log(figures);
  else {
    console.error(`${figures}: ${over} over. Find what grew with \`npm run build:widget -- --debug\`.`);
    process.exitCode = 1;
  }
}
