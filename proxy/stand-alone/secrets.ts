import { SecretFile, type SecretTellers } from './secret-file.ts';
import { fileTwin, type SecretName, variable, type Values } from './variables.ts';

/** The secrets that are given in files. Who is told of their changes is known later than they are read. */
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

  /** Gives the secret of now; `undefined` where it is not set at all. */
  source<Name extends SecretName>(name: Name, values: Values): (() => Promise<NonNullable<Values[Name]>>) | undefined {
    const file = this.#files.get(name);
    // Of the same schema as the value.
    if (file) return () => file.current() as Promise<NonNullable<Values[Name]>>;
    const value = values[name];
    return value === undefined ? undefined : async () => value;
  }
}
