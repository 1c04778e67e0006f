import { approval } from './approval.ts';
import { controls } from './controls.ts';
import { history } from './history.ts';
import { items } from './items.ts';
import { layout } from './layout.ts';
import { outcome } from './outcome.ts';

/** Adopted as constructed sheets: a strict `style-src` has nothing to refuse. */
export const styles = [layout, controls, items, outcome, history, approval];
