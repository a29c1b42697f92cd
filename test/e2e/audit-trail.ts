/** A line of the audit trail, as far as the tests read it. */
export interface AuditLine {
  readonly outcome: 'allow' | 'deny';
  readonly reason?: string;
  readonly user?: string;
  readonly operations: readonly string[];
  readonly method: string;
  readonly path: string;
}

/** The audit trail among what the service printed. */
export function readAuditTrail(output: string): AuditLine[] {
  const lines = output.split('\n').filter((line) => line.includes('"audit":true'));
  return lines.map((line) => JSON.parse(line));
}
