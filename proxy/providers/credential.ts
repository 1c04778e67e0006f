import { kindOf } from '../hooks/received.ts';
import { errorFields, PlainError } from '../telemetry/log.ts';

/** A string, or a function that returns it each time it is needed, so that it may change while the proxy runs. */
export type Credential = string | (() => string | Promise<string>);

/** @throws PlainError that names the option, and never its value. */
export async function readCredential(name: string, credential: Credential): Promise<string> {
  if (typeof credential === 'string') return credential;
  let value: unknown;
  try {
    value = await credential();
  } catch (error) {
    // Its message may quote the credential.
    throw new PlainError(`${name}: its function failed (${errorFields(error).error_name})`);
  }
  if (typeof value === 'string' && value.trim() !== '') return value;
  throw new PlainError(`${name}: its function gave ${kindOf(value)}, a string that is not empty was expected`);
}

/** Returns the credential, or the reason why nothing can be sent. */
export async function tryCredentials<Name extends string>(
  credentials: Readonly<Record<Name, Credential>>,
): Promise<
  { readonly ok: true; readonly values: Record<Name, string> } | { readonly ok: false; readonly why: string }
> {
  try {
    const entries = Object.entries<Credential>(credentials).map(
      async ([name, credential]) => [name, await readCredential(name, credential)] as const,
    );
    return { ok: true, values: Object.fromEntries(await Promise.all(entries)) as Record<Name, string> };
  } catch (error) {
    if (!(error instanceof PlainError)) throw error;
    return { ok: false, why: error.message };
  }
}
