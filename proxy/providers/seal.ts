/**
 * A short text that only holders of `secret` can read: AES-256-GCM under a key that HKDF derives from it. What stands in
 * a shared database, and in its backups, is then no credential.
 */
export class Seal {
  readonly #key: Promise<CryptoKey>;

  constructor(secret: string, purpose: string) {
    this.#key = deriveKey(secret, purpose);
    // A failure is the caller's, who waits for it; nobody may be waiting yet.
    this.#key.catch(() => undefined);
  }

  /** Base64. */
  async close(text: string): Promise<string> {
    const iv = crypto.getRandomValues(new Uint8Array(IV_BYTES));
    const sealed = await crypto.subtle.encrypt(
      { name: 'AES-GCM', iv },
      await this.#key,
      new TextEncoder().encode(text),
    );
    return btoa(String.fromCharCode(...iv, ...new Uint8Array(sealed)));
  }

  /** `undefined` when it was closed with another secret, or was changed since. */
  async open(sealed: string): Promise<string | undefined> {
    try {
      const bytes = Uint8Array.from(atob(sealed), (character) => character.charCodeAt(0));
      const iv = bytes.subarray(0, IV_BYTES);
      const plain = await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await this.#key, bytes.subarray(IV_BYTES));
      return new TextDecoder().decode(plain);
    } catch (error) {
      if (error instanceof DOMException) return undefined;
      throw error;
    }
  }
}

const IV_BYTES = 12;

async function deriveKey(secret: string, purpose: string): Promise<CryptoKey> {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const base = await crypto.subtle.importKey('raw', bytes(secret), 'HKDF', false, ['deriveKey']);
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: new Uint8Array(), info: bytes(purpose) };
  return crypto.subtle.deriveKey(hkdf, base, { name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt']);
}
