import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { importParts } from './imports.ts'
import { metadataParts } from './metadata.ts'
import { read } from './write.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

describe('what is generated from the rules', () => {
  it.each([...importParts(root), ...metadataParts(root)])('%s is up to date', (path, text) => {
    expect(read(root, path), 'stale: run `npm run generate`').toBe(text)
  })
})
