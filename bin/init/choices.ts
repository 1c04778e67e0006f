import { createInterface, type Interface } from 'node:readline/promises';

export interface Choice {
  readonly about: string;
}

export type Choices = Readonly<Record<string, Choice>>;

/** `express, hono or php` */
export function namesOf(choices: Choices): string {
  const names = Object.keys(choices);
  return [names.slice(0, -1).join(', '), names.at(-1)].filter(Boolean).join(' or ');
}

export const isChoice = (choices: Choices, text: string) => Object.hasOwn(choices, text);

/** Where questions are asked. */
export interface Terminal {
  readonly input: NodeJS.ReadableStream;
  readonly output: NodeJS.WritableStream;
}

/** Asks one question after the other. Lines that come before their question are kept for it. */
export class Questions implements Disposable {
  readonly #lines: Interface;
  readonly #answers: AsyncIterator<string>;
  readonly #output: Terminal['output'];
  /** The input has ended; lines that came before may still wait. */
  #isEnded = false;

  constructor({ input, output }: Terminal) {
    this.#lines = createInterface({ input, output, prompt: '> ' });
    this.#answers = this.#lines[Symbol.asyncIterator]();
    this.#output = output;
    this.#lines.once('close', () => (this.#isEnded = true));
  }

  /** Asks until the answer is one of the choices. `undefined`: the person has ended the input instead. */
  async ask(question: string, choices: Choices): Promise<string | undefined> {
    const list = Object.entries(choices).map(([name, { about }]) => `  ${name.padEnd(12)}${about}\n`);
    this.#output.write(`${question}\n${list.join('')}`);
    for (;;) {
      if (!this.#isEnded) this.#lines.prompt();
      const { done, value } = await this.#answers.next();
      if (done) return undefined;
      const answer = value.trim();
      if (isChoice(choices, answer)) return answer;
      this.#output.write(`expected ${namesOf(choices)}\n`);
    }
  }

  [Symbol.dispose](): void {
    this.#lines.close();
  }
}
