import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, rmSync } from 'node:fs';

import { PACKAGES, ROOT, write } from './files.ts';
import { entryFile, MSW, SERVER_ENTRIES, serverManifest } from './manifests.ts';

const OUT = PACKAGES.server;
const TSC = `${ROOT}node_modules/typescript/bin/tsc`;

/** Throws before anything else of the package is evaluated, so an old Node gives one sentence. */
const NODE_VERSION = `const [major = 0, minor = 0] = (process.versions.node ?? '99.0').split('.').map(Number);
if (major < 22 || (major === 22 && minor < 13)) {
  throw new Error(\`refund-form-server needs Node 22.13 or newer, and this is Node \${process.versions.node}\`);
}
`;

const MSW_ON_NODE = `const loaded = await import('../${SERVER_ENTRIES.msw.from}.js').catch((error) => {
  if (error.code !== 'ERR_MODULE_NOT_FOUND' || !error.message.includes("'msw'")) throw error;
  throw new Error('refund-form-server/msw needs the package msw, which is not installed: npm install msw', {
    cause: error,
  });
});
export const { ${MSW.exports.join(', ')} } = loaded;
`;

/** Puts the package `refund-form-server` together. Needs `dist/inspector`. */
export function buildServer(): void {
  rmSync(OUT, { recursive: true, force: true });
  execFileSync(process.execPath, [TSC, '-p', `${ROOT}tsconfig.build.json`], { stdio: 'inherit' });
  cpSync(`${ROOT}dist/inspector`, `${OUT}/inspector`, { recursive: true });
  for (const folder of ['bin/init/templates', 'demo/proxies/php', 'demo/proxies/python']) {
    // Python writes what it compiled beside the sources.
    cpSync(`${ROOT}${folder}`, `${OUT}/${folder}`, {
      recursive: true,
      filter: (file) => !file.includes('__pycache__'),
    });
  }
  copyFileSync(`${ROOT}bin/refund-form.js`, `${OUT}/bin/refund-form.js`);
  write(OUT, 'entries/node-version.js', NODE_VERSION);
  for (const [name, { from, node }] of Object.entries(SERVER_ENTRIES)) {
    const all = `export * from '../${from}.js';\n`;
    write(OUT, `${entryFile(name)}.js`, node ? `import './node-version.js';\n\n${all}` : all);
    write(OUT, `${entryFile(name)}.d.ts`, all);
  }
  write(OUT, `${entryFile(MSW.entry)}-node.js`, MSW_ON_NODE);
  copyFileSync(`${ROOT}LICENSE`, `${OUT}/LICENSE`);
  copyFileSync(`${ROOT}bin/packages/refund-form-server.md`, `${OUT}/README.md`);
  write(OUT, 'package.json', serverManifest());
}
