import { defineConfig } from 'vitest/config'
import { countReporter } from './count-reporter.ts'

/** Pages of rules are imported as text, as the bundles do it. */
const markdown = {
  name: 'markdown',
  transform: (code: string, id: string) => (id.endsWith('.md') ? `export default ${JSON.stringify(code)}` : undefined),
}

export default defineConfig({
  plugins: [markdown],
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['test/editor/**', 'test/conformance/**', '**/node_modules/**'],
    reporters: ['default', countReporter()],
    testTimeout: 30_000,
  },
})
