/** Collects all problems found. `EYES_IGNORE` is a pattern for known problems to ignore. */
export class Verdict {
  readonly #problems: string[] = [];
  static readonly #ignored = process.env['EYES_IGNORE'] ? new RegExp(process.env['EYES_IGNORE']) : undefined;

  must(isTrue: unknown, problem: string): void {
    if (!isTrue) this.#problems.push(problem);
  }

  /** @throws Error with every problem that is not ignored. */
  throwProblems(): void {
    const problems = this.#problems.filter((problem) => !Verdict.#ignored?.test(problem));
    if (problems.length > 0) throw new Error([...new Set(problems)].join('\n'));
  }
}
