import { readFile } from 'node:fs/promises';

import * as z from 'zod/mini';

import { order as orderSchema, type Order } from '../../options.ts';
import { fault, orderFaults } from '../../hooks/order-faults.ts';
import { misspeltMembers } from '../../hooks/order-members.ts';
import { faultText, kindOf } from '../../hooks/received.ts';

/** How many faults are listed: a file in a wrong format has one in each row. */
const MAX_LISTED = 20;

interface OrdersFile {
  readonly orders: ReadonlyMap<string, Order>;
  /** Each fault names the row's position and payment. */
  readonly faults: readonly string[];
}

/** Reads every row at once, so that a wrong row is found at the start and not at its refund. */
export async function readOrdersFile(file: string): Promise<OrdersFile> {
  const orders = new Map<string, Order>();
  const read = await readRows(file);
  if (!Array.isArray(read)) return { orders, faults: [read] };
  const faults: string[] = [];
  for (const [place, row] of read.entries()) {
    const tell = (text: string) => faults.push(`row ${place + 1}${paymentOf(row)}: ${text}`);
    const parsed = z.safeParse(orderSchema, row);
    const typos = parsed.success ? misspeltMembers(parsed.data) : [];
    if (!parsed.success) for (const wrong of orderFaults(parsed.error, row)) tell(faultText(wrong));
    else if (typos.length > 0) for (const { name, meant } of typos) tell(`${name} is not read: did you mean ${meant}?`);
    else if (orders.has(parsed.data.payment_id)) {
      tell(faultText(fault('payment_id', parsed.data.payment_id, 'an id that no row before it has')));
    } else orders.set(parsed.data.payment_id, parsed.data);
  }
  const rest = faults.length - MAX_LISTED;
  return { orders, faults: rest > 0 ? [...faults.slice(0, MAX_LISTED), `and ${rest} more`] : faults };
}

async function readRows(file: string): Promise<unknown[] | string> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    return `cannot be read: ${error instanceof Error ? error.message : String(error)}`;
  }
  try {
    // Editors on Windows write a byte order mark.
    const value: unknown = JSON.parse(text.replace(/^\uFEFF/, ''));
    return Array.isArray(value) ? (value as unknown[]) : `expected a JSON array of orders, received ${kindOf(value)}`;
  } catch (error) {
    // The parser's message quotes the file, which may hold personal names.
    const position = error instanceof Error ? /at position (\d+)/.exec(error.message)?.[1] : undefined;
    return `is not JSON${position === undefined ? '' : `: it is wrong in line ${lineAt(text, Number(position))}`}`;
  }
}

function lineAt(text: string, position: number): number {
  return text.slice(0, position).split('\n').length;
}

function paymentOf(row: unknown): string {
  const id = typeof row === 'object' && row !== null && 'payment_id' in row ? row.payment_id : undefined;
  return typeof id === 'string' && id !== '' ? ` (payment ${JSON.stringify(id.slice(0, 80))})` : '';
}
