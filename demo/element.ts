import { LitElement } from 'lit';

import { onChange } from './settings.ts';

/** An element of the console: in the page's own DOM, with its one stylesheet, and drawn again when a setting changes. */
export class ConsoleElement extends LitElement {
  #forget: (() => void) | undefined;

  override createRenderRoot(): this {
    return this;
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.#forget = onChange(() => this.requestUpdate());
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#forget?.();
  }
}
