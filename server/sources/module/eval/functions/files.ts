import { encodeBase64 } from '../../../../syntax/go/base64.ts'
import { basePath, cleanPath, dirPath } from '../../../../syntax/go/path.ts'
import { encodeUtf8 } from '../../../../syntax/go/utf8.ts'
import { parseHclTemplate } from '../../../../syntax/hcl/index.ts'
import { evaluate } from '../expression.ts'
import { failed, invalidArgument } from '../failure.ts'
import { setOf } from '../convert.ts'
import type { Env, Scope } from '../scope.ts'
import { bool, entries, isNull, type Source, text, unknownVal, type Val, withSource } from '../value.ts'
import { define, type FunctionTable, str, type TerraformFunction } from './define.ts'
import { HASHES, hexHash } from './hashes.ts'

/** Templates may call templates, but not without end. */
const MAX_TEMPLATES = 10

function read(env: Env, path: string): string {
  const found = env.world.files.read(path)
  if ('missing' in found) throw invalidArgument(`Invalid value for "path" parameter: ${found.missing}`)
  env.world.budget.take(found.text.length)
  return found.text
}

/** The content of a file, which knows where it comes from. */
export function content(env: Env, path: string): Val {
  const data = read(env, path)
  const file = env.world.files.resolve(path)
  return file === undefined ? text(data) : text(data, { file, start: 0, end: data.length, how: 'file', from: [] })
}

function hashed(name: string, encode: (hash: (bytes: Uint8Array) => Uint8Array, data: string) => string): TerraformFunction {
  return define('path:string -> string', ([path], env) => {
    const hash = HASHES[name]
    return text(hash ? encode(hash, read(env, str(path))) : '')
  })
}

/** A pattern of `fileset`: `*`, `**`, `?`, classes and alternatives. */
function globPattern(pattern: string): RegExp {
  let source = ''
  let depth = 0
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern.charAt(i)
    if (pattern.startsWith('**/', i)) {
      source += '(?:[^/]+/)*'
      i += 2
    } else if (pattern.startsWith('**', i)) {
      source += '.*'
      i++
    } else if (char === '*') source += '[^/]*'
    else if (char === '?') source += '[^/]'
    else if (char === '{') {
      depth++
      source += '(?:'
    } else if (char === '}' && depth > 0) {
      depth--
      source += ')'
    } else if (char === ',' && depth > 0) source += '|'
    else if (char === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2)
      source += `[${pattern
        .slice(i + 1, end)
        .replace(/^!/, '^')
        .replace(/[\\[\]/]/g, '\\$&')}]`
      i = end
    } else source += char.replace(/[.+^$()|[\]\\/{}]/, '\\$&')
  }
  return new RegExp(`^${source}${')'.repeat(depth)}$`)
}

function fileset(env: Env, folder: string, pattern: string): Val {
  return setOf(
    'string',
    filesMatching(env, folder, pattern).map((path) => text(path)),
  )
}

/** The files below a folder that a pattern names, relative to it. */
export function filesMatching(env: Env, folder: string, pattern: string): readonly string[] {
  if (pattern.length > 500 || pattern.split('*').length > 12) throw failed('this pattern is too complex')
  const glob = globPattern(pattern.replace(/^\.\//, ''))
  const found = env.world.files.list(folder).filter((path) => glob.test(path))
  env.world.budget.step(found.length)
  return found
}

/** The names of a template are the variables that it is given, and no others. */
class TemplateScope implements Scope {
  readonly depth: number
  readonly #variables: Val
  readonly #where: string

  constructor(variables: Val, where: string, depth: number) {
    this.#variables = variables
    this.#where = where
    this.depth = depth
  }

  reference(root: string): { readonly value: Val; readonly used: number } {
    const value = entries(this.#variables)?.get(root)
    if (value) return { value, used: 0 }
    throw invalidArgument(
      `Invalid value for "vars" parameter: vars map does not contain key ${JSON.stringify(root)}, referenced at ${this.#where}.`,
    )
  }
}

/** A text as a template, with its variables. */
export function render(template: Val, variables: Val, env: Env, file: string | undefined, where: string): Val {
  const depth = env.scope instanceof TemplateScope ? env.scope.depth + 1 : 1
  if (depth > MAX_TEMPLATES) throw failed('templates call one another too deeply')
  if (!entries(variables)) {
    if (variables.data === undefined) return unknownVal('string', variables.unknown?.reason ?? '', true)
    throw invalidArgument('Invalid value for "vars" parameter: invalid vars value: must be a map.')
  }
  const { value, problems } = parseHclTemplate(str(template))
  const [problem] = problems
  if (problem) throw failed(problem.message)
  const inner: Env = {
    scope: new TemplateScope(variables, where, depth),
    world: env.world,
    file: file ?? '',
    locals: undefined,
    placeless: file === undefined,
  }
  const result = evaluate(value, inner)
  if (isNull(result)) throw failed('the template result is null')
  if (file === undefined || typeof result.data !== 'string') return result
  const source: Source = { file, start: 0, end: str(template).length, how: result.data === template.data ? 'file' : 'computed', from: [] }
  return withSource(result, source)
}

export const files: FunctionTable = {
  abspath: define('path:string -> string', ([path]) =>
    str(path).startsWith('/') ? text(cleanPath(str(path))) : unknownVal('string', 'abspath()', true, ['/', undefined]),
  ),
  basename: define('path:string -> string', ([path]) => text(basePath(str(path)))),
  dirname: define('path:string -> string', ([path]) => text(dirPath(str(path)))),
  pathexpand: define('path:string -> string', ([path]) =>
    str(path).startsWith('~') ? unknownVal('string', 'pathexpand()', true, ['/', undefined]) : text(str(path)),
  ),
  file: define('path:string -> string', ([path], env) => content(env, str(path))),
  filebase64: define('path:string -> string', ([path], env) => text(encodeBase64(encodeUtf8(read(env, str(path)))))),
  fileexists: define('path:string -> bool', ([path], env) => bool('text' in env.world.files.read(str(path)))),
  fileset: define('path:string pattern:string', ([folder, pattern], env) => fileset(env, str(folder), str(pattern))),
  filemd5: hashed('md5', hexHash),
  filesha1: hashed('sha1', hexHash),
  filesha256: hashed('sha256', hexHash),
  filesha512: hashed('sha512', hexHash),
  filebase64sha256: hashed('sha256', (hash, data) => encodeBase64(hash(encodeUtf8(data)))),
  filebase64sha512: hashed('sha512', (hash, data) => encodeBase64(hash(encodeUtf8(data)))),
  templatefile: define('path:string vars:any~ -> string', ([path, variables = text('')], env) => {
    const template = content(env, str(path))
    return render(template, variables, env, template.source?.file, str(path))
  }),
  templatestring: define('template:string vars:any~ -> string', ([template = text(''), variables = text('')], env) =>
    render(template, variables, env, undefined, '<template>'),
  ),
}
