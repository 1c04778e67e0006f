import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A package that only some merchants need is not installed. */
export class MissingPackageError extends Error {
  override name = 'MissingPackageError' as const;
}

/**
 * Loads a package on first use, because not everybody installs it.
 * @param user what needs the package, such as `PostgresLedger`
 * @throws MissingPackageError that says what to install
 */
export function optionalPackage(name: string, user: string): unknown {
  try {
    return require(name) as unknown;
  } catch (error) {
    const isMissing = error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
    // The package itself may be there and lack one of its own.
    if (!isMissing || !error.message.includes(`'${name}'`)) throw error;
    throw new MissingPackageError(`${user} needs the package ${name}, which is not installed: npm install ${name}`, {
      cause: error,
    });
  }
}
