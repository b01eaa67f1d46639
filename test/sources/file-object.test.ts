import { describe, expect, test } from 'vitest'
import { evaluateManifest } from '../../server/sources/manifest.ts'

const WORKFLOW = 'on: push\njobs:\n  build:\n    env: { A: "${{ secrets.A }}" }\n'
const unit = (path: string, text: string) => evaluateManifest({ path, text })

describe('a workflow of GitHub', () => {
  test.each(['.github/workflows/build.yaml', 'shop/.github/workflows/build.yml'])('is one object with its expressions: %s', (path) => {
    const [object, ...others] = unit(path, WORKFLOW).objects
    expect(others).toEqual([])
    expect(object).toMatchObject({ groupKind: 'file/Workflow', file: path, name: path.split('/').at(-1) })
    expect(object?.body).toMatchObject({ jobs: { build: { env: { A: '${{ secrets.A }}' } } } })
  })

  test.each([
    ['somewhere else', 'ci/build.yaml', WORKFLOW],
    ['a part of an action', '.github/actions/build/action.yaml', WORKFLOW],
    ['without jobs', '.github/workflows/build.yaml', 'on: push\n'],
  ])('is none: %s', (_, path, text) => {
    expect(unit(path, text).objects).toEqual([])
  })

  test('that is broken is no problem of manifests', () => {
    const { problems, objects } = unit('.github/workflows/build.yaml', `${WORKFLOW}  build: {}\n  kind: [\n  apiVersion: x\n`)
    expect(objects.map(({ kind }) => kind)).toEqual(['Workflow'])
    expect(problems).toEqual([])
  })
})
