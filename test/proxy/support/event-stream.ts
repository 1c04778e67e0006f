import { paymentProblem, paymentSummary, type PaymentProblem, type PaymentSummary } from '../../../contract/index.ts';

export interface Told {
  readonly id: string | undefined;
  readonly summary: PaymentSummary;
}

/** Reads server-sent events as they come. `beats` counts signs of life. */
export class Stream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';
  beats = 0;
  /** Payments that it does not tell of. */
  readonly problems: PaymentProblem[] = [];

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** The next event, `undefined` at the end. */
  async next(): Promise<Told | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        );
        if (block === ':') this.beats += 1;
        if (fields['event'] === 'problem') this.problems.push(paymentProblem.parse(JSON.parse(fields['data']!)));
        if (fields['event'] === 'payment') {
          return { id: fields['id'], summary: paymentSummary.parse(JSON.parse(fields['data']!)) };
        }
        continue;
      }
      const { done, value } = await this.#reader.read();
      if (done) return undefined;
      this.#text += new TextDecoder().decode(value);
    }
  }

  /** The next event that says what is looked for. */
  async until(holds: (summary: PaymentSummary) => boolean): Promise<Told> {
    for (let told = await this.next(); told; told = await this.next()) if (holds(told.summary)) return told;
    throw new Error('The stream ended before it said so');
  }

  stop(): Promise<void> {
    return this.#reader.cancel();
  }
}
