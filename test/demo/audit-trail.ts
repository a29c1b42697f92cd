/** Takes what the service prints, as it comes, and tells each decision of the audit trail: when, who, and what. */
export function createAuditTrailReader(tell: (line: string) => void): (output: string) => void {
  let unfinished = '';
  return (output) => {
    const lines = (unfinished + output).split('\n');
    unfinished = lines.pop() ?? '';
    for (const line of lines.filter((text) => text.includes('"audit":true'))) {
      const { time, msg } = JSON.parse(line) as { time: string; msg: string };
      tell(`${time.slice(11, 19)}  ${msg.replace(/^\w+: /, '')}`);
    }
  };
}
