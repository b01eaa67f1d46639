import { builtins } from '../builtins.ts'
import type { GoFunction } from '../function.ts'
import type { GoValue } from '../value.ts'
import { dataFunctions } from './data.ts'
import { DATES, timeMethod } from './dates.ts'
import { DEFAULTS } from './defaults.ts'
import { DICTS } from './dicts.ts'
import { ENCODING } from './encoding.ts'
import { LISTS } from './lists.ts'
import { NUMBERS } from './numbers.ts'
import { PATHS } from './paths.ts'
import { REGEX } from './regex.ts'
import { SECRETS } from './secrets.ts'
import { STRINGS } from './strings.ts'
import { versionFunctions, versionMethod } from './versions.ts'

/** All functions that need no chart: Go's own, those of sprig, and Helm's for data. Later ones replace earlier ones. */
export function templateFunctions(helm: 3 | 4): Map<string, GoFunction> {
  return new Map([
    ...builtins(helm === 4 ? '1.24' : '1.23'),
    ...STRINGS,
    ...LISTS,
    ...DICTS,
    ...NUMBERS,
    ...DEFAULTS,
    ...ENCODING,
    ...PATHS,
    ...REGEX,
    ...DATES,
    ...SECRETS,
    ...versionFunctions(helm),
    ...dataFunctions(helm),
  ])
}

/** Methods of the values that those functions make. */
export function valueMethod(receiver: GoValue, name: string): GoFunction | undefined {
  return timeMethod(receiver, name) ?? versionMethod(receiver, name)
}
