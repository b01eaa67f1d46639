import { basePath, cleanPath, dirPath, extPath } from '../../go/path.ts'
import { hostname, parseUrl, printUrl } from '../../go/url.ts'
import { GoError } from '../errors.ts'
import { func, type GoFunction } from '../function.ts'
import { computedFrom, originsOf } from './origins.ts'
import { textOf } from '../text.ts'
import { ANY_MAP, bool, type GoMap, kindOf, map, originOfValue, setEntry } from '../value.ts'
import { dict, text } from './args.ts'

type Named = readonly (readonly [string, GoFunction])[]

function onPath(change: (path: string) => string): GoFunction {
  return func('string', (args) => {
    const given = text(args, 0)
    const result = change(given.text)
    return result === given.text ? given : textOf(result, originOfValue(given))
  })
}

const isAbs = func('string', (args) => bool(text(args, 0).text.startsWith('/'), originOfValue(text(args, 0))))

export const PATHS: Named = [
  ['base', onPath(basePath)],
  ['dir', onPath(dirPath)],
  ['clean', onPath(cleanPath)],
  ['ext', onPath(extPath)],
  ['isAbs', isAbs],
  ['osBase', onPath(basePath)],
  ['osDir', onPath(dirPath)],
  ['osClean', onPath(cleanPath)],
  ['osExt', onPath(extPath)],
  ['osIsAbs', isAbs],
  ['urlParse', func('string', (args) => urlParse(text(args, 0).text, originOfValue(text(args, 0))))],
  ['urlJoin', func(ANY_MAP, (args) => textOf(urlJoin(dict(args, 0)), computedFrom(originsOf(dict(args, 0)))))],
]

function urlParse(given: string, origin: GoMap['origin']): GoMap {
  const url = parseUrl(given)
  if ('error' in url) throw new GoError(`unable to parse url: ${url.error}`)
  const result = map([], origin)
  const parts = {
    scheme: url.scheme,
    host: url.host,
    hostname: hostname(url.host),
    path: url.path,
    query: url.query,
    opaque: url.opaque,
    fragment: url.fragment,
    userinfo: url.userinfo ?? '',
  }
  for (const [key, part] of Object.entries(parts)) setEntry(result, key, textOf(part, origin))
  return result
}

function urlJoin(given: GoMap): string {
  const part = (key: string): string => {
    const found = given.entries.get(key)?.value
    if (!found) return ''
    if (found.kind !== 'string') throw new GoError(`unable to parse ${key} key, must be of type string, but ${kindOf(found)} found`)
    return found.text
  }
  const userinfo = part('userinfo')
  return printUrl({
    scheme: part('scheme'),
    opaque: part('opaque'),
    userinfo: userinfo === '' ? undefined : userinfo,
    host: part('host'),
    path: part('path'),
    query: part('query'),
    fragment: part('fragment'),
  })
}
