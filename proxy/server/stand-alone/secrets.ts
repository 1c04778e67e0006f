import { SecretFile, type SecretTellers } from './secret-file.ts';
import { fileTwin, variable } from './variables.ts';

/** The secrets in files. They are read before there is a log for their changes. */
export class Secrets {
  readonly #files = new Map<string, SecretFile<unknown>>();
  #tellers: SecretTellers = { info: () => undefined, warn: () => undefined };

  tell(tellers: SecretTellers): void {
    this.#tellers = tellers;
  }

  /** Reads the file of a secret for the first time. */
  open(name: string, path: string): ReturnType<SecretFile<unknown>['readFirst']> {
    const file = new SecretFile(fileTwin(name), path, variable(name).schema, () => this.#tellers);
    this.#files.set(name, file);
    return file.readFirst();
  }

  /** Returns the current secret; `undefined` when it is not set. */
  source<All extends object, Name extends keyof All & string>(
    name: Name,
    values: All,
  ): (() => Promise<NonNullable<All[Name]>>) | undefined {
    const file = this.#files.get(name);
    // The same schema has checked the value.
    if (file) return () => file.current() as Promise<NonNullable<All[Name]>>;
    const value = values[name];
    return value === undefined ? undefined : async () => value as NonNullable<All[Name]>;
  }
}
