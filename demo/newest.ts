/**
 * Reads that overlap: an answer is taken only if it was asked for after every answer that was taken before it. Call it
 * when a read begins, and what it returns when the answer is there.
 */
export function newestOnly(): () => () => boolean {
  let asked = 0;
  let taken = 0;
  return () => {
    asked += 1;
    const number = asked;
    return () => {
      if (number < taken) return false;
      taken = number;
      return true;
    };
  };
}
