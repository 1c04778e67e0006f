/** One stream of live status that a browser has open. */
interface OpenStream {
  readonly id: string;
  readonly screen: string;
  readonly user: string;
  readonly path: string;
  readonly write: (text: string) => void;
  readonly end: () => void;
}

/** The streams between the proxy and the browsers. They are passed on unchanged, with marks between the events. */
export class Streams {
  /** Data of every event of the proxy, with the step in which it was sent. */
  readonly events: { readonly step: number; readonly text: string }[] = [];
  step = 0;
  readonly #open = new Set<OpenStream>();
  #ids = 0;

  get open(): (response: Response, of: { screen: string; user: string; path: string }) => Response {
    return (response, of) => this.#pass(response, of);
  }

  get all(): readonly OpenStream[] {
    return [...this.#open];
  }

  end(): void {
    this.events.length = 0;
    for (const { end } of this.#open) end();
  }

  /** Writes a mark into each stream of these screens. A page that reads the mark has read everything before it. */
  mark(screens: ReadonlySet<string>, mark: number): readonly { readonly screen: string; readonly id: string }[] {
    const streams = [...this.#open].filter(({ screen }) => screens.has(screen));
    for (const { id, write } of streams) write(`event: eyes\ndata: ${JSON.stringify({ stream: id, mark })}\n\n`);
    return streams;
  }

  has(id: string): boolean {
    return [...this.#open].some((one) => one.id === id);
  }

  #pass(response: Response, of: { screen: string; user: string; path: string }): Response {
    this.#ids += 1;
    const id = `stream:${this.#ids}`;
    const reader = response.body!.getReader();
    const encoder = new TextEncoder();
    const open = this.#open;
    let one: OpenStream | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        one = {
          id,
          ...of,
          write: (text) => controller.enqueue(encoder.encode(text)),
          end: () => {
            if (!open.delete(one!)) return;
            controller.close();
            void reader.cancel();
          },
        };
        open.add(one);
        void this.#pump(reader, controller, one);
      },
      cancel() {
        open.delete(one!);
        void reader.cancel();
      },
    });
    return new Response(body, { status: response.status, headers: response.headers });
  }
  async #pump(
    from: ReadableStreamDefaultReader<Uint8Array>,
    to: ReadableStreamDefaultController<Uint8Array>,
    self: OpenStream,
  ): Promise<void> {
    const decoder = new TextDecoder();
    for (;;) {
      const { done, value } = await from.read();
      if (!this.#open.has(self)) return;
      if (done) break;
      for (const line of decoder.decode(value, { stream: true }).split('\n')) {
        if (line.startsWith('data: ')) this.events.push({ step: this.step, text: line.slice('data: '.length) });
      }
      to.enqueue(value);
    }
    self.end();
  }
}
