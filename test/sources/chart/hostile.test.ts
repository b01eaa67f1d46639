import { expect, test } from 'vitest'
import { renderChart } from '../../../server/sources/chart/render.ts'
import { chartFiles, rendered } from './chart.ts'

const GOOD = { 'templates/good.yaml': 'kind: ConfigMap\napiVersion: v1\nmetadata: {name: good}\n' }

/** Each with what is said, and the text at the place where. */
const HOSTILE: readonly (readonly [string, string, RegExp, string])[] = [
  [
    'a loop in a loop in a loop',
    '{{ range until 2000 }}{{ range until 2000 }}{{ range until 2000 }}x{{ end }}{{ end }}{{ end }}',
    /stopped after/,
    'x{{ end }}',
  ],
  ['a template that calls itself', '{{ define "a" }}{{ template "a" . }}{{ end }}{{ template "a" . }}', /call each other without end/, ''],
  [
    'an include that calls itself',
    '{{ define "a" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
    /nested reference name|without end/,
    '',
  ],
  [
    'two templates that call each other',
    '{{ define "a" }}{{ include "b" . }}{{ end }}{{ define "b" }}{{ include "a" . }}{{ end }}{{ include "a" . }}',
    /nested reference name|without end/,
    '',
  ],
  [
    'a text that holds its own template',
    '{{ $t := "{{ tpl .t . }}" }}{{ tpl $t (dict "t" $t "Template" .Template) }}',
    /nested|without end|stopped|error calling tpl/,
    'tpl',
  ],
  [
    'a string that doubles',
    '{{ $s := "aaaaaaaa" }}{{ range until 40 }}{{ $s = print $s $s }}{{ end }}{{ len $s }}',
    /stopped after functions made/,
    '',
  ],
  ['a repeat of a billion', '{{ repeat 1000000000 "ab" }}', /stopped after functions made/, 'repeat'],
  ['a list of a billion', '{{ len (until 1000000000) }}', /stopped after functions made/, 'until'],
  ['an indentation of a billion', '{{ indent 1000000000 "a" }}', /stopped after functions made/, 'indent'],
  ['a width of a billion', '{{ printf "%1000000000d" 1 }}', /./, ''],
  ['a sequence without end', '{{ seq 1 2147483647 }}', /stopped after functions made/, 'seq'],
  ['a list that holds itself', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ toYaml $d }}', /./, ''],
  ['a map that holds itself, printed', '{{ $d := dict }}{{ $_ := set $d "d" $d }}{{ $d }}', /./, ''],
  ['parentheses without end', `{{ ${'('.repeat(20_000)}1${')'.repeat(20_000)} }}`, /./, ''],
  ['blocks without end', `${'{{ if true }}'.repeat(20_000)}${'{{ end }}'.repeat(20_000)}`, /./, ''],
  ['a value with more anchors than atoms', `{{ fromYaml "${bomb()}" | toYaml }}`, /./, ''],
]

function bomb(): string {
  const lines = ['a: &a [x,x,x,x,x,x,x,x,x,x]']
  for (let i = 1; i < 12; i++) {
    const [own, before] = [String.fromCharCode(97 + i), String.fromCharCode(96 + i)]
    lines.push(`${own}: &${own} [${Array(10).fill(`*${before}`).join(',')}]`)
  }
  return lines.join('\\n')
}

test.each(HOSTILE)('%s is stopped at the spot, and the other templates are rendered', (_, template, message, at) => {
  const start = performance.now()
  const rendering = rendered({ ...GOOD, 'templates/bad.yaml': template }, { lenient: true })
  expect(performance.now() - start).toBeLessThan(15_000)
  expect(rendering.rendered.has('app/templates/good.yaml')).toBe(true)
  const said = rendering.problems.filter(({ fatal }) => fatal)
  // What Go itself would print within bounds is no problem.
  if (message.source !== '.') {
    expect(said.map((problem) => problem.message).join('\n')).toMatch(message)
    expect(said[0]?.location?.file).toBe('app/templates/bad.yaml')
    const { start: from, end } = said[0]?.location?.span ?? { start: 0, end: 0 }
    expect(template.slice(from, Math.max(end, from + 20))).toContain(at)
  }
})

test.each([
  ['(a+)+$', `${'a'.repeat(50_000)}!`],
  ['(a|a)*b', 'a'.repeat(50_000)],
  ['(.*)*(.*)*x', 'y'.repeat(20_000)],
  ['^(([a-z])+.)+[A-Z]([a-z])+$', 'a'.repeat(50_000)],
])('the expression %s takes no longer than its text', (pattern, text) => {
  const start = performance.now()
  rendered({ 'templates/bad.yaml': '{{ regexMatch .Values.p .Values.t }}', 'values.yaml': `p: '${pattern}'\nt: "${text}"\n` })
  expect(performance.now() - start).toBeLessThan(5_000)
})

test.each([
  '{{ .Files.Get "../secret.txt" }}',
  '{{ .Files.Get "/etc/passwd" }}',
  '{{ .Files.Get "templates/../../secret.txt" }}',
  '{{ range $path, $_ := .Files.Glob "../**" }}{{ $path }}{{ end }}',
  '{{ (.Files.Glob "/**").AsConfig }}',
  '{{ .Files.Lines "../secret.txt" }}',
])('%s reads nothing outside the chart', (template) => {
  const rendering = renderChart(
    new Map([...chartFiles({ 'templates/x.yaml': template, 'a.txt': 'fine' }), ['secret.txt', { path: 'secret.txt', text: 'SECRET' }]]),
    'app',
    { helm: 3, lenient: true, release: { name: 'rel', namespace: 'ns' } },
  )
  expect(rendering.rendered.get('app/templates/x.yaml')?.text ?? '').not.toMatch(/SECRET|secret|root:/)
  expect([...rendering.reads].filter((path) => !path.startsWith('app/'))).toEqual([])
})
