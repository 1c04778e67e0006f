import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { publish, release } from './release.ts';
import { ReleaseError } from './version.ts';

const USAGE = `Usage: npm run release -- <major | minor | patch | version> [--dry-run]
       npm run release -- --publish

Makes the commit and the tag of a release on main, after npm test, and packs both packages. --publish is for
.github/workflows/release.yml.
`;

const folder = fileURLToPath(new URL('../../', import.meta.url));

function main(): void {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      'dry-run': { type: 'boolean', default: false },
      publish: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  });
  const [wanted, ...rest] = positionals;
  if (values.help) {
    console.log(USAGE);
  } else if (values.publish && wanted === undefined) {
    publish({ folder, isCi: process.env['GITHUB_ACTIONS'] === 'true', print: console.log });
  } else if (wanted === undefined || rest.length > 0 || values.publish) {
    console.error(USAGE);
    process.exitCode = 2;
  } else {
    const date = new Date().toISOString().slice(0, 10);
    release({ folder, wanted, date, isDry: values['dry-run'], print: console.log });
  }
}

try {
  main();
} catch (error) {
  // Node words what is wrong with a flag, and ReleaseError is a sentence already.
  const isSaid = error instanceof ReleaseError || (error instanceof TypeError && 'code' in error);
  if (!isSaid) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
