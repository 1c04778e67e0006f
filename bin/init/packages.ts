import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export interface Packages {
  /** What a `package.json` says of each package. */
  readonly versions: Readonly<Record<'refund-form' | 'refund-form-server', string>>;
  /** A command that has to run before `npm install`; `undefined` where the packages are there. */
  readonly first: string | undefined;
}

const root = new URL('../../', import.meta.url);

/** The two packages of this version: of the registry, or in a checkout those that `npm run pack` writes. */
export function packages(): Packages {
  const { name, version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8')) as Record<string, string>;
  const released = `^${version}`;
  if (name === 'refund-form-server') {
    return { versions: { 'refund-form': released, 'refund-form-server': released }, first: undefined };
  }
  const packed = (one: string) => fileURLToPath(new URL(`dist/${one}-${version}.tgz`, root)).replaceAll('\\', '/');
  const tarballs = { 'refund-form': packed('refund-form'), 'refund-form-server': packed('refund-form-server') };
  return {
    versions: {
      'refund-form': `file:${tarballs['refund-form']}`,
      'refund-form-server': `file:${tarballs['refund-form-server']}`,
    },
    first: Object.values(tarballs).every((file) => existsSync(file))
      ? undefined
      : `npm --prefix ${JSON.stringify(fileURLToPath(root))} run pack`,
  };
}
