import { compareVersions, parseConstraint, parseVersion, printVersion, type Rules, satisfies, type Version } from '../../go/semver.ts'
import { GoError } from '../errors.ts'
import { func, type GoFunction } from '../function.ts'
import type { Origin } from '../provenance.ts'
import { textOf } from '../text.ts'
import { bool, computedOf, type GoStruct, type GoValue, int, originOfValue } from '../value.ts'
import { text } from './args.ts'

const TYPE = 'semver.Version'

/** Versions by the value that stands for them. */
const versions = new WeakMap<GoStruct, Version>()

/** `semver` and `semverCompare` as the given major version of Helm has them. */
export function versionFunctions(rules: Rules): readonly (readonly [string, GoFunction])[] {
  return [
    ['semver', func('string', (args) => versionValue(read(text(args, 0).text, rules), originOfValue(text(args, 0))))],
    [
      'semverCompare',
      func('string, string', (args) => {
        const constraint = parseConstraint(text(args, 0).text)
        if (typeof constraint === 'string') throw new GoError(constraint)
        return bool(satisfies(read(text(args, 1).text, rules), constraint, rules), computedOf(args))
      }),
    ],
  ]
}

function read(written: string, rules: Rules): Version {
  const version = parseVersion(written)
  if (typeof version !== 'string') return version
  throw new GoError(rules === 4 ? version.toLowerCase() : version)
}

function versionValue(version: Version, origin: Origin): GoStruct {
  const value: GoStruct = { kind: 'struct', type: TYPE, pointer: true, fields: new Map(), string: printVersion(version), origin }
  versions.set(value, version)
  return value
}

const METHODS: Readonly<Record<string, GoFunction>> = {
  Major: property((version, origin) => int(version.major, origin, 'uint64')),
  Minor: property((version, origin) => int(version.minor, origin, 'uint64')),
  Patch: property((version, origin) => int(version.patch, origin, 'uint64')),
  Prerelease: property((version, origin) => textOf(version.pre, origin)),
  Metadata: property((version, origin) => textOf(version.metadata, origin)),
  Original: property((version, origin) => textOf(version.original, origin)),
  String: property((version, origin) => textOf(printVersion(version), origin)),
  IncMajor: property((version, origin) => next({ ...version, major: version.major + 1n, minor: 0n, patch: 0n }, origin)),
  IncMinor: property((version, origin) => next({ ...version, minor: version.minor + 1n, patch: 0n }, origin)),
  IncPatch: property((version, origin) => next(version.pre === '' ? { ...version, patch: version.patch + 1n } : version, origin)),
  Compare: comparison((order, args) => int(order, computedOf(args))),
  Equal: comparison((order, args) => bool(order === 0, computedOf(args))),
  LessThan: comparison((order, args) => bool(order < 0, computedOf(args))),
  GreaterThan: comparison((order, args) => bool(order > 0, computedOf(args))),
}

export function versionMethod(receiver: GoValue, name: string): GoFunction | undefined {
  return receiver.kind === 'struct' && receiver.type === TYPE && Object.hasOwn(METHODS, name) ? METHODS[name] : undefined
}

function property(answer: (version: Version, origin: Origin) => GoValue): GoFunction {
  return func(`*${TYPE}`, ([receiver]) => answer(versionOf(receiver), receiver ? originOfValue(receiver) : computedOf([])))
}

function comparison(answer: (order: number, args: readonly GoValue[]) => GoValue): GoFunction {
  return func(`*${TYPE}, *${TYPE}`, (args) => answer(compareVersions(versionOf(args[0]), versionOf(args[1])), args))
}

function versionOf(value: GoValue | undefined): Version {
  const version = value?.kind === 'struct' ? versions.get(value) : undefined
  if (!version) throw new GoError('runtime error: invalid memory address or nil pointer dereference')
  return version
}

function next(version: Version, origin: Origin): GoStruct {
  const bare = { ...version, pre: '', metadata: '' }
  const value = versionValue({ ...bare, original: (version.original.startsWith('v') ? 'v' : '') + printVersion(bare) }, origin)
  // Go hands these out as values, not as pointers; printing them is the same.
  return value
}
