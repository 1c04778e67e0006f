import type { SettingTable } from '../../engine/settings.ts';

export const UPAYMENTS_SETTINGS = {
  /** Status of the reads that UPayments' document types as 201, and of which some clients saw 200. 201 by default. K */
  upaymentsGetStatus: {
    wire: 'upayments_get_status',
    values: [200, 201],
    default: 201,
    flag: {
      flags: '--upayments-get-status <status>',
      about: "HTTP status of UPayments' reads that its document types as 201: 201 or 200 (default: 201)",
    },
  },
  /** Whether UPayments calls a `notifyUrl` once a refund settles. `true` by default; no client may need it. P */
  refundCallbacks: {
    wire: 'refund_callbacks',
    values: [true, false],
    default: true,
    flag: {
      flags: '--no-refund-callbacks',
      about: 'no call to a notifyUrl when a refund of UPayments settles',
    },
  },
} as const satisfies SettingTable;
