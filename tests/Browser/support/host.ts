/** Starts the real host on a free port with a database of its own, and the story of the centre; stops it at the end. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { prepareCentre } from './centre';

const repository = resolve(import.meta.dirname, '../../..');
const artefacts = resolve(import.meta.dirname, '../artefacts');
const START_MS = 120_000;

type Running = { address: string; stop: () => Promise<void> };

/** A port nobody listens on: links in messages must be known before the host starts. */
export async function freePort(): Promise<number> {
  const server = createServer();
  const port = await new Promise<number>((found) => {
    server.listen(0, '127.0.0.1', () => found((server.address() as AddressInfo).port));
  });
  await new Promise((closed) => server.close(closed));
  return port;
}

export const PRODUCT = process.env['WORKFLOWHOST_DLL'] ?? 'src/Api/bin/Debug/net10.0/Api.dll';

/** A host of its own, from this assembly; what it told stands in `artefacts` when it has stopped. */
export async function spawnHost(assembly: string, log: string, settings: Record<string, string> = {}): Promise<Running> {
  const dll = resolve(repository, assembly);
  if (!existsSync(dll)) throw new Error(`There is no ${dll}. Run: dotnet build`);
  const folder = mkdtempSync(join(tmpdir(), 'workflowhost-browser-'));
  const host = spawn('dotnet', [dll], {
    cwd: join(repository, 'src/Api'),
    env: {
      ...process.env,
      ASPNETCORE_ENVIRONMENT: 'Development',
      ASPNETCORE_URLS: 'http://127.0.0.1:0',
      ConnectionStrings__Workflows: `Data Source=${join(folder, 'workflows.db')}`,
      Attachments__Path: join(folder, 'files'),
      Centre__Name: 'Ośrodek Pomocy Społecznej w Kętach',
      // A working day of thirteen people is pressed into a few minutes here.
      RateLimits__PersonPerMinute: '100000',
      RateLimits__SearchPerMinute: '100000',
      RateLimits__PrintPerMinute: '100000',
      RateLimits__UploadPerMinute: '100000',
      ...settings,
    },
  });
  let told = '';
  const stop = async () => {
    const ended = new Promise((done) => host.once('exit', done));
    if (host.exitCode === null && host.kill('SIGTERM')) await ended;
    writeFileSync(join(artefacts, log), told);
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const address = await new Promise<string>((found, failed) => {
      const late = setTimeout(() => failed(new Error(`The host did not start in time:\n${told}`)), START_MS);
      const listen = (chunk: Buffer) => {
        told += chunk.toString();
        const listening = /^WorkflowHost: (http:\/\/127\.0\.0\.1:\d+)/m.exec(told)?.[1];
        if (listening === undefined) return;
        clearTimeout(late);
        found(listening);
      };
      host.stdout.on('data', listen);
      host.stderr.on('data', listen);
      host.once('exit', (code) => {
        clearTimeout(late);
        failed(new Error(`The host ended with ${code}:\n${told}`));
      });
    });
    return { address, stop };
  } catch (problem) {
    await stop();
    throw problem;
  }
}

export default async function startHost(): Promise<() => Promise<void>> {
  rmSync(artefacts, { recursive: true, force: true });
  mkdirSync(artefacts, { recursive: true });
  const { address, stop } = await spawnHost(PRODUCT, 'host.log');
  process.env['CENTRE_URL'] = address;
  try {
    await prepareCentre();
  } catch (problem) {
    await stop();
    throw problem;
  }
  return stop;
}
