/** What was found wrong, all of it. `EYES_IGNORE`, a pattern, looks past what is known, to see what else there is. */
export class Verdict {
  readonly #found: string[] = [];
  static readonly #ignored = process.env['EYES_IGNORE'] ? new RegExp(process.env['EYES_IGNORE']) : undefined;

  must(holds: unknown, wrong: string): void {
    if (!holds) this.#found.push(wrong);
  }

  /** @throws Error with everything that was found and is not ignored. */
  give(): void {
    const found = this.#found.filter((wrong) => !Verdict.#ignored?.test(wrong));
    if (found.length > 0) throw new Error([...new Set(found)].join('\n'));
  }
}
