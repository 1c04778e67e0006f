/**
 * Encrypts a short text with AES-256-GCM, under a key that HKDF derives from `secret`. What a shared database and its
 * backups hold is then not a credential.
 */
export class Seal {
  readonly #key: Promise<CryptoKey>;

  constructor(secret: string, purpose: string) {
    this.#key = deriveKey(secret, purpose);
    // The caller sees a failure when it awaits the key. Until then nobody may be waiting.
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

  /** Returns `undefined` when another secret was used, or the text was changed. */
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
