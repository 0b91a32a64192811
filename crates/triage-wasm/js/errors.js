// The one error type of this package: `name` is "TriageError", `code` is one of a closed list (index.d.ts).

export class TriageError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {number | null} [retryAfter] seconds
   */
  constructor(code, message, retryAfter = null) {
    super(message);
    this.name = 'TriageError';
    this.code = code;
    this.retryAfter = retryAfter;
  }
}
