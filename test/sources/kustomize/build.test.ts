import { describe, expect, test } from 'vitest'
import { bodies, build, builtBodies } from './build.ts'
import { CASES } from './cases.ts'

describe('a kustomization is built as kustomize builds it', () => {
  test.each(CASES)('$says', ({ files, gives }) => {
    const built = build(files)
    expect(builtBodies(built)).toEqual(bodies(gives))
    expect(built.problems).toEqual([])
    expect(built.notEvaluated).toEqual([])
  })
})
