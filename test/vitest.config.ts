import { defineConfig } from 'vitest/config'
import { countReporter } from './count-reporter.ts'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/editor/**', 'test/conformance/**', '**/node_modules/**'],
    reporters: ['default', countReporter()],
    testTimeout: 30_000,
  },
})
