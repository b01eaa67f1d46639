import { describe, expect, test } from 'vitest'
import { cli, POLICY, pod } from './command-line.ts'

const clean = { '/w/policy.yaml': POLICY, '/w/a.yaml': pod('a') }
const warning = { ...clean, '/w/b.yaml': pod('b', { privileged: true }) }
const information = { ...clean, '/w/b.yaml': pod('b', { image: 'web:latest' }) }
const possible = { '/w/a.yaml': pod('a') }

describe('the exit code of an audit', () => {
  test.each<{ name: string; files: Record<string, string>; args?: string; code: number }>([
    { name: 'nothing found', files: clean, code: 0 },
    { name: 'a warning', files: warning, code: 1 },
    { name: 'information', files: information, code: 0 },
    { name: 'a warning, when only errors fail', files: warning, args: '--fail-on error', code: 0 },
    { name: 'information, when it fails', files: information, args: '--fail-on information', code: 1 },
    { name: 'a warning, when nothing fails', files: warning, args: '--fail-on never', code: 0 },
    { name: 'a possible finding at the threshold', files: possible, args: '--fail-on hint', code: 0 },
    { name: 'a possible finding, when those fail too', files: possible, args: '--fail-on hint --fail-on-possible', code: 1 },
    { name: 'a warning of another rule than the one asked for', files: warning, args: '--rule stub-latest', code: 0 },
    { name: 'no file at all', files: { '/w/README.md': '' }, code: 2 },
    { name: 'no Kubernetes object in the files', files: { '/w/ci.yaml': 'steps: []' }, code: 2 },
    { name: 'a broken file among others', files: { ...clean, '/w/broken.yaml': 'kind: Pod\napiVersion: v1\nx: "' }, code: 0 },
  ])('$name', async ({ files, args = '', code }) => {
    expect((await cli(`audit ${args}`.trim(), files)).code).toBe(code)
  })

  test.each([
    ['audit nope', 'There is no file or folder nope.'],
    ['audit --formt json', 'There is no option --formt. Did you mean --format?'],
    ['audit --format xml', '--format must be one of text, json, sarif, markdown, not "xml".'],
    ['audit --fail-on', "Option '--fail-on <value>' argument missing"],
    ['audit --rule stub-lates', 'There is no rule "stub-lates". Did you mean stub-latest?'],
    ['audit --environment prod', 'There is no environment "prod". There is default.'],
    ['audit --config nope.yaml', 'There is no file nope.yaml.'],
    ['audit --baseline nope.json', 'There is no file nope.json. `kube-zero-trust baseline write --output nope.json` makes it.'],
    ['audit --baseline a.yaml', 'a.yaml: This is no baseline: it is not JSON.'],
    ['adit', 'There is no command "adit". Did you mean audit?'],
    ['baseline', '"baseline" is followed by "write": kube-zero-trust baseline write [paths]'],
    ['--nope', 'There is no option --nope.'],
    ['explain-rule', 'Name one rule. `kube-zero-trust rules` lists them.'],
    ['fix -', 'Standard input cannot be fixed: name files or folders.'],
  ])('%s is bad usage', async (argv, message) => {
    const { code, stdout, stderr } = await cli(argv, clean)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).toBe(`kube-zero-trust: ${message}\n`)
  })
})

describe('what an audit looks at', () => {
  const tree = {
    '/repo/.git/HEAD': '',
    '/repo/.gitignore': 'out/',
    '/repo/.kube-zero-trust.yaml': 'rules: {stub-privileged: off}',
    '/repo/k8s/a.yaml': pod('a', { image: 'web:latest', privileged: true }),
    '/repo/k8s/b.yaml': pod('b', { image: 'web:latest' }),
    '/repo/out/c.yaml': pod('c', { image: 'web:latest' }),
    '/else/d.yaml': pod('d', { image: 'web:latest' }),
  }
  const filesOf = (stdout: string): string[] =>
    [...new Set(JSON.parse(stdout).findings.map(({ file }: { file: string }) => file))] as string[]

  test.each<{ name: string; cwd: string; args: string; files: string[] }>([
    { name: 'the current folder', cwd: '/repo', args: '', files: ['k8s/a.yaml', 'k8s/b.yaml'] },
    { name: 'a folder of a repository', cwd: '/repo', args: 'k8s', files: ['k8s/a.yaml', 'k8s/b.yaml'] },
    { name: 'the same from elsewhere', cwd: '/else', args: '/repo/k8s', files: ['k8s/a.yaml', 'k8s/b.yaml'] },
    { name: 'the same from inside', cwd: '/repo/k8s', args: '', files: ['k8s/a.yaml', 'k8s/b.yaml'] },
    { name: 'a file without its siblings', cwd: '/repo', args: 'k8s/b.yaml', files: ['k8s/b.yaml'] },
    { name: 'an ignored folder that is named', cwd: '/repo', args: 'out', files: ['out/c.yaml'] },
    { name: 'several paths', cwd: '/repo', args: 'out k8s/a.yaml', files: ['k8s/a.yaml', 'out/c.yaml'] },
    { name: 'paths of two places', cwd: '/repo', args: 'k8s/b.yaml ../else', files: ['else/d.yaml', 'repo/k8s/b.yaml'] },
  ])('$name', async ({ cwd, args, files }) => {
    const { stdout } = await cli(`audit ${args} --format json --rule stub-latest`.replace('  ', ' '), tree, { cwd })
    expect(filesOf(stdout)).toEqual(files)
  })

  test('text shows paths as they are reached from the current folder', async () => {
    expect((await cli('audit ../repo/k8s --rule stub-latest', tree, { cwd: '/else' })).stdout).toContain(
      'stub-latest ../repo/k8s/a.yaml:9:18',
    )
  })

  test('the configuration of the root holds below it, and another one instead of it', async () => {
    expect((await cli('audit k8s/a.yaml', tree, { cwd: '/repo' })).stdout).not.toContain('stub-privileged')
    const other = { ...tree, '/else/policy.yaml': 'rules: {stub-latest: off}\nnope: 1' }
    const { stdout } = await cli('audit k8s/a.yaml --config ../else/policy.yaml', other, { cwd: '/repo' })
    expect(stdout).toContain('stub-privileged')
    expect(stdout).not.toContain('stub-latest k8s')
    expect(stdout).toContain('policy.yaml:2:1: Unknown setting "nope".')
  })

  test('the profile of the command line wins over the configuration', async () => {
    const files = { '/w/a.yaml': pod('a', { image: 'web:latest' }), '/w/.kube-zero-trust.yaml': 'profile: strict' }
    expect((await cli('audit', files)).stdout).toContain('stub-latest')
    expect((await cli('audit --profile baseline', files)).stdout).not.toContain('stub-latest')
  })

  test('a rule that is asked for and switched off is named', async () => {
    const { code, stderr } = await cli('audit k8s --rule stub-privileged', tree, { cwd: '/repo' })
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'stub-privileged is off in the configuration.\n' })
  })

  test('a pattern that would take hours does not count, and says so', async () => {
    const hostile = `${'*a'.repeat(30)}b`
    const config = `exclude: ["${hostile}"]\nenvironments: {prod: ["${hostile}"]}\nignore: [{path: "${hostile}", reason: x}]`
    const { stdout } = await cli('audit', { [`/w/${'a'.repeat(200)}.yaml`]: pod('a'), '/w/.kube-zero-trust.yaml': config })
    expect(stdout.match(/A pattern here is too long, or has too many stars/g)).toHaveLength(3)
  })

  test('standard input, alone and among files', async () => {
    const stdin = `${pod('x', { privileged: true })}---\n${POLICY}`
    const alone = await cli('audit -', tree, { cwd: '/else', stdin })
    expect(alone.code).toBe(1)
    expect(alone.stdout).toContain('stub-privileged stdin.yaml:11:21')
    expect(alone.stdout).not.toContain('d.yaml')
    const both = await cli('audit d.yaml -', { ...tree, '/else/stdin.yaml': '' }, { cwd: '/else', stdin })
    expect(both.stdout).toContain('d.yaml:9:18')
    expect(both.stdout).toContain('stub-privileged stdin.yaml:11:21')
  })

  test('standard input that is too large is one problem', async () => {
    const config = { '/w/.kube-zero-trust.yaml': 'maxFileSize: 100' }
    const { code, stdout } = await cli('audit -', config, { stdin: pod('x').repeat(10) })
    expect(code).toBe(2)
    expect(stdout).toContain('stdin.yaml:1:1: This file is larger than 100 bytes (`maxFileSize`)')
  })

  test('a file that only the configuration calls too large is not read', async () => {
    const files = { '/w/.kube-zero-trust.yaml': 'maxFileSize: 100', '/w/a.yaml': pod('a') }
    const { stdout, disk } = await cli('audit', files)
    expect(stdout).toContain('a.yaml:1:1: This file is larger than 100 bytes')
    expect(disk.reads).not.toContain('/w/a.yaml')
  })

  test('one environment', async () => {
    const files = {
      '/w/dev/a.yaml': `${pod('a', { privileged: true })}---\n${POLICY}`,
      '/w/prod/a.yaml': `${pod('a', { image: 'web:latest' })}---\n${POLICY}`,
    }
    const all = JSON.parse((await cli('audit --format json', files)).stdout)
    expect(all.summary.environments).toEqual(['dev', 'prod'])
    const prod = JSON.parse((await cli('audit --format json --environment prod', files)).stdout)
    expect(prod.findings.map(({ rule, environments }: { rule: string; environments: string[] }) => [rule, environments])).toEqual([
      ['stub-latest', ['prod']],
    ])
    expect(prod.summary.objects).toBe(2)
  })
})

describe('the output of an audit', () => {
  test('goes to a file, without colours', async () => {
    const { stdout, disk, code } = await cli('audit --output report.txt', warning, { terminal: true })
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 })
    expect(disk.text('/w/report.txt')).toContain('warning stub-privileged b.yaml:11:21')
  })

  test('a file that cannot be written is no success', async () => {
    const { code, stderr } = await cli('audit --output x.d', { ...clean, '/w/x.d': { fails: 'EACCES' } })
    expect({ code, stderr }).toEqual({ code: 2, stderr: 'kube-zero-trust: x.d cannot be written: EACCES\n' })
  })

  test.each<{ name: string; environment: Record<string, string>; terminal: boolean; coloured: boolean }>([
    { name: 'a terminal', environment: {}, terminal: true, coloured: true },
    { name: 'a pipe', environment: {}, terminal: false, coloured: false },
    { name: 'NO_COLOR', environment: { NO_COLOR: '1' }, terminal: true, coloured: false },
    { name: 'an empty NO_COLOR', environment: { NO_COLOR: '' }, terminal: true, coloured: true },
    { name: 'FORCE_COLOR', environment: { FORCE_COLOR: '1' }, terminal: false, coloured: true },
    { name: 'a dumb terminal', environment: { TERM: 'dumb' }, terminal: true, coloured: false },
  ])('colours: $name', async ({ environment, terminal, coloured }) => {
    const { stdout } = await cli('audit', warning, { environment, terminal })
    expect(stdout.includes('\u001b[')).toBe(coloured)
  })

  test('is the same in every run', async () => {
    for (const format of ['text', 'json', 'sarif', 'markdown']) {
      const [one, two] = [await cli(`audit --format ${format}`, warning), await cli(`audit --format ${format}`, warning)]
      expect(one.stdout).toBe(two.stdout)
      expect(one.stdout.endsWith('\n')).toBe(true)
      expect(one.stdout).not.toContain('/w/')
    }
  })

  test('proved fixes come with their edits', async () => {
    const { stdout } = await cli('audit --format sarif --prove', warning)
    expect(JSON.parse(stdout).runs[0].results[0].fixes[0].artifactChanges[0].artifactLocation.uri).toBe('b.yaml')
  })
})

describe('help', () => {
  test.each([
    ['--help', 0, 'stdout', 'baseline write [paths]'],
    ['help audit', 0, 'stdout', '--fail-on'],
    ['audit --help', 0, 'stdout', 'Exit code: 0 nothing'],
    ['baseline write -h', 0, 'stdout', 'Usage: kube-zero-trust baseline write [paths]'],
    ['', 2, 'stderr', 'Usage: kube-zero-trust <command>'],
    ['--version', 0, 'stdout', '1.2.3'],
    ['rules', 0, 'stdout', 'stub-literal-secret  error'],
    ['explain-rule stub-latest', 0, 'stdout', 'Because latest moves.'],
  ] as const)('%s', async (argv, code, stream, words) => {
    const ran = await cli(argv, {})
    expect(ran.code).toBe(code)
    expect(ran[stream]).toContain(words)
    expect(Math.max(...ran[stream].split('\n').map((line) => line.length))).toBeLessThan(120)
  })

  test('a page is read without the marks of Markdown', async () => {
    expect((await cli('explain-rule stub-latest', {})).stdout).toBe(
      'Image moves\n\nWhy\n\nBecause latest moves.\n\n  a.yaml:\n    image: x\n    #      ^\n\nstub-latest: information, verification, since 0.1.0\n',
    )
  })

  test('rules are listed for programs too', async () => {
    const { rules } = JSON.parse((await cli('rules --format json', {})).stdout)
    expect(rules[1]).toEqual({
      rule: 'stub-literal-secret',
      title: 'Secret written down',
      pillar: 'encryption',
      severity: 'error',
      since: '0.1.0',
      controls: {},
    })
  })
})
