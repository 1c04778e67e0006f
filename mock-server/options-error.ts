/** An option that the sandbox cannot use; the message names it, what came and what is taken. */
export class SandboxOptionsError extends Error {
  override name = 'SandboxOptionsError' as const;
}
