import { Agent, request } from 'node:http';

export interface TimedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A stock of `count` calls, which several callers can share. Returns `undefined` when it is used up. */
export function stock(count: number): <Call>(call: () => Call) => Call | undefined {
  let remaining = count;
  return (call) => {
    remaining -= 1;
    return remaining >= 0 ? call() : undefined;
  };
}

/** Posts over `connections` keep-alive connections. Each waits for its answer before the next call. */
export class Caller {
  readonly #agent: Agent;
  readonly #connections: number;

  constructor(connections: number) {
    this.#connections = connections;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /**
   * Runs calls until `next` returns none. Several callers may take their calls from one stock.
   * @returns the milliseconds of each call
   * @throws Error when an answer is not a 200: fast refusals must not count
   */
  async run(next: () => TimedCall | undefined): Promise<number[]> {
    const times: number[] = [];
    const worker = async () => {
      for (let call = next(); call; call = next()) {
        const start = performance.now();
        await this.#post(call);
        times.push(performance.now() - start);
      }
    };
    await Promise.all(Array.from({ length: this.#connections }, worker));
    return times;
  }

  close(): void {
    this.#agent.destroy();
  }

  #post({ url, headers, body }: TimedCall): Promise<void> {
    return new Promise((resolve, reject) => {
      const call = request(url, {
        method: 'POST',
        agent: this.#agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body), ...headers },
      });
      call.once('error', reject);
      call.once('response', (response) => {
        let text = '';
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          text += chunk;
        });
        response.once('error', reject);
        response.once('end', () => {
          if (response.statusCode === 200) resolve();
          else reject(new Error(`POST ${url}: ${response.statusCode} ${text}`));
        });
      });
      call.end(body);
    });
  }
}
