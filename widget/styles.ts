import { css } from 'lit';

/** Adopted as a constructed sheet: a strict `style-src` has nothing to refuse. */
export const styles = css`
  :host {
    --_text: var(--refund-form-text, light-dark(#1a1e27, #e8eaf0));
    --_surface: var(--refund-form-surface, light-dark(#fff, #14171d));
    --_accent: var(--refund-form-accent, light-dark(#24458c, #a8c0ff));
    --_on-accent: var(--refund-form-on-accent, light-dark(#fff, #0f1830));
    --_danger: var(--refund-form-danger, light-dark(#a31d18, #ffaba3));
    --_warning: var(--refund-form-warning, light-dark(#754600, #f3c363));
    --_success: var(--refund-form-success, light-dark(#12603a, #82d9a8));
    --_border: var(--refund-form-border, color-mix(in oklab, var(--_text) 52%, var(--_surface)));
    --_muted: color-mix(in oklab, var(--_text) 72%, var(--_surface));
    --_line: color-mix(in oklab, var(--_text) 14%, var(--_surface));
    --_radius: var(--refund-form-radius, 8px);
    display: block;
    container-type: inline-size;
    min-inline-size: 0;
    color: var(--_text);
    background: var(--_surface);
    font: 14px/1.45 var(--refund-form-font, system-ui, 'Segoe UI', 'Noto Sans Arabic', 'PingFang SC', 'Noto Sans SC', sans-serif);
    font-variant-numeric: tabular-nums;
    accent-color: var(--_accent);
    overflow-wrap: anywhere;
  }
  :host([hidden]) {
    display: none;
  }
  *,
  ::before {
    box-sizing: border-box;
  }
  section,
  form,
  .stack {
    display: grid;
    gap: 16px;
    justify-items: start;
    grid-template-columns: minmax(0, 1fr);
  }
  form,
  .stack,
  header,
  fieldset,
  dl,
  table,
  .field,
  .panel {
    inline-size: 100%;
  }
  h2,
  p,
  dl,
  dd,
  ul,
  ol,
  fieldset {
    margin: 0;
    padding: 0;
    border: 0;
  }
  h2 {
    font-size: 16px;
    line-height: 1.35;
    text-wrap: balance;
  }
  :focus-visible {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  h2:focus {
    outline: none;
  }
  dl {
    display: grid;
    grid-template-columns: minmax(0, auto) minmax(0, 1fr);
    gap: 4px 16px;
  }
  dt,
  .muted,
  .hint,
  .words {
    color: var(--_muted);
  }
  .hint,
  .words,
  .steps {
    font-size: 12px;
  }
  .figures dd {
    text-align: end;
  }
  .figures .strong {
    color: inherit;
    font-weight: 650;
    padding-block-start: 4px;
    border-block-start: 1px solid var(--_line);
    margin-block-start: 4px;
  }
  .figures dt.strong {
    margin-inline-end: -16px;
  }
  bdi {
    white-space: nowrap;
  }
  bdi.id,
  q bdi {
    white-space: normal;
  }
  .big {
    font-size: 22px;
    line-height: 1.2;
    font-weight: 650;
  }
  label,
  legend {
    padding: 0;
    font-weight: 550;
  }
  .field {
    display: grid;
    gap: 4px;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 32px;
    font-weight: 400;
  }
  input[type='radio'] {
    inline-size: 18px;
    block-size: 18px;
    margin: 0;
    flex: none;
  }
  .box,
  select,
  textarea {
    font: inherit;
    color: inherit;
    background: var(--_surface);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    inline-size: 100%;
    min-block-size: 40px;
    padding: 8px 12px;
  }
  .box {
    display: flex;
    padding: 0;
    overflow: hidden;
  }
  .box span {
    padding: 8px 12px;
    color: var(--_muted);
    border-inline-end: 1px solid var(--_line);
  }
  .box input {
    flex: 1;
    min-inline-size: 0;
    font: inherit;
    color: inherit;
    text-align: end;
    background: none;
    border: 0;
    padding: 8px 12px;
  }
  .box input:focus {
    outline: none;
  }
  .box:focus-within {
    outline: 2px solid var(--_accent);
    outline-offset: 2px;
  }
  textarea {
    resize: vertical;
    min-block-size: 64px;
  }
  .bad .box,
  .bad select,
  .bad textarea {
    border-color: var(--_danger);
  }
  .error {
    color: var(--_danger);
  }
  .panel {
    display: grid;
    gap: 8px;
    justify-items: start;
    padding: 12px 16px;
    border: 1px solid color-mix(in oklab, var(--_tone) 45%, var(--_surface));
    border-inline-start-width: 4px;
    border-radius: var(--_radius);
    background: color-mix(in oklab, var(--_tone) 8%, var(--_surface));
  }
  .danger {
    --_tone: var(--_danger);
  }
  .warning {
    --_tone: var(--_warning);
  }
  .success {
    --_tone: var(--_success);
  }
  .calm {
    --_tone: var(--_accent);
  }
  .warning h2,
  .danger h2,
  .success h2,
  .panel strong {
    color: var(--_tone);
  }
  .row {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  button {
    font: inherit;
    font-weight: 550;
    min-block-size: 40px;
    padding: 8px 16px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    color: inherit;
    background: none;
    cursor: pointer;
  }
  button:hover {
    background: color-mix(in oklab, var(--_text) 6%, transparent);
  }
  button.primary {
    color: var(--_on-accent);
    background: var(--_accent);
    border-color: var(--_accent);
  }
  button.primary:hover {
    background: color-mix(in oklab, var(--_accent) 88%, var(--_text));
  }
  button[aria-disabled='true'] {
    opacity: 0.65;
    cursor: default;
  }
  .link {
    min-block-size: 24px;
    padding: 0;
    border: 0;
    text-align: start;
    text-decoration: underline;
  }
  .link:hover {
    background: none;
    text-decoration-thickness: 2px;
  }
  ul {
    list-style: none;
  }
  .steps {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    inline-size: 100%;
    list-style: none;
    color: var(--_muted);
  }
  .steps li {
    padding-block-start: 16px;
    padding-inline-end: 4px;
    position: relative;
  }
  .steps li::before {
    content: '';
    position: absolute;
    inset-block-start: 0;
    inset-inline-start: 0;
    inline-size: 9px;
    block-size: 9px;
    border: 2px solid var(--_border);
    border-radius: 50%;
  }
  .steps li:not(:last-child)::after {
    content: '';
    position: absolute;
    inset-block-start: 4px;
    inset-inline: 12px 3px;
    border-block-start: 1px solid var(--_border);
  }
  .steps .done {
    color: inherit;
  }
  .steps .done::before {
    background: var(--_accent);
    border-color: var(--_accent);
  }
  table {
    border-collapse: collapse;
    table-layout: fixed;
  }
  th,
  td {
    padding: 8px 8px 8px 0;
    padding-inline: 0 8px;
    text-align: start;
    vertical-align: top;
    border-block-end: 1px solid var(--_line);
    font-weight: 400;
  }
  thead th {
    font-size: 12px;
    color: var(--_muted);
  }
  .end {
    text-align: end;
  }
  th:last-child,
  td:last-child {
    padding-inline-end: 0;
  }
  tfoot th,
  tfoot td {
    border: 0;
    padding-block: 4px;
  }
  summary {
    cursor: pointer;
    min-block-size: 24px;
  }
  .skeleton i {
    display: block;
    block-size: 16px;
    border-radius: 4px;
    background: var(--_line);
  }
  .skeleton i.tall {
    block-size: 40px;
    border-radius: var(--_radius);
  }
  .late {
    animation: appear 120ms 2s both;
  }
  .fresh {
    animation: appear 120ms both;
  }
  @keyframes appear {
    from {
      opacity: 0;
    }
  }
  .sr {
    position: absolute;
    clip-path: inset(50%);
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    white-space: nowrap;
  }
  @container (min-width: 400px) {
    .figures {
      max-inline-size: 280px;
      margin-inline-start: auto;
    }
    .facts {
      grid-template-columns: 112px minmax(0, 1fr);
    }
  }
  @container (max-width: 399px) {
    table thead {
      display: none;
    }
    tbody tr,
    tbody :is(th, td) {
      display: block;
      inline-size: auto;
    }
    tbody :is(th, td) {
      border: 0;
      padding: 2px 0;
      text-align: start;
    }
    tbody tr {
      padding-block: 8px;
      border-block-end: 1px solid var(--_line);
    }
    form > .primary,
    .row > .primary {
      inline-size: 100%;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    .fresh {
      animation: none;
    }
    .late {
      animation-duration: 0s;
    }
  }
  @media (forced-colors: active) {
    .skeleton i {
      border: 1px solid;
    }
    .steps .done::before {
      background: CanvasText;
      forced-color-adjust: none;
    }
  }
`;
