import { describe, expect, test } from 'vitest'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { LineIndex } from '../../server/text/line-index.ts'
import { stubRules } from '../stub-rules.ts'

const pod = (extra: { annotations?: string; image?: string; comment?: string } = {}) => `apiVersion: v1
kind: Pod
metadata:
  name: web
${extra.annotations ? `  annotations:\n    zero-trust/ignore: ${extra.annotations}\n` : ''}spec:
  containers:
${extra.comment ? `    # zero-trust: ignore ${extra.comment}\n` : ''}    - name: web
      image: ${extra.image ?? 'web:latest'}
`

const config = (entry: string) => `ignore:\n  - ${entry}\n`

interface Case {
  readonly name: string
  readonly files: Record<string, string>
  readonly asked?: readonly string[]
  /** `file:line message` */
  readonly unused: readonly string[]
  readonly suppressed?: number
}

const cases: Case[] = [
  {
    name: 'a comment that silences something is used',
    files: { 'a.yaml': pod({ comment: 'stub-latest -- nightly' }) },
    unused: [],
    suppressed: 1,
  },
  {
    name: 'a comment that silences nothing can go',
    files: { 'a.yaml': pod({ comment: 'stub-latest -- nightly', image: 'web:1' }) },
    unused: ['a.yaml:7 `stub-latest` reports nothing that this comment is about: it can go.'],
  },
  {
    name: 'of several rules the idle one is named',
    files: { 'a.yaml': pod({ comment: 'stub-latest, stub-privileged -- nightly' }) },
    unused: ['a.yaml:7 `stub-privileged` reports nothing that this comment is about: name it no longer.'],
    suppressed: 1,
  },
  {
    name: 'a rule that does not exist is named',
    files: { 'a.yaml': pod({ comment: 'stub-latst -- nightly' }) },
    unused: ['a.yaml:7 There is no rule `stub-latst`.'],
  },
  {
    name: 'an annotation that silences something is used',
    files: { 'a.yaml': pod({ annotations: '"stub-latest -- nightly"' }) },
    unused: [],
    suppressed: 1,
  },
  {
    name: 'each entry of an annotation is judged, at its place',
    files: { 'a.yaml': pod({ annotations: '"stub-latest -- nightly; stub-privileged -- never"' }) },
    unused: ['a.yaml:6 `stub-privileged` reports nothing that this annotation is about: it can go.'],
    suppressed: 1,
  },
  {
    name: 'a comment and an annotation for the same finding are both used',
    files: { 'a.yaml': pod({ annotations: '"stub-latest -- x"', comment: 'stub-latest -- x' }) },
    unused: [],
    suppressed: 1,
  },
  {
    name: 'a configuration entry that silences something is used',
    files: { 'a.yaml': pod(), '.kube-zero-trust.yaml': config('{rule: stub-latest, object: Pod/web, reason: nightly}') },
    unused: [],
    suppressed: 1,
  },
  {
    name: 'a configuration entry that silences nothing can go',
    files: { 'a.yaml': pod(), '.kube-zero-trust.yaml': config('{rule: stub-latest, object: Pod/api, reason: nightly}') },
    unused: ['.kube-zero-trust.yaml:2 `stub-latest` reports nothing that this entry is about: it can go.'],
  },
  {
    name: 'an entry for all rules that silences nothing can go',
    files: { 'a.yaml': pod(), '.kube-zero-trust.yaml': config('{path: vendored/, reason: theirs}') },
    unused: ['.kube-zero-trust.yaml:2 Nothing is reported that this entry is about: it can go.'],
  },
  {
    name: 'an entry holds on its last day',
    files: {
      'a.yaml': pod(),
      '.kube-zero-trust.yaml': config('{rule: stub-latest, path: a.yaml, reason: nightly, expires: "2026-03-01"}'),
    },
    unused: [],
    suppressed: 1,
  },
  {
    name: 'an entry that has ended no longer silences, and says so',
    files: {
      'a.yaml': pod(),
      '.kube-zero-trust.yaml': config('{rule: stub-latest, path: a.yaml, reason: nightly, expires: "2026-02-28"}'),
    },
    unused: ['.kube-zero-trust.yaml:2 This ended on 2026-02-28: what it accepted is reported again.'],
    suppressed: 0,
  },
  {
    name: 'entries are not judged by some of the files',
    files: { 'a.yaml': pod(), '.kube-zero-trust.yaml': config('{rule: stub-latest, object: Pod/api, reason: nightly}') },
    asked: ['.kube-zero-trust.yaml', 'a.yaml'],
    unused: [],
  },
  {
    name: 'nothing is said of a rule that is off',
    files: { 'a.yaml': pod({ comment: 'stub-latest -- nightly' }), '.kube-zero-trust.yaml': 'rules: {stub-latest: off}' },
    unused: [],
  },
  {
    name: 'nothing is said of a rule that the profile hides',
    files: { 'a.yaml': pod({ comment: 'stub-latest -- nightly' }), '.kube-zero-trust.yaml': 'profile: baseline' },
    unused: [],
  },
  {
    name: 'nothing is said while the text is broken',
    files: { 'a.yaml': `${pod({ comment: 'stub-privileged -- x', image: 'web:1' })}      image: "x\n` },
    unused: [],
  },
]

describe('suppressions without effect', () => {
  test.each(cases)('$name', ({ files, asked, unused, suppressed }) => {
    const workspace = new Workspace(stubRules)
    for (const [path, text] of Object.entries(files)) workspace.set({ path, text })
    const found = findingsOf(workspace.analysis(), { today: '2026-03-01', ...(asked ? { files: new Set(asked) } : {}) })
    expect(
      found.unused.map(({ location, message }) => {
        const line = new LineIndex(files[location.file] ?? '').position(location.span.start).line + 1
        return `${location.file}:${line} ${message}`
      }),
    ).toEqual(unused)
    if (suppressed !== undefined) expect(found.suppressed).toHaveLength(suppressed)
  })
})
