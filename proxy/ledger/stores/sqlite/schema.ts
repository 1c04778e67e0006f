/** Worded as in the first script: a deletion for good drops these triggers, and creates them again at once. */
export const AUDIT_TRIGGERS: readonly string[] = [
  "CREATE TRIGGER audit_keeps_lines BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit lines never change'); END",
  "CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit lines are never deleted'); END",
];

/**
 * One script for each version; `PRAGMA user_version` counts those that have run. Never edit a released script. Amounts
 * are minor units in 64-bit integers, times milliseconds since the epoch.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE intents (
    id TEXT PRIMARY KEY,
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    key TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    kind TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    state TEXT NOT NULL,
    provider_key TEXT NOT NULL,
    user TEXT NOT NULL,
    target INTEGER REFERENCES reservations (id),
    answer_status INTEGER,
    answer_headers TEXT,
    answer_body BLOB,
    seen_before INTEGER,
    created_at INTEGER NOT NULL,
    first_sent_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    checks INTEGER NOT NULL,
    next_check_at INTEGER NOT NULL,
    UNIQUE (merchant, provider, key)
  ) STRICT;
  CREATE INDEX intents_open ON intents (merchant, provider, state, next_check_at)
    WHERE state IN ('sending', 'resending', 'unknown');
  CREATE INDEX intents_payment ON intents (merchant, provider, payment_id);
  CREATE INDEX intents_target ON intents (target) WHERE target IS NOT NULL;

  CREATE TABLE reservations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    intent_id TEXT REFERENCES intents (id),
    payment_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    vendor TEXT,
    amount INTEGER NOT NULL CHECK (amount >= 0),
    released INTEGER NOT NULL CHECK (released IN (0, 1)),
    refund_id TEXT,
    reference_ids TEXT NOT NULL,
    status TEXT NOT NULL,
    standing TEXT NOT NULL,
    reason TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    checks INTEGER NOT NULL,
    next_check_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX reservations_held ON reservations (merchant, provider, payment_id, standing, amount) WHERE released = 0;
  CREATE INDEX reservations_payment ON reservations (merchant, provider, payment_id);
  CREATE INDEX reservations_intent ON reservations (intent_id);
  CREATE INDEX reservations_due ON reservations (merchant, provider, next_check_at)
    WHERE refund_id IS NOT NULL AND standing IN ('pending', 'unrecognised', 'reversing');
  CREATE INDEX reservations_unknown ON reservations (intent_id) WHERE released = 0 AND standing = 'unknown';

  CREATE TABLE refund_references (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    reference TEXT NOT NULL,
    reservation_id INTEGER NOT NULL REFERENCES reservations (id),
    PRIMARY KEY (merchant, provider, reference, reservation_id)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE opened_vendors (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    vendor TEXT NOT NULL,
    remaining INTEGER NOT NULL,
    after INTEGER NOT NULL,
    PRIMARY KEY (merchant, provider, payment_id, vendor)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE audit (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    intent_id TEXT,
    reservation_id INTEGER,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    from_word TEXT,
    to_word TEXT,
    source TEXT NOT NULL,
    detail TEXT
  ) STRICT;
  CREATE INDEX audit_intent ON audit (intent_id);
  CREATE TRIGGER audit_keeps_lines BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'audit lines never change'); END;
  CREATE TRIGGER audit_loses_nothing BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'audit lines are never deleted'); END;
  `,
  // Requests that wait for an approval, and webhooks of the providers.
  `
  DROP INDEX intents_open;
  CREATE INDEX intents_open ON intents (merchant, provider, next_check_at)
    WHERE state IN ('awaiting_approval', 'sending', 'resending', 'unknown');

  CREATE TABLE kept_requests (
    intent_id TEXT PRIMARY KEY REFERENCES intents (id),
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    amount INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE events (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    refund_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    received_at INTEGER NOT NULL,
    kept TEXT,
    PRIMARY KEY (merchant, provider, event_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX events_kept ON events (merchant, provider, payment_id, received_at) WHERE kept IS NOT NULL;
  `,
  // Values that all instances share.
  `
  CREATE TABLE shared_values (
    name TEXT PRIMARY KEY,
    value TEXT
  ) STRICT, WITHOUT ROWID;
  `,
  // Successful refunds are followed for a while. Earlier ones are not: all of them would be due at once.
  `
  UPDATE reservations SET checks = 5 WHERE standing = 'succeeded';
  CREATE INDEX reservations_followed ON reservations (merchant, provider, next_check_at)
    WHERE refund_id IS NOT NULL AND standing = 'succeeded' AND checks < 5;
  `,
  // The changes for the merchant's server, in order for each payment.
  `
  CREATE TABLE outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    at INTEGER NOT NULL,
    change TEXT NOT NULL
  ) STRICT;
  CREATE INDEX outbox_payment ON outbox (merchant, provider, payment_id, id);
  CREATE INDEX outbox_oldest ON outbox (merchant, provider, id);

  CREATE TABLE outbox_payments (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    next_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (merchant, provider, payment_id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX outbox_payments_due ON outbox_payments (merchant, provider, next_at);
  `,
];
