/**
 * One script for each version, as in `sqlite-schema.ts`; the table `versions` counts those that have run. Never edit a
 * released script. Names are found through the search path, which every transaction sets.
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
    "user" TEXT NOT NULL,
    target BIGINT,
    answer_status INTEGER,
    answer_headers TEXT,
    answer_body BYTEA,
    seen_before BIGINT,
    created_at BIGINT NOT NULL,
    first_sent_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    checks INTEGER NOT NULL,
    next_check_at BIGINT NOT NULL,
    UNIQUE (merchant, provider, key)
  );
  CREATE INDEX intents_open ON intents (merchant, provider, next_check_at)
    WHERE state IN ('awaiting_approval', 'sending', 'resending', 'unknown');
  -- Not in the order of the unique one: without statistics, as in a new ledger, PostgreSQL would look keys up by it.
  CREATE INDEX intents_payment ON intents (payment_id, merchant, provider);
  CREATE INDEX intents_target ON intents (target) WHERE target IS NOT NULL;

  CREATE TABLE reservations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    intent_id TEXT REFERENCES intents (id),
    payment_id TEXT NOT NULL,
    currency TEXT NOT NULL,
    vendor TEXT,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    released INTEGER NOT NULL CHECK (released IN (0, 1)),
    refund_id TEXT,
    reference_ids TEXT NOT NULL,
    status TEXT NOT NULL,
    standing TEXT NOT NULL,
    reason TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    checks INTEGER NOT NULL,
    next_check_at BIGINT NOT NULL
  );
  ALTER TABLE intents ADD FOREIGN KEY (target) REFERENCES reservations (id);
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
    reservation_id BIGINT NOT NULL REFERENCES reservations (id),
    PRIMARY KEY (merchant, provider, reference, reservation_id)
  );

  CREATE TABLE opened_vendors (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    vendor TEXT NOT NULL,
    remaining BIGINT NOT NULL,
    after BIGINT NOT NULL,
    PRIMARY KEY (merchant, provider, payment_id, vendor)
  );

  CREATE TABLE kept_requests (
    intent_id TEXT PRIMARY KEY REFERENCES intents (id),
    path TEXT NOT NULL,
    body TEXT NOT NULL,
    amount BIGINT NOT NULL
  );

  CREATE TABLE events (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    refund_id TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    received_at BIGINT NOT NULL,
    kept TEXT,
    PRIMARY KEY (merchant, provider, event_id)
  );
  CREATE INDEX events_kept ON events (merchant, provider, payment_id, received_at) WHERE kept IS NOT NULL;

  CREATE TABLE shared_values (
    name TEXT PRIMARY KEY,
    value TEXT
  );

  CREATE TABLE audit (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at BIGINT NOT NULL,
    intent_id TEXT,
    reservation_id BIGINT,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    from_word TEXT,
    to_word TEXT,
    source TEXT NOT NULL,
    detail TEXT
  );
  CREATE INDEX audit_intent ON audit (intent_id);
  CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION '%', CASE TG_OP WHEN 'UPDATE' THEN 'audit lines never change' ELSE 'audit lines are never deleted' END;
    END
  $$;
  CREATE TRIGGER audit_keeps_lines BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
  `,
  `
  CREATE FUNCTION take_for_granted(holds BOOLEAN) RETURNS VOID LANGUAGE plpgsql AS $$
    BEGIN
      IF holds IS NOT TRUE THEN
        RAISE EXCEPTION 'Optimistic check failed: the transaction is retried' USING ERRCODE = 'RF001';
      END IF;
    END
  $$;
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
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    at BIGINT NOT NULL,
    change TEXT NOT NULL
  );
  CREATE INDEX outbox_payment ON outbox (merchant, provider, payment_id, id);
  CREATE INDEX outbox_oldest ON outbox (merchant, provider, id);

  CREATE TABLE outbox_payments (
    merchant TEXT NOT NULL,
    provider TEXT NOT NULL,
    payment_id TEXT NOT NULL,
    next_at BIGINT NOT NULL,
    attempts INTEGER NOT NULL,
    PRIMARY KEY (merchant, provider, payment_id)
  );
  CREATE INDEX outbox_payments_due ON outbox_payments (merchant, provider, next_at);
  `,
];
