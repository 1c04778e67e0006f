/** A mistake that refund proxies often make, as a change of our code. Each `from` text must occur exactly once. */
export interface Mistake {
  readonly name: string;
  readonly changes: readonly { readonly file: string; readonly from: string; readonly to: string }[];
  /** Matches the failure of the schedules. */
  readonly caught: RegExp;
  readonly provider: 'uqpay' | 'upayments';
  /** The ledger on which the mistake is possible, if not on every one. */
  readonly ledger?: 'postgres';
}

export const MISTAKES: readonly Mistake[] = [
  {
    name: 'a retry uses a new provider key',
    changes: [
      {
        file: 'ledger/ledger.ts',
        from: "const resumed: Intent = { ...intent, state: 'resending',",
        to: "const resumed: Intent = { ...intent, providerKey: crypto.randomUUID(), state: 'resending',",
      },
    ],
    caught: /a double refund/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy reserves no amount',
    changes: [{ file: 'ledger/rules/admission.ts', from: 'if (total > refundable) {', to: 'if (total < 0n) {' }],
    caught: /an over-refund/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy recognises duplicates by their amount',
    changes: [
      {
        file: 'ledger/rules/begin.ts',
        from: 'const known = existing && knownIntent(existing, request.fingerprint);',
        to: `const alike = (await tx.reservationsOfPayment(request, request.paymentId)).find(
    ({ amount, intentId }) => intentId !== undefined && amount === request.parts[0]?.amount,
  );
  const twin = existing || !alike?.intentId ? undefined : await tx.intent(alike.intentId);
  if (twin) return { kind: 'finished', intent: twin };
  const known = existing && knownIntent(existing, request.fingerprint);`,
      },
    ],
    caught: /a success for .* of which the provider knows nothing|a refund within what is free was answered/,
    provider: 'uqpay',
  },
  {
    name: 'a webhook overwrites a later standing',
    changes: [
      {
        file: 'ledger/rules/fact.ts',
        from: 'isCorrected || standingMayMove(row.standing, fact.standing);',
        to: 'isCorrected || row.standing !== fact.standing;',
      },
    ],
    caught: /a refund went from \w+ to \w+|without a ledger row/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy treats an unknown outcome as failed',
    changes: [
      {
        file: 'refunds/send.ts',
        from: "      case 'lost':\n        return this.#unknown(intent, result.why);",
        to: "      case 'lost':\n        return { settlement: this.#settlement('failed', result.why), problem: new ProblemError('provider_unreachable') };",
      },
    ],
    caught: /tells that nothing was refunded|without a ledger row/,
    provider: 'uqpay',
  },
  {
    name: 'the ledger does not sync its commits',
    changes: [
      { file: 'ledger/stores/sqlite/sqlite.ts', from: 'PRAGMA synchronous = FULL', to: 'PRAGMA synchronous = OFF' },
    ],
    caught: /on a commit that is not synced/,
    provider: 'upayments',
  },
  {
    name: 'the proxy ignores the fingerprint of a request',
    changes: [
      {
        file: 'ledger/rules/begin.ts',
        from: 'if (intent.fingerprint !== fingerprint)',
        to: 'if (intent.fingerprint === undefined)',
      },
    ],
    caught: /the same key with another body|about the amount that this very request/,
    provider: 'uqpay',
  },
  {
    name: 'each call fetches a new token',
    changes: [
      {
        file: 'providers/uqpay/token.ts',
        from: 'if (token && io.now() < token.goodUntil)',
        to: 'if (token && io.now() < 0)',
      },
      {
        file: 'providers/uqpay/token.ts',
        from: 'if (shared && shared.text !== this.#refused && io.now() < shared.goodUntil) {',
        to: 'if (shared && io.now() < 0) {',
      },
    ],
    caught: /tokens were fetched/,
    provider: 'uqpay',
  },
  {
    name: 'the asker may approve the own refund',
    changes: [
      {
        file: 'ledger/rules/approve.ts',
        from: "if (isSamePerson(current.user, who)) return { kind: 'own' };",
        to: "if (current.user === who && at < 0) return { kind: 'own' };",
      },
    ],
    caught: /was sent before another person agreed/,
    provider: 'uqpay',
  },
  {
    name: 'an approval does not check the amount again',
    changes: [
      {
        file: 'ledger/rules/approve.ts',
        from: "if (refusal) return { kind: 'refused', refusal };",
        to: "if (refusal?.code === 'payment_busy') return { kind: 'refused', refusal };",
      },
    ],
    caught: /an over-refund/,
    provider: 'uqpay',
  },
  {
    name: 'an approval request never expires',
    changes: [
      {
        file: 'ledger/rules/approve.ts',
        from: "if (intent.state !== 'awaiting_approval' || at < intent.nextCheckAt) return intent;",
        to: "if (intent.state !== 'awaiting_approval' || at > 0) return intent;",
      },
    ],
    caught: /was sent before another person agreed|nobody agreed, and the key was answered/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy does not count earlier refunds of a vendor',
    changes: [
      {
        file: 'ledger/rules/payment-facts.ts',
        from: 'taken: await tx.heldOfVendor(subject, paymentId, vendor, after)',
        to: 'taken: after < 0 ? 1n : 0n',
      },
    ],
    caught: /for vendor \S+, which has \d+ minor units left/,
    provider: 'upayments',
  },
  {
    name: 'the first step keeps its reservation',
    changes: [
      {
        file: 'ledger/rules/settle.ts',
        from: "if (to === 'failed' || to === 'void' || settlement.opened) {",
        to: "if (to === 'failed' || to === 'void') {",
      },
    ],
    caught: /a (?:refund within what is free|first step) was answered/,
    provider: 'upayments',
  },
  {
    name: 'the proxy stores only the first list of vendors',
    changes: [
      {
        file: 'ledger/rules/settle.ts',
        from: 'if (settlement.opened) await openVendors(',
        to: 'if (settlement.opened && (await tx.openedVendors(intent, intent.paymentId)).length === 0) await openVendors(',
      },
    ],
    caught: /for vendor \S+, which has \d+ minor units left/,
    provider: 'upayments',
  },
  {
    name: 'settling one part settles all parts of a vendors refund',
    changes: [
      {
        file: 'ledger/rules/said.ts',
        from: 'vendor === undefined || row.vendor === vendor',
        to: 'vendor !== null',
      },
    ],
    caught:
      /without a ledger row|Nothing about this intent is unknown|are unknown, and one refund is of one of them|at rest the ledger has|a refund within what is free|a first step was answered/,
    provider: 'upayments',
  },
  {
    name: 'a late answer settles the wrong part',
    changes: [
      {
        file: 'ledger/rules/settle.ts',
        from: "!released || standing !== 'unknown'",
        to: "!released || standing === 'pending'",
      },
    ],
    caught: /without a ledger row/,
    provider: 'upayments',
  },
  {
    name: 'PostgreSQL does not check the free amount again',
    changes: [
      {
        file: 'ledger/stores/postgres/connection.ts',
        from: 'BETWEEN ? AND ? ${held',
        to: 'BETWEEN ? AND ? OR true ${held',
      },
    ],
    caught: /an over-refund/,
    provider: 'uqpay',
    ledger: 'postgres',
  },
  {
    name: 'a lost answer settles without a check of its amount',
    changes: [
      {
        file: 'ledger/rules/observe.ts',
        from: 'if (part && differs(part, seen)) {',
        to: "if (part && seen.refundId === '') {",
      },
      {
        file: 'ledger/rules/difference.ts',
        from: 'if (amount !== undefined && amount !== row.amount)',
        to: 'if (amount !== undefined && amount < 0n)',
      },
    ],
    caught: /shown as refundable|an over-refund|without a ledger row|tells the amount that was asked/,
    provider: 'uqpay',
  },
  {
    name: 'a success after a failure frees the money',
    changes: [{ file: 'ledger/rules/contradiction.ts', from: '    released: false,\n', to: '' }],
    caught: /without a ledger row|shown as refundable|an over-refund/,
    provider: 'uqpay',
  },
  {
    name: 'the larger of two amounts of a refund made elsewhere counts as refunded',
    changes: [
      {
        file: 'ledger/rules/contradiction.ts',
        from: "    standing: 'unknown',\n    status: CONTRADICTED,\n",
        to: "    ...(row.intentId === undefined ? {} : { standing: 'unknown' as const, status: CONTRADICTED }),\n",
      },
    ],
    caught: /without a ledger row: .*, held|shown as refunded, the provider has paid/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy trusts a clock that was set back',
    changes: [{ file: 'refunds/unknown.ts', from: 'if (at >= firstSentAt - CLOCK_STEP_MS ||', to: 'if (at >= 0 ||' }],
    caught: /a double refund/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy believes the answer to another request',
    changes: [
      { file: 'providers/uqpay/routes.ts', from: 'if (mark !== undefined && mark !== id)', to: "if (mark === '')" },
      // Without the mark the ledger still knows whose refund it is.
      {
        file: 'refunds/outcomes.ts',
        from: 'row.refundId === refundId && row.intentId !== id);',
        to: "row.refundId === '' && row.intentId !== id);",
      },
    ],
    caught: /names the refund of its own intent|of which the provider knows nothing|provider commit/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy believes the answer to another request without a mark',
    changes: [
      {
        file: 'refunds/outcomes.ts',
        from: 'row.refundId === refundId && row.intentId !== id);',
        to: "row.refundId === '' && row.intentId !== id);",
      },
    ],
    caught: /names the refund of its own intent|of which the provider knows nothing/,
    provider: 'upayments',
  },
  {
    name: 'the proxy accepts vendors of another order',
    changes: [
      {
        file: 'providers/upayments/writes.ts',
        from: 'if (opened.data.orderId !== intent.paymentId)',
        to: "if (opened.data.orderId === '')",
      },
    ],
    caught: /without a ledger row/,
    provider: 'upayments',
  },
  {
    name: 'the proxy treats a contradictory part as refused',
    changes: [
      {
        file: 'providers/upayments/writes.ts',
        from: "return [{ standing: 'unknown', status: '' }];",
        to: "return [{ standing: 'failed', status: '' }];",
      },
    ],
    caught: /without a ledger row/,
    provider: 'upayments',
  },
  {
    name: 'a restored ledger sends before it compares',
    changes: [
      {
        file: 'ledger/rules/restored.ts',
        from: "if (restored && comparison?.generation !== restored.generation) return 'uncompared';",
        to: "if (restored && restored.since < 0) return 'uncompared';",
      },
      {
        file: 'refunds/write.ts',
        from: 'await compare(context, order);',
        to: 'void compare;',
      },
    ],
    caught: /a double refund/,
    provider: 'uqpay',
  },
  {
    name: 'a restored ledger sends although refunds are uncounted',
    changes: [
      {
        file: 'ledger/rules/restored.ts',
        from: "if (await hasUncounted(tx, scope, comparison)) return 'forgotten';",
        to: "if (comparison.uncounted < 0) return 'forgotten';",
      },
    ],
    caught: /a double refund|tells that nothing was refunded/,
    provider: 'upayments',
  },
  {
    name: 'a refusal of the ledger ignores an earlier send',
    changes: [
      {
        file: 'refunds/write.ts',
        from: "return new ProblemError(error.code, { ...error.extras, detail, effect: 'unknown' });",
        to: 'return error;',
      },
    ],
    caught: /tells that nothing was refunded/,
    provider: 'upayments',
  },
  {
    name: 'an outcome that was not written counts as nothing',
    changes: [
      {
        file: 'refunds/outcomes.ts',
        from: 'this.#unrecorded.set(intent.id, { sending, settlement });',
        to: "this.#unrecorded.set(intent.id, { sending, settlement: { ...settlement, to: 'void' } });",
      },
    ],
    caught: /an over-refund|tells that nothing was refunded|and pending was told/,
    provider: 'uqpay',
  },
  {
    name: 'a failed announcement is not repeated',
    changes: [
      {
        file: 'refunds/announce.ts',
        from: '        attempts += 1;\n',
        to: '        taken = entry.id;\n        continue;\n',
      },
    ],
    caught: /nothing was told of it|and told was|was told$/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy announces the last change first',
    changes: [{ file: 'ledger/stores/sql/outbox.ts', from: 'ORDER BY id LIMIT 1', to: 'ORDER BY id DESC LIMIT 1' }],
    caught: /was told after a later one|have changes that were never taken/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy announces a part as the whole refund',
    changes: [{ file: 'ledger/rules/keep-change.ts', from: 'vendor: vendor ?? null,', to: 'vendor: null,' }],
    caught: /nothing was told of it|a change was told that the ledger does not have/,
    provider: 'upayments',
  },
  {
    name: 'the proxy does not announce a lost answer',
    changes: [
      {
        file: 'ledger/rules/settle.ts',
        from: 'if (!isFirst && !isNothing) return;',
        to: 'if (!isNothing) return;',
      },
    ],
    caught: /was lost, and nothing was told of that/,
    provider: 'uqpay',
  },
  {
    name: 'the proxy does not announce a contradiction',
    changes: [
      {
        file: 'ledger/rules/contradiction.ts',
        from: '  await keepChange(tx, next, { at, source, before: row.standing, isContradiction: true });\n',
        to: '',
      },
    ],
    caught: /and told was|and failed was told/,
    provider: 'uqpay',
  },
];
