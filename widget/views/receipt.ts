import { html, nothing, render, type TemplateResult } from 'lit';

import { styles } from '../element/styles/index.ts';
import { hasReceipt } from '../flow/state.ts';
import type { Refund } from '../model.ts';
import { methodText, moment, nameOf, numberOf, standingText } from './listed.ts';
import { button, facts, id, money, when, type Drawn, type View } from './parts.ts';

/** What can be done with a refund that exists: print a receipt, let the page send one, and `more`. */
export function receiptButtons(view: View, refund: Refund, more?: unknown): Drawn {
  const { s, t, controller, canSendReceipt } = view;
  const { id: refundId } = refund;
  if (!refundId || !hasReceipt(refund)) return nothing;
  const step = controller.history.receiptStep(refundId);
  const quiet = (key: 'receipt' | 'sendReceipt', press: (event: Event) => void) =>
    button(t(key), press, { look: 'quiet', name: `${s(key)} ${numberOf(refund)}`, busy: step === 'checking' });
  return html`<div class="row">
    ${
      // While a cancel is under way or unknown, there may be nothing to give a receipt of.
      refund.cancelStep
        ? nothing
        : [
            quiet('receipt', ({ currentTarget }) => void printReceipt(view, refund, currentTarget as Element)),
            canSendReceipt ? quiet('sendReceipt', () => void controller.history.sendReceipt(refund)) : nothing,
          ]
    }
    ${more}
    <span class="hint" role="status">${step ? t(step) : nothing}</span>
  </div>`;
}

/** How long a receipt waits for its pictures, in milliseconds: a server that hangs does not keep it from being printed. */
const LOGO = 3000;

/** Prints a document of its own: nothing of the page around the form, and none of its styles. */
async function printReceipt(view: View, shown: Refund, origin: Element): Promise<void> {
  const root = origin.getRootNode() as ShadowRoot;
  const refund = await view.controller.history.receiptOf(shown);
  if (!refund) return;
  // The receipts of two rows may be on their way at once.
  for (const old of root.querySelectorAll('iframe')) if (old.title === refund.id) old.remove();
  const frame = document.createElement('iframe');
  frame.title = refund.id;
  frame.inert = true;
  await new Promise((resolve) => {
    // Firefox replaces the first document of a frame before this event.
    frame.addEventListener('load', resolve, { once: true });
    root.append(frame);
  });
  const page = frame.contentWindow as (Window & typeof globalThis) | null;
  // It was pressed again meanwhile.
  if (!page) return;
  const { document: sheet } = page;
  const style = new page.CSSStyleSheet();
  style.replaceSync(styles.join(''));
  sheet.adoptedStyleSheets = [style];
  sheet.title = `${view.s('receipt_title')} ${numberOf(refund)}`;
  Object.assign(sheet.documentElement, { lang: view.lang, dir: view.dir });
  for (const node of root.host.querySelectorAll(':scope > [slot=receipt]'))
    sheet.body.append(sheet.importNode(node, true));
  const main = sheet.createElement('section');
  render(receipt(view, refund), main);
  sheet.body.append(main);
  await Promise.race([
    Promise.allSettled(Array.from(sheet.images, (image) => image.decode())),
    new Promise((resolve) => page.setTimeout(resolve, LOGO)),
  ]);
  page.addEventListener('afterprint', () => frame.remove());
  page.print();
}

/** The customer's paper: nothing on it is for the shop alone, such as the reason and the note. */
function receipt(view: View, refund: Refund): TemplateResult {
  const { t, adapter, controller, paymentId } = view;
  const { id: refundId, amount, currency, standing, references = {} } = refund;
  const { refunds = [], method } = controller.state.summary ?? {};
  const listed = refunds.find(({ refund_id }) => refund_id === refundId);
  return html`<h2>${t('receipt_title')}</h2>
    <p class="big">${money(view, amount, currency)}</p>
    ${standing === 'pending' ? html`<p>${t(adapter.duration(method))}</p>` : nothing}
    ${facts([
      [t('status'), standingText(view, { standing })],
      [t('to'), methodText(view, method)],
      [t('sent'), moment(view, listed)],
      ...Object.entries(references).map(([name, value]) => [nameOf(view, name), value && id(value)] as const),
      [t('payment'), id(paymentId)],
    ])}
    <p class="hint">${t('checked', { time: when(view, controller.history.readAt(), 'medium') })}</p>`;
}
