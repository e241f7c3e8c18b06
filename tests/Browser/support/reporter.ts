import type { FullResult, Reporter, TestCase, TestError, TestResult } from '@playwright/test/reporter';

const SIGN = { passed: 'ok', skipped: 'skipped', failed: 'FAILED', timedOut: 'FAILED', interrupted: 'FAILED' };

/** One line for each test, every failure once more at the end, then three sums in the words of `dotnet test`. */
export default class CompactList implements Reporter {
  private readonly sums = { passed: 0, failed: 0, skipped: 0 };
  private readonly failures: string[] = [];

  printsToStdio() {
    return true;
  }

  /** What a test measured. */
  onStdOut(chunk: string | Buffer) {
    process.stdout.write(`    ${chunk.toString()}`);
  }

  onTestEnd(test: TestCase, result: TestResult) {
    const name = test.titlePath().slice(2).join(' > ');
    const sign = SIGN[result.status];
    console.log(`  ${sign} ${name} (${(result.duration / 1000).toFixed(1)} s)`);
    if (result.status === 'passed') this.sums.passed += 1;
    else if (result.status === 'skipped') this.sums.skipped += 1;
    else {
      this.sums.failed += 1;
      this.failures.push(`FAILED ${name}\n${result.errors.map((error) => error.stack ?? error.message).join('\n')}`);
    }
  }

  onError(error: TestError) {
    this.sums.failed += 1;
    this.failures.push(error.stack ?? error.message ?? String(error.value));
  }

  onEnd(result: FullResult) {
    if (result.status !== 'passed' && this.sums.failed === 0) this.sums.failed = 1;
    for (const failure of this.failures) console.log(`\n${failure}`);
    console.log(`Browser tests took ${(result.duration / 1000).toFixed(0)} s`);
    console.log(`Passed: ${this.sums.passed}\nFailed: ${this.sums.failed}\nSkipped: ${this.sums.skipped}`);
  }
}
