import { SecretFile, type SecretTellers } from './secret-file.ts';
import { fileTwin, type SecretName, variable, type Values } from './variables.ts';

/** The secrets in files. They are read before there is a log for their changes. */
export class Secrets {
  readonly #files = new Map<SecretName, SecretFile<unknown>>();
  #tellers: SecretTellers = { info: () => undefined, warn: () => undefined };

  tell(tellers: SecretTellers): void {
    this.#tellers = tellers;
  }

  /** Reads the file of a secret for the first time. */
  open(name: SecretName, path: string): ReturnType<SecretFile<unknown>['readFirst']> {
    const file = new SecretFile(fileTwin(name), path, variable(name).schema, () => this.#tellers);
    this.#files.set(name, file);
    return file.readFirst();
  }

  /** Returns the current secret; `undefined` when it is not set. */
  source<Name extends SecretName>(name: Name, values: Values): (() => Promise<NonNullable<Values[Name]>>) | undefined {
    const file = this.#files.get(name);
    // The same schema has checked the value.
    if (file) return () => file.current() as Promise<NonNullable<Values[Name]>>;
    const value = values[name];
    return value === undefined ? undefined : async () => value;
  }
}
