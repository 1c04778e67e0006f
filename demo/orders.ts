interface ShopItem {
  readonly name: string;
  readonly quantity: number;
  /** Of one unit, as a decimal string. */
  readonly price: string;
  /** Units that came back before. */
  readonly returned?: number;
}

/**
 * An order of the merchant: what was sold and what was captured. The proxy reads captured amounts here, never from the
 * browser.
 */
export interface ShopOrder {
  /** The order number that the merchant and the customer use. */
  readonly number: string;
  readonly provider: 'uqpay' | 'upayments';
  /** UQPAY: payment intent id. UPayments: the order id of Get Payment Status. */
  readonly payment_id: string;
  readonly payment_attempt_id?: string;
  readonly payment_method: 'card' | 'knet';
  readonly customer: string;
  /** RFC 3339 date. */
  readonly placed: string;
  readonly currency: string;
  /** Decimal string in units of `currency`. */
  readonly captured: string;
  readonly items: readonly ShopItem[];
  /** Included in `captured`, as a decimal string. */
  readonly shipping?: string;
  readonly not_refundable?: string;
  /**
   * The amount that was refunded before the proxy's ledger began, as a decimal string. Only when the provider cannot
   * report it.
   */
  readonly refunded_elsewhere?: string;
  /** The number of refunds in `refunded_elsewhere`. */
  readonly refunded_elsewhere_count?: number;
  /** Of an order with several vendors: their names by IBAN. */
  readonly vendors?: Readonly<Record<string, string>>;
}

export const PROVIDERS = { uqpay: 'UQPAY', upayments: 'UPayments' } as const;

const intent = (digits: string) => ({
  provider: 'uqpay' as const,
  payment_id: `PI${digits}`,
  payment_attempt_id: `PA${digits}`,
  payment_method: 'card' as const,
});

const knet = { provider: 'upayments', payment_method: 'knet', currency: 'KWD' } as const;
const kuwaitCard = { provider: 'upayments', payment_method: 'card', currency: 'KWD' } as const;

export const ORDERS: readonly ShopOrder[] = [
  {
    ...intent('1234567890123456789'),
    number: 'order_6789',
    customer: 'Maya Lindqvist',
    placed: '2026-11-12',
    currency: 'USD',
    captured: '250.00',
    items: [
      { name: 'Linen armchair cover', quantity: 2, price: '95.00' },
      { name: 'Wool throw', quantity: 1, price: '60.00' },
    ],
  },
  {
    ...knet,
    number: 'KW-10231',
    payment_id: 'mv1GZnrG2l20221010125525514466916867376022022026038648992c2755f2',
    customer: 'Noura Al-Sabah',
    placed: '2026-11-12',
    captured: '100.000',
    items: [
      { name: 'Brass coffee set', quantity: 1, price: '82.500' },
      { name: 'Serving tray', quantity: 1, price: '17.500' },
    ],
  },
  {
    ...knet,
    number: 'KW-10232',
    payment_id: 'x9qgyobGKN2022101012552551446691695107275189570586650948cbbbbb0',
    customer: 'Yousef Hamdan',
    placed: '2026-11-12',
    captured: '100.000',
    vendors: { KW91KFHO0000000000051010173254: 'Dar Oud', KW31NBOK0000000000002010177457: 'Bait Ceramics' },
    items: [
      { name: 'Oud gift box (Dar Oud)', quantity: 1, price: '50.000' },
      { name: 'Ceramic dinner set (Bait Ceramics)', quantity: 1, price: '50.000' },
    ],
  },
  {
    ...intent('2000000000000000001'),
    number: 'SG-1042',
    customer: 'Wei Jie Tan',
    placed: '2026-11-11',
    currency: 'SGD',
    captured: '128.40',
    items: [
      { name: 'Desk lamp', quantity: 1, price: '98.40' },
      { name: 'Bulb, warm white', quantity: 2, price: '12.50' },
    ],
    shipping: '5.00',
  },
  {
    ...intent('2000000000000000002'),
    number: 'HK-2207',
    customer: 'Chan Ka Yan',
    placed: '2026-11-11',
    currency: 'HKD',
    captured: '1880.00',
    items: [{ name: 'Walnut side table', quantity: 1, price: '1880.00' }],
  },
  {
    ...intent('2000000000000000003'),
    number: 'JP-3311',
    customer: 'Haruka Mori',
    placed: '2026-11-10',
    currency: 'JPY',
    captured: '12800',
    items: [{ name: 'Cast iron teapot', quantity: 1, price: '12800' }],
  },
  {
    ...intent('2000000000000000004'),
    number: 'KW-0457',
    customer: 'Dana Al-Mutairi',
    placed: '2026-11-10',
    currency: 'KWD',
    captured: '45.500',
    items: [{ name: 'Cotton bed linen, queen', quantity: 1, price: '45.500' }],
  },
  {
    ...knet,
    number: 'KW-10228',
    payment_id: 'up20261101knet0000000000000000000000000000000000000000000000000001',
    customer: 'Fahad Al-Otaibi',
    placed: '2026-11-10',
    captured: '32.750',
    items: [{ name: 'Incense burner', quantity: 1, price: '32.750' }],
  },
  {
    ...kuwaitCard,
    number: 'KW-10227',
    payment_id: 'up20261102card0000000000000000000000000000000000000000000000000002',
    customer: 'Sara Behbehani',
    placed: '2026-11-09',
    captured: '18.900',
    items: [{ name: 'Table runner', quantity: 2, price: '9.450' }],
  },
  {
    ...knet,
    number: 'KW-10226',
    payment_id: 'up20261106vend0000000000000000000000000000000000000000000000000006',
    customer: 'Hessa Al-Fahad',
    placed: '2026-11-09',
    captured: '90.000',
    vendors: { KW55GULB0000000000001122334455: 'Majlis Textiles', KW77BBYN0000000000005566778899: 'Saffron & Co' },
    items: [
      { name: 'Floor cushions (Majlis Textiles)', quantity: 4, price: '15.000' },
      { name: 'Spice chest (Saffron & Co)', quantity: 1, price: '30.000' },
    ],
  },
  {
    ...intent('2000000000000000005'),
    number: 'US-5120',
    customer: 'Daniel Okafor',
    placed: '2026-11-08',
    currency: 'USD',
    captured: '89.90',
    items: [
      { name: 'Picture frame, oak', quantity: 3, price: '19.95' },
      { name: 'Wall hooks', quantity: 1, price: '30.05' },
    ],
  },
  {
    ...knet,
    number: 'KW-10221',
    payment_id: 'up20261103knet0000000000000000000000000000000000000000000000000003',
    customer: 'Abdullah Karam',
    placed: '2026-11-07',
    captured: '64.000',
    refunded_elsewhere: '20.000',
    refunded_elsewhere_count: 1,
    items: [
      { name: 'Majlis lantern', quantity: 2, price: '22.000' },
      { name: 'Candle set', quantity: 1, price: '20.000', returned: 1 },
    ],
  },
  {
    ...intent('2000000000000000008'),
    number: 'SG-1044',
    customer: 'Priya Nair',
    placed: '2026-11-07',
    currency: 'SGD',
    captured: '75.00',
    items: [{ name: 'Rattan basket', quantity: 3, price: '25.00' }],
  },
  {
    ...intent('2000000000000000006'),
    number: 'SG-1043',
    customer: 'Lim Siew Ling',
    placed: '2026-11-06',
    currency: 'SGD',
    captured: '60.00',
    items: [{ name: 'Stoneware bowls', quantity: 4, price: '15.00' }],
  },
  {
    ...kuwaitCard,
    number: 'KW-10219',
    payment_id: 'up20261104card0000000000000000000000000000000000000000000000000004',
    customer: 'Layla Marafi',
    placed: '2026-11-06',
    captured: '25.000',
    refunded_elsewhere: '25.000',
    refunded_elsewhere_count: 1,
    items: [{ name: 'Rose water sprinkler', quantity: 1, price: '25.000' }],
  },
  {
    ...intent('2000000000000000007'),
    number: 'US-5121',
    customer: 'Grace Whitfield',
    placed: '2026-11-05',
    currency: 'USD',
    captured: '0.00',
    not_refundable: 'The payment is authorised but not captured yet.',
    items: [{ name: 'Bookcase, ash', quantity: 1, price: '310.00' }],
  },
  {
    ...knet,
    number: 'KW-10215',
    payment_id: 'up20261105knet0000000000000000000000000000000000000000000000000005',
    customer: 'Bader Al-Enezi',
    placed: '2026-11-05',
    captured: '0.000',
    not_refundable: 'KNET did not confirm this payment, so there is nothing to refund.',
    items: [{ name: 'Coffee roaster', quantity: 1, price: '40.000' }],
  },
];
