import { css } from 'lit';

/** Panels, icons, the rail of steps, tables and the skeleton. */
export const outcome = css`
  .danger,
  .failed {
    --_tone: var(--_danger);
  }
  .warning,
  .unknown,
  .unrecognised,
  .reversing,
  .reversed {
    --_tone: var(--_warning);
  }
  .succeeded {
    --_tone: var(--_success);
  }
  .panel,
  .unknown {
    padding: 16px;
    border: 1px solid var(--_tone);
    border-inline-start-width: 4px;
    border-radius: var(--_radius);
    background: color-mix(in oklab, var(--_tone) 8%, var(--_surface));
  }
  .panel.warning,
  .unknown {
    background: color-mix(in oklab, light-dark(#f5a800, #f3c363) 12%, var(--_surface));
  }
  [role='status']:empty {
    position: absolute;
  }
  /* First what to do, then the facts. */
  .unknown dl {
    order: 1;
  }
  .panel a {
    display: inline-block;
    padding-block: 2px;
    color: inherit;
  }
  summary {
    min-block-size: 32px;
  }
  .icon {
    flex: none;
    inline-size: 20px;
    block-size: 20px;
    fill: none;
    stroke: currentColor;
    stroke-width: 1.5;
  }
  ol {
    display: grid;
    grid-template-columns: repeat(3, 1fr) auto;
    list-style: none;
  }
  /* A rail alone is an ordered list: the history is a list, too. */
  ol li {
    position: relative;
    padding-inline-end: 4px;
    color: var(--_muted);
    stroke: var(--_border);
    fill: none;
  }
  ol svg {
    display: block;
    inline-size: 10px;
    block-size: 10px;
    margin-block-end: 4px;
    stroke-width: 2;
  }
  ol path {
    stroke: none;
  }
  ol li:not(:last-child)::after {
    content: '';
    position: absolute;
    inset-block-start: 4px;
    inset-inline: 12px 2px;
    border-block-start: 2px solid var(--_border);
  }
  .done,
  .current {
    color: inherit;
    stroke: var(--_accent);
  }
  .done {
    fill: var(--_accent);
  }
  .done path {
    stroke: var(--_surface);
    stroke-width: 1.3;
  }
  .current {
    font-weight: 650;
  }
  .done::after {
    border-color: var(--_accent) !important;
  }
  /* A page without a doctype gives a table its own. */
  table {
    border-collapse: collapse;
    font: inherit;
    color: inherit;
  }
  th,
  td {
    padding-block: 8px;
    padding-inline: 0 12px;
    text-align: start;
    vertical-align: baseline;
    border-block-end: 1px solid var(--_line);
    font-weight: 400;
  }
  :is(th, td):last-child {
    padding-inline-end: 0;
  }
  :is(th, td):nth-child(2) {
    text-align: end;
  }
  .said {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
  }
  .bones {
    fill: var(--_line);
  }
  .late {
    position: absolute;
    inset-block-end: 12px;
    padding-inline: 12px;
    animation: 120ms 2s both late;
  }
  @keyframes late {
    from {
      opacity: 0;
    }
  }
  /* A name may break anywhere, so its column would be the first to shrink. */
  @container (width >= 400px) {
    tbody th {
      inline-size: 48%;
    }
  }
  @container (width < 400px) {
    thead {
      display: none;
    }
    table,
    tbody,
    tr,
    th {
      display: block;
    }
    td {
      display: flex;
      align-items: baseline;
      gap: 12px;
      padding-inline: 0;
    }
    td::before {
      content: attr(data-label);
      flex: 0 0 35%;
      text-align: start;
      color: var(--_muted);
    }
    tr > :not(:last-child) {
      border: 0;
      padding-block-end: 0;
    }
  }
  @media (prefers-reduced-motion) {
    .late {
      animation-duration: 0s;
    }
  }
  /* Primary, invalid and loading differ in more than their colour. */
  @media (forced-colors: active) {
    :host {
      --_accent: Highlight;
      --_on-accent: HighlightText;
      --_surface: Canvas;
      --_text: CanvasText;
      --_border: CanvasText;
    }
    .bad :is(.box, select, textarea):not(.share *) {
      border: 3px double;
      padding-block: 7px;
    }
    .bones {
      fill: none;
      stroke: CanvasText;
    }
    .bar {
      outline: 1px solid;
    }
  }
`;
