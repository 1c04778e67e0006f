import { paymentProblem, paymentSummary, type PaymentProblem, type PaymentSummary } from '../../../contract/index.ts';

export interface StreamEvent {
  readonly id: string | undefined;
  readonly summary: PaymentSummary;
}

/** Reads server-sent events as they arrive. `heartbeats` counts the comments that keep the connection open. */
export class Stream {
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  #text = '';
  heartbeats = 0;
  /** Problems of payments that the stream does not report. */
  readonly problems: PaymentProblem[] = [];

  constructor(response: Response) {
    this.#reader = response.body!.getReader();
  }

  /** The next event, or `undefined` at the end. */
  async next(): Promise<StreamEvent | undefined> {
    for (;;) {
      const end = this.#text.indexOf('\n\n');
      if (end >= 0) {
        const block = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 2);
        const fields = Object.fromEntries(
          block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1).trim()]),
        );
        if (block === ':') this.heartbeats += 1;
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

  /** The first event from now on for which `holds` is true. */
  async until(holds: (summary: PaymentSummary) => boolean): Promise<StreamEvent> {
    for (let event = await this.next(); event; event = await this.next()) if (holds(event.summary)) return event;
    throw new Error('The stream ended before the expected event');
  }

  stop(): Promise<void> {
    return this.#reader.cancel();
  }
}
