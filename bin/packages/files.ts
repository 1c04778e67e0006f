import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the repository, with a slash at its end. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where each package is put together. `npm pack` packs exactly what is there. */
export const PACKAGES = {
  element: `${ROOT}dist/packages/refund-form`,
  server: `${ROOT}dist/packages/refund-form-server`,
};

export function write(folder: string, file: string, content: string | object): void {
  const target = path.join(folder, file);
  mkdirSync(path.dirname(target), { recursive: true });
  writeFileSync(target, typeof content === 'string' ? content : `${JSON.stringify(content, null, 2)}\n`);
}
