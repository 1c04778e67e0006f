import { execFileSync } from 'node:child_process';

import { PACKAGES, ROOT } from './files.ts';

/** Packs both packages into `dist/`, and prints the path of each. */
for (const folder of Object.values(PACKAGES)) {
  const packed = execFileSync('npm', ['pack', '--json', '--pack-destination', `${ROOT}dist`], {
    cwd: folder,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  for (const { filename, size } of JSON.parse(packed) as { filename: string; size: number }[]) {
    console.log(`dist/${filename}  ${(size / 1000).toFixed(0)} kB`);
  }
}
