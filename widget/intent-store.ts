import * as z from 'zod/mini';

import type { Environment } from './environment.ts';
import type { Tracked, VendorLine } from './model.ts';

const text = z.string();

/**
 * A refund whose outcome is not known. Nothing personal: the note of the admin is left out, and `print` tells whether
 * a note written again is the same.
 */
const intent = z.looseObject({
  key: text,
  kind: z.union([z.literal('refund'), z.literal('vendors')]),
  /** Fingerprint of path, body and key. */
  print: text,
  /** Unix milliseconds. */
  sentAt: z.number(),
  /** Decimal strings in units of `currency`. */
  amount: text,
  currency: text,
  /** What the admin saw as refundable. */
  expected: text,
  attemptId: z.optional(text),
  reason: text,
  reference: z.optional(text),
  /** Whether a note was sent. */
  noted: z.boolean(),
});
export type Intent = z.infer<typeof intent>;

const tracked = z.looseObject({
  refund: z.looseObject({
    id: text,
    amount: text,
    currency: text,
    standing: text,
    words: text,
    references: z.record(text, text),
  }),
});

const record = z.looseObject({
  intent: z.optional(intent),
  /** A refund, or a refund over vendors, that was accepted and is not final: a reload finds it again. */
  tracked: z.optional(tracked),
  lines: z.optional(z.array(z.looseObject({ label: text, amount: text, tracked: z.optional(tracked) }))),
});

export interface StoredRecord {
  readonly intent?: Intent | undefined;
  readonly tracked?: Tracked | undefined;
  readonly lines?: readonly VendorLine[] | undefined;
}

/** The record cannot be read: something was under way, and what it was is lost. */
const ILLEGIBLE: Intent = {
  key: '',
  kind: 'vendors',
  print: '',
  sentAt: 0,
  amount: '',
  currency: '',
  expected: '',
  reason: '',
  noted: false,
};

/**
 * Keeps what is under way for one payment at one endpoint, over reloads and for all tabs. Where the browser stores
 * nothing it keeps it in memory, and `durable` says so.
 */
export class IntentStore {
  readonly name: string;
  readonly #environment: Environment;
  #memory: string | undefined;
  durable: boolean;

  constructor(environment: Environment, endpoint: string, paymentId: string) {
    this.#environment = environment;
    this.name = `refund-form:${endpoint}:${paymentId}`;
    this.durable = this.#store((storage) => storage.setItem('refund-form', '1'));
  }

  read(): StoredRecord {
    let stored = this.#memory;
    this.#store((storage) => (stored = storage.getItem(this.name) ?? this.#memory));
    if (stored === undefined) return {};
    const { data } = record.safeParse(parse(stored));
    return data ? (data as StoredRecord) : { intent: ILLEGIBLE };
  }

  write(value: StoredRecord): void {
    const stored = JSON.stringify(value);
    this.durable = this.#store((storage) => storage.setItem(this.name, stored));
    this.#memory = this.durable ? undefined : stored;
  }

  clear(): void {
    this.#memory = undefined;
    this.#store((storage) => storage.removeItem(this.name));
  }

  /** Runs `work` unless another tab is at the same payment: then answers `undefined` at once. */
  async exclusively<Result>(work: () => Promise<Result>): Promise<Result | undefined> {
    const { locks } = this.#environment;
    if (!locks) return work();
    return locks.request(this.name, { ifAvailable: true }, (lock) => (lock ? work() : undefined));
  }

  #store(use: (storage: NonNullable<Environment['storage']>) => void): boolean {
    const { storage } = this.#environment;
    if (!storage) return false;
    try {
      use(storage);
      return true;
    } catch (error) {
      // Full, or switched off: DOMException by specification.
      if (error instanceof DOMException) return false;
      throw error;
    }
  }
}

function parse(stored: string): unknown {
  try {
    return JSON.parse(stored);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/**
 * FNV-1a, 64 bits: tells whether the request about to be sent again is the one that was sent. It guards against a
 * mistake, not against an attacker, and must be at hand where `crypto.subtle` is not.
 */
export function fingerprint(...parts: readonly string[]): string {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(parts.join('\n'))) {
    hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffffffffffffffffn;
  }
  return hash.toString(16);
}
