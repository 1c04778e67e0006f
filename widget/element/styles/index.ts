import { approval } from './approval.ts';
import { controls } from './controls.ts';
import { layout } from './layout.ts';

/** Adopted as constructed sheets: a strict `style-src` has nothing to refuse. */
export const styles = [layout, controls, approval];
