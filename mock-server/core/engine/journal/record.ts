import type { Millis } from '../time.ts';
import { CallTexts } from './texts.ts';

/** One recorded call, without its bodies. */
export interface JournalRecord {
  readonly at: Millis;
  readonly provider: string;
  /** Name of the route, or `unknown`. */
  readonly route: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly payment: string | undefined;
  readonly refund: string | undefined;
  readonly key: string | undefined;
  readonly replayed: boolean;
  readonly scenario: string | undefined;
  /** Kind of the wire fault; `undefined` when the answer was sent as it is. */
  readonly wire: string | undefined;
  readonly policies: readonly string[];
}

/** As they came: they are redacted when they are shown. */
export interface Bodies {
  readonly request: string;
  readonly response: string;
}

/** A recorded call and its sequence number, from 1. To be read at once: a later call is written over it. */
export interface NumberedCall {
  readonly record: JournalRecord;
  readonly bodies: () => Bodies;
  readonly sequence: number;
}

/** One place of the journal: a later call is written over the one that it holds. */
export class RecordedCall {
  readonly #texts = new CallTexts();
  #policies: readonly string[] = [];
  #at: Millis = 0;
  #provider = '';
  #route = '';
  #method = '';
  #status = 0;
  #replayed = false;
  #scenario: string | undefined;
  #wire: string | undefined;

  write(record: JournalRecord, { request, response }: Bodies): void {
    // The short ones first: most of what is asked of the journal reads no body.
    this.#texts.write([record.path, record.payment, record.refund, record.key, request, response]);
    this.#policies = record.policies;
    this.#at = record.at;
    this.#provider = record.provider;
    this.#route = record.route;
    this.#method = record.method;
    this.#status = record.status;
    this.#replayed = record.replayed;
    this.#scenario = record.scenario;
    this.#wire = record.wire;
  }

  readRecord(): JournalRecord {
    const [path = '', payment, refund, key] = this.#texts.read(4);
    return {
      at: this.#at,
      provider: this.#provider,
      route: this.#route,
      method: this.#method,
      path,
      status: this.#status,
      payment,
      refund,
      key,
      replayed: this.#replayed,
      scenario: this.#scenario,
      wire: this.#wire,
      policies: this.#policies,
    };
  }

  readBodies(): Bodies {
    const [request = '', response = ''] = this.#texts.read().slice(4);
    return { request, response };
  }
}
