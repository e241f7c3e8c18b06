/** A centre for the tests of one file: what they publish, move or erase is nobody else's. */
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pinClock, prepareCentre } from './centre';
import { PRODUCT, spawnHost } from './host';
import { test } from './test';

type Centre = { restart: (between: () => void) => Promise<void> };

/** @param log File in `artefacts` for what the host told. */
export function ownCentre(log: string, settings: Record<string, string> = {}): Centre {
  let stop: (() => Promise<void>) | undefined;
  let centre: string | undefined;
  const begin = async () => {
    const host = await spawnHost(PRODUCT, log, settings);
    stop = host.stop;
    process.env['CENTRE_URL'] = host.address;
  };
  test.beforeAll(async () => {
    test.setTimeout(240_000);
    centre = process.env['CENTRE_URL'];
    await begin();
    await prepareCentre();
  });
  test.afterAll(async () => {
    process.env['CENTRE_URL'] = centre;
    await stop?.();
  });
  return {
    restart: async (between) => {
      await stop?.();
      between();
      await begin();
      await pinClock('2026-11-09T09:30:00');
    },
  };
}

/**
 * A centre with its own copy of the procedures: `deliver` changes that copy as a newer product would, and the host
 * starts again on the same database, at the same hour of its day.
 */
export function centreWithDeliveries(log: string): {
  deliver: (change: (workflows: string) => void) => Promise<void>;
} {
  const folder = mkdtempSync(join(tmpdir(), 'workflowhost-delivery-'));
  const workflows = join(folder, 'workflows');
  cpSync(resolve(import.meta.dirname, '../../../workflows'), workflows, {
    recursive: true,
  });
  const { restart } = ownCentre(log, {
    Workflows__Path: workflows,
    ConnectionStrings__Workflows: `Data Source=${join(folder, 'workflows.db')}`,
    Attachments__Path: join(folder, 'files'),
  });
  test.afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return { deliver: (change) => restart(() => change(workflows)) };
}
