/**
 * Takes note of what the Content Security Policy of this page, or of this worker, refuses: browsers tell the code that
 * is refused no more than that it failed.
 */
export class PolicyWatch {
  readonly #refused: SecurityPolicyViolationEvent[] = [];

  constructor() {
    globalThis.addEventListener?.('securitypolicyviolation', this.#note);
  }

  /** Stops listening. */
  stop(): void {
    globalThis.removeEventListener?.('securitypolicyviolation', this.#note);
  }

  /**
   * What was refused of these kinds, and the change that allows it, as a sentence; `undefined` if nothing was.
   *
   * @param directives such as `worker-src`
   */
  async refusalOf(...directives: string[]): Promise<string | undefined> {
    // The event comes a moment after the failure that it explains.
    await new Promise((resolve) => setTimeout(resolve, NOTICE_MS));
    const violation = this.#refused.find(({ effectiveDirective }) => directives.includes(effectiveDirective));
    if (!violation) return undefined;
    const { effectiveDirective, blockedURI } = violation;
    return `the Content Security Policy refuses it: add ${sourceFor(blockedURI)} to its \`${effectiveDirective}\``;
  }

  #note = (event: SecurityPolicyViolationEvent) => {
    if (event.disposition === 'enforce') this.#refused.push(event);
  };
}

const NOTICE_MS = 50;

/** How a policy names a source that it refused. */
function sourceFor(blocked: string): string {
  if (!URL.canParse(blocked)) return `\`${blocked}:\``;
  const { origin, protocol } = new URL(blocked);
  if (origin === globalThis.origin && protocol !== 'blob:') return "`'self'`";
  return origin === 'null' || protocol === 'blob:' ? `\`${protocol}\`` : `\`${origin}\``;
}
