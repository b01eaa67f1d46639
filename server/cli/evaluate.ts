import { evaluate as evaluateExpression } from '../sources/module/eval/expression.ts'
import { Exhausted, Failure } from '../sources/module/eval/failure.ts'
import { toDouble, type Num } from '../sources/module/eval/number.ts'
import { entries, items, reasonOf, type Val } from '../sources/module/eval/value.ts'
import { evaluateModule, type ModuleEvaluation } from '../sources/module/evaluation.ts'
import type { ModuleInstance } from '../sources/module/instance.ts'
import type { Files, SourceFile } from '../sources/unit.ts'
import { parseHclExpression } from '../syntax/hcl/index.ts'
import { LineIndex } from '../text/line-index.ts'
import { UsageError } from './arguments.ts'
import type { Command } from './command.ts'
import type { CliFolder } from './host.ts'
import { load } from './load.ts'
import { progressOf } from './progress.ts'

/** Files that name files that name files: more rounds than any module needs. */
const MAX_ROUNDS = 10

export const evaluate: Command = {
  name: 'evaluate',
  summary: 'Show what a Terraform module evaluates to.',
  usage: '[folder]',
  options: {
    'var-file': { type: 'string', multiple: true, value: 'FILE', help: 'Values of variables, as for terraform; the last file wins.' },
    expr: { type: 'string', value: 'EXPRESSION', help: 'Print one expression of the root module instead of its resources.' },
    config: { type: 'string', value: 'FILE', help: 'The configuration.' },
  },
  details: [
    'Prints JSON: resources by address, outputs, and what is wrong. Nothing is asked of a provider or of the network, so what only they know stands as {"$unknown": what would have to be known}; sensitive values stand as {"$sensitive": true}.',
  ],
  async run(args, host, product) {
    const progress = progressOf(host)
    const { folder, analysis } = await load(args, host, product, progress)
    progress.end()
    const files = new Map(analysis.files)
    const named = await variableFiles(args.texts('var-file'), folder, files, (path) => host.readFile(path))
    const root = rootOf(folder, files)
    const expression = args.text('expr')
    const { evaluation, root: module } = await evaluateAll(files, root, named, folder)
    if (!module) throw new UsageError(`There is no Terraform module in ${root === '' ? 'this folder' : folder.shown(root)}.`)
    if (expression !== undefined) {
      await host.stdout.write(`${JSON.stringify(jsonOf(evaluated(expression, module)), undefined, 2)}\n`)
      return 0
    }
    await host.stdout.write(`${JSON.stringify(report(module, evaluation, files), undefined, 2)}\n`)
    return 0
  },
}

/** The folder that was named; of a file the one that it is in. */
function rootOf(folder: CliFolder, files: Files): string {
  const [named = ''] = folder.named
  return files.has(named) ? named.slice(0, Math.max(0, named.lastIndexOf('/'))) : named
}

async function variableFiles(
  wanted: readonly string[],
  folder: CliFolder,
  files: Map<string, SourceFile>,
  read: (path: string) => Promise<SourceFile | undefined>,
): Promise<string[]> {
  const paths: string[] = []
  for (const path of wanted) {
    const known = [...files.keys()].find((each) => folder.shown(each) === path.replace(/^\.\//, ''))
    const file = known === undefined ? await read(path) : files.get(known)
    if (!file) throw new UsageError(`There is no file ${path}.`)
    if (file.problem !== undefined) throw new UsageError(`${path}: ${file.problem}`)
    files.set(file.path, file)
    paths.push(file.path)
  }
  return paths
}

/** Evaluates, reads what turns out to be needed besides, and evaluates again. */
async function evaluateAll(files: Map<string, SourceFile>, root: string, named: readonly string[], folder: CliFolder) {
  for (let round = 0; ; round++) {
    const evaluated = evaluateModule(files, root, named)
    const { evaluation, root: module } = evaluated
    for (const instance of module?.tree() ?? []) {
      evaluation.guarded(() => {
        for (const resource of instance.resources()) evaluation.guarded(() => resource.value)
        instance.check()
      })
    }
    let found = false
    const missing = evaluation.reads.filter((path) => !path.endsWith('/') && !files.has(path))
    for await (const file of folder.read(missing, 10_000_000)) {
      files.set(file.path, file)
      found = true
    }
    if (!found || round >= MAX_ROUNDS) return evaluated
  }
}

function evaluated(expression: string, module: ModuleInstance): Val {
  const { value, problems } = parseHclExpression(expression)
  const [problem] = problems
  if (problem) throw new UsageError(`--expr: ${problem.message}`)
  try {
    return evaluateExpression(value, module.env('--expr'))
  } catch (error) {
    if (error instanceof Failure) throw new UsageError(`${error.title}: ${error.message}`)
    if (error instanceof Exhausted) throw new UsageError(error.message)
    throw error
  }
}

function report(module: ModuleInstance, evaluation: ModuleEvaluation, files: Files): unknown {
  const resources: Record<string, unknown> = {}
  evaluation.guarded(() => {
    for (const instance of module.tree()) {
      for (const resource of instance.resources()) evaluation.guarded(() => (resources[resource.address] = jsonOf(resource.value)))
    }
  })
  const outputs: Record<string, unknown> = {}
  for (const name of module.config.outputs.keys()) evaluation.guarded(() => (outputs[name] = jsonOf(module.output(name))))
  const problems = evaluation.problems.map(({ file, span, message }) => ({
    file,
    line: new LineIndex(files.get(file)?.text ?? '').position(span.start).line + 1,
    message,
  }))
  return { resources, outputs, problems, notEvaluated: evaluation.notEvaluated }
}

/** Plain data with what is unknown and what is secret marked. */
function jsonOf(value: Val): unknown {
  if (value.sensitive) return { $sensitive: true }
  const { data } = value
  if (data === undefined) return { $unknown: reasonOf(value) }
  if (data === null || typeof data === 'string' || typeof data === 'boolean') return data
  const list = items(value)
  if (list) return list.map(jsonOf)
  const map = entries(value)
  return map ? Object.fromEntries([...map].map(([key, item]) => [key, jsonOf(item)])) : toDouble(data as Num)
}
