import type { Reporter, TestModule } from 'vitest/node'

/** Closes a run with the line `N passed, N failed`, and with `, N skipped` where there are any. */
export function countReporter(): Reporter {
  return {
    onTestRunEnd(modules: readonly TestModule[], errors) {
      const tests = modules.flatMap((module) => [...module.children.allTests()])
      const count = (state: string): number => tests.filter((test) => test.result().state === state).length
      // A file that cannot be loaded has no tests, and an error outside of any test fails the run too.
      const broken = modules.filter((module) => module.errors().length > 0).length + errors.length
      const skipped = count('skipped')
      console.log(`${count('passed')} passed, ${count('failed') + broken} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
    },
  }
}
