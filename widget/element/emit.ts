import type { Emit, RefundEvent } from './events.ts';

/**
 * Fires the events of an element, and none of a refund again: it may have shown another payment meanwhile, and follows the
 * refund anew. A standing that the refund had before another one is news.
 */
export function emitOf(element: EventTarget): Emit {
  const told = new Map<string, unknown>();
  return (name, detail) => {
    const { refundId, standing } = detail as Partial<RefundEvent>;
    const about = name + refundId;
    const now = name.endsWith('accepted') || standing;
    if (refundId && !name.endsWith('receipt') && told.get(about) === now) return true;
    told.set(about, now);
    const cancelable = name === 'refund-form-before-submit';
    return element.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true, cancelable }));
  };
}
