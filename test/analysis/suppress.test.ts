import { describe, expect, test } from 'vitest'
import { findingsOf } from '../../server/analysis/findings.ts'
import { Workspace } from '../../server/analysis/workspace.ts'
import { stubRules } from '../stub-rules.ts'

/** The containers whose findings of `stub-latest` are shown. */
function shown(text: string): string[] {
  const workspace = new Workspace(stubRules)
  workspace.set({ path: 'a.yaml', text })
  const { findings } = findingsOf(workspace.analysis(), { today: '2026-03-01' })
  return findings
    .flatMap(({ rule, occurrences }) => (rule.name === 'stub-latest' ? (occurrences[0]?.found.discriminator ?? '') : []))
    .sort()
}

const pod = (name: string): string => `apiVersion: v1
kind: Pod
metadata:
  name: ${name}
spec:
  containers:
    - name: ${name}-1
      image: web:latest
    - name: ${name}-2
      image: web:latest
`
const IGNORE = '# zero-trust: ignore stub-latest -- test'

describe('a comment holds', () => {
  test.each<[string, string, string[]]>([
    ['nowhere else', pod('a'), ['a-1', 'a-2']],
    ['behind a value: for the line', pod('a').replace('image: web:latest', `image: web:latest ${IGNORE}`), ['a-2']],
    ['above a key: for its value', pod('a').replace('      image', `      ${IGNORE}\n      image`), ['a-2']],
    ['above an item: for the container', pod('a').replace('    - name', `    ${IGNORE}\n    - name`), ['a-2']],
    ['above a key with a list: for all of it', pod('a').replace('  containers', `  ${IGNORE}\n  containers`), []],
    ['above the first key: for the object', `${IGNORE}\n${pod('a')}---\n${pod('b')}`, ['b-1', 'b-2']],
    ['below a separator: for the object there', `${pod('a')}---\n${IGNORE}\n# more\n\n${pod('b')}`, ['a-1', 'a-2']],
    ['as one for the file: for all of it', `# zero-trust: ignore-file stub-latest -- test\n${pod('a')}---\n${pod('b')}`, []],
    ['for several rules', `# zero-trust: ignore stub-privileged, stub-latest -- test\n${pod('a')}`, []],
    ['for no other rule', `# zero-trust: ignore stub-privileged -- test\n${pod('a')}`, ['a-1', 'a-2']],
    [
      'in brackets too: for the line',
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec:\n  containers: [\n    {name: a, image: "web:latest"}, # zero-trust: ignore stub-latest -- x\n    {name: b, image: "web:latest"}]\n',
      ['b'],
    ],
    ['not when it is text', pod('a').replace('name: a\n', `name: a\n  annotations:\n    x: |\n      ${IGNORE}\n`), ['a-1', 'a-2']],
  ])('%s', (_, text, expected) => {
    expect(shown(text)).toEqual(expected)
    expect(shown(text.replaceAll('\n', '\r\n'))).toEqual(expected)
  })
})

describe('an annotation of the pod template holds', () => {
  const template = (indent: string): string =>
    `metadata: { annotations: { zero-trust/ignore: stub-latest -- test } }\nspec: { containers: [{ name: a, image: "web:latest" }] }`
      .split('\n')
      .map((line) => indent + line)
      .join('\n')
  test.each([
    ['v1', 'PodTemplate', `template:\n${template('  ')}`],
    ['v1', 'ReplicationController', `spec:\n  template:\n${template('    ')}`],
    ['apps/v1', 'DaemonSet', `spec:\n  template:\n${template('    ')}`],
    ['batch/v1', 'CronJob', `spec:\n  jobTemplate:\n    spec:\n      template:\n${template('        ')}`],
    ['argoproj.io/v1alpha1', 'Rollout', `spec:\n  template:\n${template('    ')}`],
    ['serving.knative.dev/v1', 'Service', `spec:\n  template:\n${template('    ')}`],
    ['keda.sh/v1alpha1', 'ScaledJob', `spec:\n  jobTargetRef:\n    template:\n${template('      ')}`],
  ])('of a %s %s', (apiVersion, kind, rest) => {
    expect(shown(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\n${rest}\n`)).toEqual([])
    const without = rest.replace('stub-latest', 'stub-privileged')
    expect(shown(`apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: a }\n${without}\n`)).toEqual(['a'])
  })
})
