/** The mail server of the tests as a process of its own (`tests/Peers`), and what came to it. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';

const PEERS = resolve(import.meta.dirname, '../../Peers/bin/Debug/net10.0/Peers.dll');
const ARRIVES_MS = 60_000 * Number(process.env['PATIENCE'] ?? 1);

type Received = { channel: string; to: string; raw: string };

/** A message as its reader sees it: the HTML part, and the subject. */
export type Mail = { to: string; subject: string; html: string };

export type MailServer = {
  settings: Record<string, string>;
  /** The newest message to this person that has all of these words; waits for it. */
  find: (user: string, ...words: string[]) => Promise<Mail>;
  stop: () => void;
};

export async function startMailServer(): Promise<MailServer> {
  if (!existsSync(PEERS)) throw new Error(`There is no ${PEERS}. Run: dotnet build tests/Peers`);
  const peers = spawn('dotnet', [PEERS], { stdio: ['pipe', 'pipe', 'inherit'] });
  const came: Mail[] = [];
  const settings = await new Promise<Record<string, string>>((found, failed) => {
    peers.once('exit', (code) => failed(new Error(`The mail server ended with ${code}.`)));
    createInterface({ input: peers.stdout }).on('line', (line) => {
      const told = JSON.parse(line) as { smtp: { settings: Record<string, string> } } | Received;
      if ('smtp' in told) found(told.smtp.settings);
      else if (told.channel === 'smtp') came.push(read(told));
    });
  });
  const find = async (user: string, ...words: string[]): Promise<Mail> => {
    const until = Date.now() + ARRIVES_MS;
    while (Date.now() < until) {
      const mail = came.findLast(
        ({ to, subject, html }) => to.startsWith(`${user}@`) && words.every((one) => `${subject}${html}`.includes(one)),
      );
      if (mail !== undefined) return mail;
      await new Promise((pause) => setTimeout(pause, 100));
    }
    const list = came.map(({ to, subject }) => `${to}: ${subject}`).join('\n');
    throw new Error(`No message to ${user} about ${words.join(', ')}. Came:\n${list}`);
  };
  return { settings, find, stop: () => peers.stdin.end() };
}

function read({ to, raw }: Received): Mail {
  const html = raw.split('\r\n--').find((part) => /content-type: text\/html/i.test(part));
  if (html === undefined) throw new Error(`A message without HTML:\n${raw}`);
  const [head = '', ...body] = html.split('\r\n\r\n');
  const subject = /^subject: (.*(?:\r\n[ \t].*)*)/im.exec(raw)?.[1] ?? '';
  return { to, subject: words(subject), html: decoded(body.join('\r\n\r\n'), head) };
}

function decoded(body: string, head: string): string {
  if (/transfer-encoding: base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/transfer-encoding: quoted-printable/i.test(head)) return body;
  const bytes = body.replace(/=\r\n/g, '').replace(/=([0-9A-F]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** Encoded words of a header (RFC 2047). */
function words(header: string): string {
  return header
    .replace(/\?=\s+=\?/g, '?==?')
    .replace(/=\?utf-8\?([bq])\?([^?]*)\?=/gi, (_, kind: string, text: string) =>
      kind.toLowerCase() === 'b'
        ? Buffer.from(text, 'base64').toString('utf8')
        : decoded(text.replace(/_/g, ' '), 'transfer-encoding: quoted-printable'),
    );
}
