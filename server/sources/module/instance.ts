import { isKnownModule } from '../../model/cloud/resource.ts'
import type { Block, Expression } from '../../syntax/hcl/index.ts'
import { join } from '../../text/path.ts'
import { CALL_META, evaluateBody, META } from './block.ts'
import { attribute, blocks, type Declared, literal, type ModuleConfig } from './config.ts'
import { computed } from './computed.ts'
import { type Constraint, conform } from './eval/convert.ts'
import { readConstraint } from './eval/constraint.ts'
import { evaluate } from './eval/expression.ts'

import { Failure } from './eval/failure.ts'
import { type Num, toDouble } from './eval/number.ts'
import { type Env, type Scope, type Step, sourceOf, withLocals, type World } from './eval/scope.ts'
import { effectiveVersion, type ProviderVersion, providerName, requiredProviders } from './providers.ts'
import { iterate } from './eval/traverse.ts'
import { NULL, object, reasonOf, text, tuple, unknownVal, type Val, withSource } from './eval/value.ts'

/** More instances of one block are not looked at one by one. */
const MAX_INSTANCES = 200
/** Deeper calls of modules are no configuration that a person wrote. */
const MAX_MODULES = 400

/** What all instances of one evaluation share. */
export interface Evaluation {
  readonly world: World
  /** The folder that Terraform would run in. */
  readonly root: string
  load(folder: string): ModuleConfig | undefined
  failed(failure: Failure): void
  /** Content that is left out, with its reason. */
  skipped(file: string, block: Block, reason: string): void
  modules: number
  /** The versions of providers that are pinned, by their sources. */
  readonly locked: ReadonlyMap<string, string>
  /** The folders of modules that are installed, by the names of the calls that lead to them: `eks.kms`. */
  readonly installed: ReadonlyMap<string, string>
  /** What the root module wants of providers, by their names. */
  required: ReadonlyMap<string, ProviderVersion>
}

/** One resource, data source or module call, once for each `count` and `for_each`. */
export interface ResourceInstance {
  /** `module.net.aws_vpc.main["a"]`. */
  readonly address: string
  /** `aws_vpc`; of a data source `data.aws_vpc`. */
  readonly type: string
  readonly declared: Declared
  readonly module: ModuleInstance
  readonly value: Val
}

interface Expansion<T> {
  readonly how: 'single' | 'count' | 'each' | 'unknown'
  readonly keys: readonly string[]
  readonly instances: readonly T[]
}

/** A module with the values that it is called with. Everything in it is evaluated when it is asked for, once. */
export class ModuleInstance implements Scope {
  readonly config: ModuleConfig
  /** '' for the root module, else `module.net.`. */
  readonly prefix: string
  readonly #evaluation: Evaluation
  readonly #inputs: (name: string) => Val | undefined
  readonly #callers: readonly string[]
  /** The block that calls it; undefined for the root module. */
  readonly calledBy: { readonly declared: Declared; readonly module: ModuleInstance } | undefined
  readonly #required: ReadonlyMap<string, ProviderVersion>
  readonly #known = new Map<string, unknown>()
  readonly #asked = new Set<string>()

  constructor(
    config: ModuleConfig,
    evaluation: Evaluation,
    prefix: string,
    inputs: (name: string) => Val | undefined,
    callers: readonly string[] = [],
    calledBy?: ModuleInstance['calledBy'],
  ) {
    this.calledBy = calledBy
    this.config = config
    this.prefix = prefix
    this.#evaluation = evaluation
    this.#inputs = inputs
    this.#callers = [...callers, config.folder]
    this.#required = requiredProviders(config)
    if (prefix === '') evaluation.required = this.#required
    evaluation.modules++
  }

  /** Where an expression of one of its files is evaluated. */
  env(file: string): Env {
    return { scope: this, world: this.#evaluation.world, file, locals: undefined }
  }

  /** Computes what `key` names, once. Asking for it while it is computed is a cycle. */
  #once<T>(key: string, compute: () => T): T {
    const known = this.#known.get(key)
    if (known instanceof Failure) throw known
    if (known !== undefined) return known as T
    if (this.#asked.has(key))
      throw new Failure(
        'Cycle',
        `\`${key}\` refers to itself: ${[...this.#asked].slice([...this.#asked].indexOf(key)).join(' → ')} → ${key}.`,
      )
    this.#asked.add(key)
    try {
      const value = compute()
      this.#known.set(key, value)
      return value
    } catch (error) {
      if (error instanceof Failure) this.#known.set(key, error)
      throw error
    } finally {
      this.#asked.delete(key)
    }
  }

  reference(root: string, steps: readonly Step[]): { readonly value: Val; readonly used: number } {
    const [first, second] = steps.map((step) => (typeof step === 'string' ? step : undefined))
    switch (root) {
      case 'var':
        return { value: this.variable(required(root, first)), used: 1 }
      case 'local':
        return { value: this.local(required(root, first)), used: 1 }
      case 'module':
        return this.#moduleReference(required(root, first), steps)
      case 'data':
      case 'ephemeral':
        return { value: this.#resourceValue(`${root}.${required(root, first)}.${required(root, second)}`), used: 2 }
      case 'resource':
        return { value: this.#resourceValue(`${required(root, first)}.${required(root, second)}`), used: 2 }
      case 'path':
        return { value: this.#path(required(root, first)), used: 1 }
      case 'terraform':
        if (first !== 'workspace') throw new Failure('Invalid "terraform" attribute', 'Only `terraform.workspace` is known.')
        return { value: text('default'), used: 1 }
      case 'each':
        throw new Failure('Reference to "each" in context without for_each', 'The "each" object can be used only where "for_each" is set.')
      case 'count':
        throw new Failure('Reference to "count" in non-counted context', 'The "count" object can be used only where "count" is set.')
      case 'self':
        throw new Failure('Invalid "self" reference', 'The "self" object is not available here.')
      default:
        if (first === undefined)
          throw new Failure(
            'Invalid reference',
            'A reference to a resource type must be followed by at least one attribute access, specifying the resource name.',
          )
        return { value: this.#resourceValue(`${root}.${first}`), used: 1 }
    }
  }

  #path(name: string): Val {
    if (name === 'cwd') return unknownVal('string', 'path.cwd', true, ['/', undefined])
    if (name === 'root') return text('.')
    if (name !== 'module') throw new Failure('Invalid "path" attribute', 'Only `path.module`, `path.root` and `path.cwd` are known.')
    return text(relative(this.#evaluation.root, this.config.folder))
  }

  variable(name: string): Val {
    const declared = this.config.variables.get(name)
    if (!declared)
      throw new Failure(
        'Reference to undeclared input variable',
        `An input variable with the name ${JSON.stringify(name)} has not been declared.`,
      )
    return this.#once(`var.${name}`, () => this.#variable(name, declared))
  }

  #variable(name: string, { file, block }: Declared): Val {
    const { body } = block
    const env = this.env(file)
    const type = attribute(body, 'type')?.value
    const constraint: Constraint = type ? readConstraint(type, (node) => evaluate(node, env)) : { type: 'dynamic' }
    const standard = attribute(body, 'default')?.value
    const nullable = !isFalse(attribute(body, 'nullable')?.value)
    const sensitive = isTrue(attribute(body, 'sensitive')?.value) || isTrue(attribute(body, 'ephemeral')?.value)
    const given = this.#inputs(name)
    let value = given && conform(given, constraint)
    if ((!value || (value.data === null && !nullable)) && standard) value = conform(evaluate(standard, env), constraint)
    value ??= withSource(
      unknownVal(constraint.type, `var.${name}`),
      sourceOf(env, { start: block.start, end: block.labels[0]?.end ?? block.type.end }, 'written'),
    )
    return sensitive ? { ...value, sensitive: true } : value
  }

  local(name: string): Val {
    const declared = this.config.locals.get(name)
    if (!declared)
      throw new Failure('Reference to undeclared local value', `A local value with the name ${JSON.stringify(name)} has not been declared.`)
    return this.#once(`local.${name}`, () => evaluate(declared.value, this.env(declared.file)))
  }

  output(name: string): Val {
    const declared = this.config.outputs.get(name)
    if (!declared) throw new Failure('Unsupported attribute', `This module has no output named ${JSON.stringify(name)}.`)
    return this.#once(`output.${name}`, () => {
      const value = attribute(declared.block.body, 'value')?.value
      const result = value ? evaluate(value, this.env(declared.file)) : NULL
      return isTrue(attribute(declared.block.body, 'sensitive')?.value) ? { ...result, sensitive: true } : result
    })
  }

  #expand<T>(declared: Declared, make: (env: Env, suffix: string) => T): Expansion<T> {
    const { body } = declared.block
    const env = this.env(declared.file)
    const count = attribute(body, 'count')?.value
    const forEach = attribute(body, 'for_each')?.value
    if (count) return this.#expandCount(declared, count, env, make)
    if (forEach) return this.#expandEach(declared, forEach, env, make)
    return { how: 'single', keys: [''], instances: [make(env, '')] }
  }

  #expandCount<T>(declared: Declared, node: Expression, env: Env, make: (env: Env, suffix: string) => T): Expansion<T> {
    const value = this.#guarded(() => evaluate(node, env)) ?? unknownVal('number', 'count')
    const size =
      typeof value.data === 'string'
        ? Number(value.data)
        : value.data === null || value.data === undefined
          ? Number.NaN
          : toDouble(value.data as Num)
    const counted = (index: Val): Env => withLocals(env, new Map([['count', object(new Map([['index', index]]))]]))
    if (!(size >= 0)) return { how: 'unknown', keys: [''], instances: [make(counted(unknownVal('number', 'count.index', true)), '[?]')] }
    if (size > MAX_INSTANCES)
      this.#evaluation.skipped(declared.file, declared.block, `Only the first ${MAX_INSTANCES} of ${size} instances are evaluated.`)
    const keys = Array.from({ length: Math.min(Math.floor(size), MAX_INSTANCES) }, (_, i) => String(i))
    const instances = keys.map((key) => make(counted({ ...COUNT, data: Number(key) }), `[${key}]`))
    return { how: 'count', keys, instances }
  }

  #expandEach<T>(declared: Declared, node: Expression, env: Env, make: (env: Env, suffix: string) => T): Expansion<T> {
    const value = this.#guarded(() => evaluate(node, env)) ?? unknownVal('dynamic', 'for_each')
    const each = (key: Val, item: Val): Env =>
      withLocals(
        env,
        new Map([
          [
            'each',
            object(
              new Map([
                ['key', key],
                ['value', item],
              ]),
            ),
          ],
        ]),
      )
    const pairs = value.data === null ? undefined : this.#guarded(() => iterate(value))
    const unknownKey = pairs?.some(([key]) => key.data === undefined)
    if (!pairs || unknownKey) {
      const reason = reasonOf(value)
      return {
        how: 'unknown',
        keys: [''],
        instances: [make(each(unknownVal('string', 'each.key', true), unknownVal('dynamic', reason || 'each.value')), '[?]')],
      }
    }
    if (pairs.length > MAX_INSTANCES)
      this.#evaluation.skipped(declared.file, declared.block, `Only the first ${MAX_INSTANCES} of ${pairs.length} instances are evaluated.`)
    const chosen = pairs.slice(0, MAX_INSTANCES)
    const keys = chosen.map(([key]) => String(key.data))
    return { how: 'each', keys, instances: chosen.map(([key, item]) => make(each(key, item), `[${JSON.stringify(key.data)}]`)) }
  }

  #guarded<T>(run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      this.#evaluation.failed(error)
      return undefined
    }
  }

  /** The instances of a resource, `type.name` or `data.type.name`. */
  resource(key: string): Expansion<ResourceInstance> {
    const declared = this.config.resources.get(key)
    if (!declared)
      throw new Failure(
        'Reference to undeclared resource',
        `A resource ${key
          .split('.')
          .map((part) => JSON.stringify(part))
          .join(' ')} has not been declared in this module.`,
      )
    return this.#once(`resources ${key}`, () => this.#expand(declared, (env, suffix) => this.#resourceInstance(key, declared, env, suffix)))
  }

  #resourceInstance(key: string, declared: Declared, env: Env, suffix: string): ResourceInstance {
    const address = `${this.prefix}${key}${suffix}`
    const type = key.slice(0, key.lastIndexOf('.'))
    const compute = (): Val => {
      const value = evaluateBody(declared.block.body, env, {
        skip: META,
        open: address,
        failed: (failure) => this.#evaluation.failed(failure),
      })
      // What a data source makes of its arguments may fail; they are known all the same.
      return this.#guarded(() => computed(type, value, env)) ?? value
    }
    const once = (): Val => this.#once(`${key}${suffix}`, compute)
    return {
      address,
      type,
      declared,
      module: this,
      get value() {
        return once()
      },
    }
  }

  #resourceValue(key: string): Val {
    const expansion = this.resource(key)
    return together(expansion, ({ value }) => value, `${this.prefix}${key}`)
  }

  /** The instances of a module call; none where its source is not in the workspace. */
  call(name: string): Expansion<ModuleInstance> | undefined {
    const declared = this.config.modules.get(name)
    if (!declared)
      throw new Failure('Reference to undeclared module', `No module call named ${JSON.stringify(name)} is declared in this module.`)
    return this.#once(`calls ${name}`, () => {
      const config = this.#called(name, declared)
      return { expansion: config && this.#expand(declared, (env, suffix) => this.#moduleInstance(name, declared, config, env, suffix)) }
    }).expansion
  }

  #called(name: string, declared: Declared): ModuleConfig | undefined {
    const source = literal(declared.block.body, 'source')
    if (source === undefined) return undefined
    const isLocal = /^\.\.?(?:\/|$)/.test(source)
    const folder = isLocal ? join(this.config.folder, source) : this.#installed(name, source, declared)
    if (!isLocal && folder === undefined) return undefined
    const config = folder === undefined ? undefined : this.#evaluation.load(folder)
    if (!config && !isLocal) return undefined
    if (!config) {
      this.#evaluation.skipped(
        declared.file,
        declared.block,
        folder === undefined
          ? 'The source of this module lies outside of the workspace.'
          : 'The source of this module is not in the workspace.',
      )
      return undefined
    }
    if (this.#callers.includes(config.folder)) {
      this.#evaluation.skipped(declared.file, declared.block, 'This module calls itself.')
      return undefined
    }
    if (this.#evaluation.modules > MAX_MODULES) {
      this.#evaluation.skipped(declared.file, declared.block, 'There are too many modules; this one is not evaluated.')
      return undefined
    }
    return config
  }

  /** Where a module of a registry was installed; those whose inputs say enough are not looked into. */
  #installed(name: string, source: string, { block }: Declared): string | undefined {
    if (isKnownModule(source, literal(block.body, 'version'))) return undefined
    const calls = this.prefix.replace(/\[[^\]]*\]/g, '').replace(/module\./g, '')
    const folder = this.#evaluation.installed.get(`${calls}${name}`)
    return folder === undefined ? undefined : join(this.#evaluation.root, folder)
  }

  #moduleInstance(name: string, declared: Declared, config: ModuleConfig, env: Env, suffix: string): ModuleInstance {
    const { body } = declared.block
    const inputs = (input: string): Val | undefined => {
      const given = CALL_META.has(input) ? undefined : attribute(body, input)?.value
      return given && this.#guardedOr(() => evaluate(given, env), input)
    }
    return new ModuleInstance(config, this.#evaluation, `${this.prefix}module.${name}${suffix}.`, inputs, this.#callers, {
      declared,
      module: this,
    })
  }

  #guardedOr(run: () => Val, what: string): Val {
    return this.#guarded(run) ?? unknownVal('dynamic', what)
  }

  /** What a module call is given, whether the module is there or not; null when it is called no times. */
  callArguments(name: string): Val {
    const declared = this.config.modules.get(name)
    if (!declared) return NULL
    return this.#once(`arguments ${name}`, () => {
      const [first] = this.#expand(declared, (env) => env).instances
      if (!first) return NULL
      return evaluateBody(declared.block.body, first, {
        skip: CALL_META,
        open: `module.${name}`,
        failed: (failure) => this.#evaluation.failed(failure),
      })
    })
  }

  /** Of a module only the output that is asked for is evaluated: others may depend on who asks. */
  #moduleReference(name: string, steps: readonly Step[]): { readonly value: Val; readonly used: number } {
    const expansion = this.call(name)
    if (!expansion) return { value: unknownVal('dynamic', `module.${name}`), used: 1 }
    const [, second, third] = steps
    const { how, keys, instances } = expansion
    const [single] = instances
    if (how === 'single' && single && typeof second === 'string') return { value: single.output(second), used: 2 }
    if ((how === 'count' || how === 'each') && typeof second === 'function' && typeof third === 'string') {
      const key = second()
      const chosen = key.data === undefined || key.data === null ? undefined : instances[keys.indexOf(String(key.data))]
      if (chosen) return { value: chosen.output(third), used: 3 }
    }
    return { value: together(expansion, (instance) => instance.#outputs(), `module.${name}`), used: 1 }
  }

  #outputs(): Val {
    const values = new Map<string, Val>()
    for (const name of this.config.outputs.keys()) values.set(name, this.#outputOrUnknown(name))
    return object(values)
  }

  /** One that is being evaluated is not known yet to whoever asks for all of them. */
  #outputOrUnknown(name: string): Val {
    try {
      return this.output(name)
    } catch (error) {
      if (!(error instanceof Failure)) throw error
      if (error.title !== 'Cycle') this.#evaluation.failed(error)
      return unknownVal('dynamic', `output.${name}`)
    }
  }

  /** The versions of its provider that a resource may be made with; undefined where any may be. */
  providerVersion(type: string, declared: Declared): Pick<ProviderVersion, 'version' | 'place'> | undefined {
    const name = providerName(type, declared)
    const { locked, required } = this.#evaluation
    return effectiveVersion(this.#required.get(name), this.prefix === '' ? undefined : required.get(name), locked)
  }

  /** The arguments of a `provider` or `backend` block. */
  settings({ file, block }: Declared): Val {
    return evaluateBody(block.body, this.env(file), { skip: NOTHING, failed: (failure) => this.#evaluation.failed(failure) })
  }

  /** Every instance of this module and of those that it calls, itself first. */
  *tree(): Iterable<ModuleInstance> {
    yield this
    for (const name of this.config.modules.keys()) {
      const expansion = this.#guarded(() => this.call(name))
      for (const instance of expansion?.instances ?? []) yield* instance.tree()
    }
  }

  /** All resources and data sources of this module. */
  *resources(): Iterable<ResourceInstance> {
    for (const key of this.config.resources.keys()) {
      const expansion = this.#guarded(() => this.resource(key))
      if (expansion) yield* expansion.instances
    }
  }

  /** Evaluates what no resource may have asked for, so that its problems are known. */
  check(): void {
    for (const name of this.config.locals.keys()) this.#guarded(() => this.local(name))
    for (const name of this.config.outputs.keys()) this.#guarded(() => this.output(name))
    for (const [name, { file, block }] of this.config.variables) {
      this.#guarded(() => this.variable(name))
      for (const validation of blocks(block.body, 'validation')) this.#guarded(() => this.#validate(name, file, validation))
    }
  }

  #validate(name: string, file: string, { body }: Block): void {
    const condition = attribute(body, 'condition')?.value
    if (!condition) return
    // A default is what somebody else is meant to replace, and of files only some are in the workspace.
    if (this.#inputs(name) === undefined) return
    const { log } = this.#evaluation.world.files
    const asked = log.size
    const holds = evaluate(condition, this.env(file))
    if ((holds.data !== false && holds.data !== 'false') || log.size !== asked) return
    const message = literal(body, 'error_message') ?? ''
    const failure = new Failure('Invalid value for variable', `The value of \`${name}\` is not valid here. ${message}`.trim())
    const source = this.variable(name).source
    failure.at = source ?? { file, start: condition.start, end: condition.end }
    throw failure
  }
}

const COUNT: Val = { type: 'number', data: 0, unknown: undefined, sensitive: false, source: undefined, encoded: undefined }

const NOTHING: ReadonlySet<string> = new Set()

function required(root: string, step: string | undefined): string {
  if (step === undefined)
    throw new Failure('Invalid reference', `The "${root}" object cannot be accessed directly. Instead, access one of its attributes.`)
  return step
}

function isFalse(node: Expression | undefined): boolean {
  return node?.kind === 'bool' && !node.value
}

function isTrue(node: Expression | undefined): boolean {
  return node?.kind === 'bool' && node.value
}

/** The one value, the list or the map that a reference to all instances is. */
function together<T>({ how, keys, instances }: Expansion<T>, read: (instance: T) => Val, name: string): Val {
  const [first] = instances
  if (how === 'single' && first !== undefined) return read(first)
  if (how === 'count') return tuple(instances.map(read))
  if (how === 'each') return object(new Map(keys.map((key, i) => [key, read(instances[i] as T)])))
  return unknownVal('dynamic', name)
}

/** The way from one folder to another, as `path.module` writes it. */
export function relative(from: string, to: string): string {
  if (from === to) return '.'
  const left = from === '' ? [] : from.split('/')
  const right = to === '' ? [] : to.split('/')
  let common = 0
  while (common < left.length && common < right.length && left[common] === right[common]) common++
  return [...left.slice(common).map(() => '..'), ...right.slice(common)].join('/') || '.'
}
