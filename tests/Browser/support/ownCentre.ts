/** A centre for the tests of one file: what they publish, move or erase is nobody else's. */
import { prepareCentre } from './centre';
import { PRODUCT, spawnHost } from './host';
import { test } from './test';

/** @param log File in `artefacts` for what the host told. */
export function ownCentre(log: string, settings: Record<string, string> = {}): void {
  let stop: (() => Promise<void>) | undefined;
  let centre: string | undefined;
  test.beforeAll(async () => {
    test.setTimeout(240_000);
    const host = await spawnHost(PRODUCT, log, settings);
    stop = host.stop;
    centre = process.env['CENTRE_URL'];
    process.env['CENTRE_URL'] = host.address;
    await prepareCentre();
  });
  test.afterAll(async () => {
    process.env['CENTRE_URL'] = centre;
    await stop?.();
  });
}
