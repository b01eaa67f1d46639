import { defineConfig } from 'vitest/config'
import { countReporter } from '../count-reporter.ts'

/** Inputs with known answers, kept beside the repository; they are not part of `npm test`. */
export default defineConfig({
  test: {
    include: ['test/conformance/**/*.test.ts'],
    reporters: ['default', countReporter()],
    testTimeout: 120_000,
  },
})
