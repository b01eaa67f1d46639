import { describe, expect, test } from 'vitest'
import { candidates, IgnoreLists, wouldMatter } from '../../server/host/candidates.ts'
import { dirname } from '../../server/text/path.ts'

const cases: { name: string; paths: string[]; ignore?: Record<string, string>; listed: string[] }[] = [
  {
    name: 'YAML, JSON, kustomizations and the configuration are candidates, other files are not',
    paths: ['a.yaml', 'b.yml', 'c.json', 'D.YAML', 'k/Kustomization', '.kube-zero-trust.yaml', 'e.txt', 'Dockerfile', 'yaml', '.gitignore'],
    listed: ['.kube-zero-trust.yaml', 'D.YAML', 'a.yaml', 'b.yml', 'c.json', 'k/Kustomization'],
  },
  {
    name: 'files that everybody knows to be no manifests are left out',
    paths: ['package.json', 'ui/package-lock.json', 'tsconfig.json', 'tsconfig.build.json', 'pnpm-lock.yaml', 'packages.json'],
    listed: ['packages.json'],
  },
  {
    name: 'folders of tools and of other people are left out at any depth',
    paths: [
      '.git/x.yaml',
      'a/node_modules/b/x.yaml',
      'vendor/x.yaml',
      'a/.terraform/x.json',
      'dist/x.yaml',
      'charts/x.yaml',
      '.github/x.yml',
    ],
    listed: ['.github/x.yml', 'charts/x.yaml'],
  },
  {
    name: 'a pattern without a slash holds at any depth, one with a slash from its folder',
    paths: ['out.yaml', 'a/out.yaml', 'a/b/top.yaml', 'top.yaml'],
    ignore: { '.gitignore': 'out.yaml\n/top.yaml' },
    listed: ['a/b/top.yaml'],
  },
  {
    name: 'what a nearer list says counts',
    paths: ['a/secret.yaml', 'b/secret.yaml', 'b/c/secret.yaml'],
    ignore: { '.gitignore': 'secret.yaml', 'b/.gitignore': '!secret.yaml', 'b/c/.gitignore': 'secret.yaml' },
    listed: ['b/secret.yaml'],
  },
  {
    name: 'a file below an ignored folder cannot be taken back',
    paths: ['gen/keep.yaml', 'gen/x.yaml', 'gen/sub/keep.yaml'],
    ignore: { '.gitignore': 'gen/\n!gen/keep.yaml', 'gen/sub/.gitignore': '!keep.yaml' },
    listed: [],
  },
  {
    name: 'a folder that a nearer list takes back is read',
    paths: ['a/gen/x.yaml', 'gen/x.yaml'],
    ignore: { '.gitignore': 'gen/', 'a/.gitignore': '!gen/' },
    listed: ['a/gen/x.yaml'],
  },
  {
    name: 'a pattern for folders leaves files of that name alone',
    paths: ['gen.yaml', 'a/gen.yaml/x.yaml'],
    ignore: { '.gitignore': 'gen.yaml/' },
    listed: ['gen.yaml'],
  },
  {
    name: 'patterns are case-sensitive, as git has them where paths are',
    paths: ['Gen.yaml', 'gen.yaml'],
    ignore: { '.gitignore': 'gen.yaml' },
    listed: ['Gen.yaml'],
  },
  {
    name: 'of what terraform keeps only the modules count that are installed, and even where git ignores them',
    paths: [
      'infra/.terraform.lock.hcl',
      'infra/.terraform/modules/modules.json',
      'infra/.terraform/modules/vpc/README.md',
      'infra/.terraform/modules/vpc/examples/a/main.tf',
      'infra/.terraform/modules/vpc/k8s/pod.yaml',
      'infra/.terraform/modules/vpc/main.tf',
      'infra/.terraform/modules/vpc/modules/flow/main.tf',
      'infra/.terraform/providers/x/main.tf',
      'infra/main.tf',
    ],
    ignore: { '.gitignore': '.terraform/\n' },
    listed: [
      'infra/.terraform.lock.hcl',
      'infra/.terraform/modules/modules.json',
      'infra/.terraform/modules/vpc/main.tf',
      'infra/.terraform/modules/vpc/modules/flow/main.tf',
      'infra/main.tf',
    ],
  },
  {
    name: 'the configuration counts even where git ignores it',
    paths: ['.kube-zero-trust.yaml', 'a/x.yaml'],
    ignore: { '.gitignore': '*.yaml' },
    listed: ['.kube-zero-trust.yaml'],
  },
]

function listsOf(files: Readonly<Record<string, string>>): IgnoreLists {
  const lists = new IgnoreLists()
  for (const [path, text] of Object.entries(files)) lists.add(dirname(path), text)
  return lists
}

describe('candidates', () => {
  test.each(cases)('$name', ({ paths, ignore = {}, listed }) => {
    const lists = listsOf(ignore)
    expect(candidates(paths, lists)).toEqual(listed)
    expect(paths.filter((path) => wouldMatter(path, lists)).sort()).toEqual([...listed].sort())
  })

  test('a hostile ignore file costs no time', () => {
    const hostile = `${'*a'.repeat(40)}b\n${'x'.repeat(2000)}`
    const paths = Array.from({ length: 100 }, (_, i) => `${'a'.repeat(200)}${i}.yaml`)
    expect(candidates(paths, listsOf({ '.gitignore': hostile }))).toHaveLength(100)
  })
})
