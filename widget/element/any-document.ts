import { LitElement } from 'lit';

import { styles } from './styles/index.ts';

/** An element with its styles in whatever document it is: a style sheet belongs to the document that has made it. */
export class AnyDocumentElement extends LitElement {
  static override styles = styles;

  protected override createRenderRoot(): ShadowRoot {
    return this.ownerDocument === document
      ? (super.createRenderRoot() as ShadowRoot)
      : restyle(this.attachShadow({ mode: 'open' }));
  }

  /** A shadow root loses its styles on the way to another document. */
  adoptedCallback(): void {
    if (this.shadowRoot) restyle(this.shadowRoot);
  }
}

function restyle(root: ShadowRoot): ShadowRoot {
  const view = root.ownerDocument.defaultView;
  // A document without a window draws nothing.
  if (!view) return root;
  root.adoptedStyleSheets = styles.map(({ cssText }) => {
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(cssText);
    return sheet;
  });
  return root;
}
