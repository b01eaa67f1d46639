import fc from 'fast-check'
import type { Path, Value } from '../../../server/model/value.ts'

/** Strings that a careless writer gets wrong. */
export const text = fc.oneof(
  fc.constantFrom('', ' ', 'yes', 'NO', 'on', 'y', '0644', '1.5', '1_000', '0x1F', '1e3', '.5', '.inf', '~', 'null', 'true'),
  fc.constantFrom('2001-01-01', '12:30:45', '<<', '=', '- a', '-', '--x', '---', '... ', '#', 'a #b', 'a: b', 'a:', ':a', '?', '? a'),
  fc.constantFrom(
    '{a}',
    '[b',
    ']',
    '*a',
    '&a',
    '!a',
    '|',
    '>',
    '%a',
    '@a',
    '`a`',
    '"',
    "'",
    "it's",
    'say "x"',
    '\\',
    'a\\nb',
    '\x24{X}',
    '{{ x }}',
  ),
  fc.constantFrom(
    'a\nb',
    'a\nb\n',
    'a\n\n',
    '\na',
    '  a\nb',
    'a\n  b\n',
    'a \nb',
    'a\n \n',
    'a\tb',
    '\t',
    'a\r\nb',
    'é',
    '😀',
    '\u0085',
    '\u2028',
    '\ufeff',
    '\u0001',
  ),
  fc.string({ maxLength: 12 }),
  fc.string({ unit: fc.constantFrom('a', ' ', '\n', ':', '#', '-', "'", '"', ',', '1'), maxLength: 12 }),
)

export const key = fc.oneof(fc.constantFrom('name', 'app.kubernetes.io/name', 'a b', 'k1'), text).filter((name) => !name.includes('\u0000'))

const scalar = fc.oneof(text, fc.constantFrom<Value>(null, true, false, 0, 1, -1, 8080, 1.5, 1e21, 1e-7, 123456789012), fc.integer())

export const value: fc.Arbitrary<Value> = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    scalar,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).value

/** Every path in a value, the root's first. */
export function pathsOf(body: Value | undefined): Path[] {
  const below = (at: Value | undefined): [string | number, Value][] =>
    Array.isArray(at) ? at.map((item, i) => [i, item]) : typeof at === 'object' && at !== null ? Object.entries(at) : []
  return [[], ...below(body).flatMap(([step, item]) => pathsOf(item).map((path): Path => [step, ...path]))]
}
