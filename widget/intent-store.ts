import type { Environment } from './environment.ts';
import type { Call, Refund } from './model.ts';

/**
 * A refund whose outcome is not known. Nothing personal: the admin's note is left out, and `print` tells whether a note
 * that is written again is the same.
 */
export interface Intent {
  /** Empty when the record of it could not be read. */
  readonly key: string;
  /** The second step of a refund over several vendors. */
  readonly vendors?: boolean;
  /** Fingerprint of the request. */
  readonly print?: number;
  /** Unix milliseconds. */
  readonly sentAt: number;
  /** Decimal strings in units of `currency`. */
  readonly amount?: string;
  readonly currency?: string;
  /** What the admin saw as refundable. */
  readonly expected?: string | undefined;
  readonly attemptId?: string | null | undefined;
  /** `value` of the chosen reason. */
  readonly reason?: string;
  readonly reference?: string | undefined;
  /** Whether a note was sent. */
  readonly noted?: boolean;
}

export interface StoredRecord {
  /** Under way or unknown. */
  readonly intent?: Intent;
  /** Accepted and not final. */
  readonly refunds?: readonly Refund[];
}

/**
 * Keeps what is under way for one payment at one endpoint, over reloads and for all tabs. Where the browser stores
 * nothing it is kept in memory, and `durable` says so.
 */
export class IntentStore {
  readonly name: string;
  readonly #environment: Environment;
  #memory: string | null = null;
  durable: boolean;

  constructor(environment: Environment, endpoint: string, paymentId: string) {
    this.#environment = environment;
    this.name = `refund-form:${endpoint}:${paymentId}`;
    this.durable = this.#use((storage) => storage.getItem(this.name));
  }

  read(): StoredRecord {
    let stored: string | null = null;
    this.#use((storage) => (stored = storage.getItem(this.name)));
    return parse(stored ?? this.#memory);
  }

  write(record: StoredRecord): void {
    const text = JSON.stringify(record);
    this.durable = this.#use((storage) => storage.setItem(this.name, text));
    this.#memory = this.durable ? null : text;
  }

  clear(): void {
    this.#memory = null;
    this.#use((storage) => storage.removeItem(this.name));
  }

  /** Runs `work` unless another tab is at the same payment: then answers `undefined` at once. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const { locks } = this.#environment;
    // Without storage there are no other tabs to see, and such a page may not lock either.
    return locks && this.durable
      ? locks.request(this.name, { ifAvailable: true }, (lock) => (lock ? work() : undefined))
      : work();
  }

  #use(use: (storage: ReturnType<Environment['storage']>) => void): boolean {
    try {
      use(this.#environment.storage());
      return true;
    } catch (error) {
      // Switched off, or full: a DOMException by specification.
      if (error instanceof DOMException) return false;
      throw error;
    }
  }
}

/** A record that cannot be read still says that something was under way. */
function parse(text: string | null): StoredRecord {
  if (text === null) return {};
  try {
    const record = JSON.parse(text) as StoredRecord;
    if (record.intent?.key || record.refunds?.length) return record;
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error;
  }
  return { intent: { key: '', sentAt: 0 } };
}

/**
 * FNV-1a over UTF-16 units: whether the request about to be sent again is the one that was sent. It guards against a
 * mistake, not against an attacker, and must be at hand where `crypto.subtle` is not.
 */
export function fingerprint(call: Call): number {
  let hash = 0x811c9dc5;
  for (const char of JSON.stringify(call).split('')) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  return hash;
}
