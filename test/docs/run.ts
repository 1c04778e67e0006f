import { writeFileSync } from 'node:fs';
import path from 'node:path';

import { PAGES } from './pages.ts';

const root = path.resolve(import.meta.dirname, '../..');

for (const { file, make } of PAGES) {
  writeFileSync(path.join(root, file), make());
  console.log(`wrote ${file}`);
}
