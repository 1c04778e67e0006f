import pixelmatch from 'pixelmatch';
import { PNG } from 'pngjs';

/**
 * This many pixels may differ apart from antialiasing, which does not count. Another version of Chromium draws some
 * edges in another way; one letter of another text has more.
 */
const TOLERATED_PIXELS = 20;

/** A picture of what differs, red on the faded new picture. `undefined` when nothing does. */
export function differenceOf(approved: Buffer, drawn: Buffer): Buffer | undefined {
  if (approved.equals(drawn)) return undefined;
  const [before, after] = [PNG.sync.read(approved), PNG.sync.read(drawn)];
  const width = Math.max(before.width, after.width);
  const height = Math.max(before.height, after.height);
  const difference = new PNG({ width, height });
  const count = pixelmatch(
    onCanvas(before, width, height).data,
    onCanvas(after, width, height).data,
    difference.data,
    width,
    height,
  );
  const isSameSize = before.width === after.width && before.height === after.height;
  return isSameSize && count <= TOLERATED_PIXELS ? undefined : PNG.sync.write(difference);
}

/** The picture at the top left of a transparent canvas. */
function onCanvas(picture: PNG, width: number, height: number): PNG {
  const canvas = new PNG({ width, height, fill: true });
  PNG.bitblt(picture, canvas, 0, 0, picture.width, picture.height, 0, 0);
  return canvas;
}
