import type { ServiceProcess } from '../support/service-process.ts';

/** Tells each decision that the audit trail records from here on: the time, and who may or may not do what. */
export function followAuditTrail(service: ServiceProcess, tell: (line: string) => void): void {
  let read = service.output().length;
  setInterval(() => {
    const news = service.output().slice(read);
    const complete = news.slice(0, news.lastIndexOf('\n') + 1);
    read += complete.length;
    for (const line of complete.split('\n').filter((text) => text.includes('"audit":true'))) {
      const { time, msg } = JSON.parse(line) as { time: string; msg: string };
      tell(`${time.slice(11, 19)}  ${msg.replace(/^\w+: /, '')}`);
    }
  }, 300);
}
