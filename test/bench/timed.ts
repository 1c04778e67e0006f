import { Agent, request } from 'node:http';

export interface TimedCall {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Posts over `connections` kept-open connections, each waiting for its answer before the next call. */
export class Caller {
  readonly #agent: Agent;
  readonly #connections: number;

  constructor(connections: number) {
    this.#connections = connections;
    this.#agent = new Agent({ keepAlive: true, maxSockets: connections });
  }

  /** Milliseconds of each of `count` calls. @throws Error when an answer is not a 200: a fast refusal is no speed. */
  async run(count: number, call: () => TimedCall): Promise<number[]> {
    const times: number[] = [];
    let left = count;
    const worker = async () => {
      while (left > 0) {
        left -= 1;
        const next = call();
        const start = performance.now();
        await this.#post(next);
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
