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
  /** Without the leading `?`. */
  readonly query: string;
  readonly status: number;
  /** The connected account that the call was for. */
  readonly account: string | undefined;
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
  /** Whether the call went to this path, however either is spelled. */
  readonly isAt: (path: string) => boolean;
  /** Whether the provider takes this key and that of the call for the same one. */
  readonly hasKey: (key: string) => boolean;
  readonly sequence: number;
}

/** One place of the journal: a later call is written over the one that it holds. */
export class RecordedCall {
  /** The path and the bodies. Other values are few, or are kept elsewhere anyway. */
  readonly #texts = new CallTexts();
  #at: Millis = 0;
  #provider = '';
  #route = '';
  #method = '';
  #query = '';
  #status = 0;
  #account: string | undefined;
  #payment: string | undefined;
  #refund: string | undefined;
  #key: string | undefined;
  #replayed = false;
  #scenario: string | undefined;
  #wire: string | undefined;
  #policies: readonly string[] = [];

  write(record: JournalRecord, { request, response }: Bodies): void {
    // The short one first: most of what is asked of the journal reads no body.
    this.#texts.write([record.path, request, response]);
    this.#at = record.at;
    this.#provider = record.provider;
    this.#route = record.route;
    this.#method = record.method;
    this.#query = record.query;
    this.#status = record.status;
    this.#account = record.account;
    this.#payment = record.payment;
    this.#refund = record.refund;
    this.#key = record.key;
    this.#replayed = record.replayed;
    this.#scenario = record.scenario;
    this.#wire = record.wire;
    this.#policies = record.policies;
  }

  readRecord(): JournalRecord {
    const [path = ''] = this.#texts.read(1);
    return {
      at: this.#at,
      provider: this.#provider,
      route: this.#route,
      method: this.#method,
      path,
      query: this.#query,
      status: this.#status,
      account: this.#account,
      payment: this.#payment,
      refund: this.#refund,
      key: this.#key,
      replayed: this.#replayed,
      scenario: this.#scenario,
      wire: this.#wire,
      policies: this.#policies,
    };
  }

  readBodies(): Bodies {
    const [, request = '', response = ''] = this.#texts.read();
    return { request, response };
  }
}
