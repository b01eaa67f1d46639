import { expect, test } from 'vitest'
import { linksFromRoot } from '../../client/links.ts'

test.each([
  ['a file', '[a.yaml](a.yaml)', '[a.yaml](/a.yaml)'],
  ['a line of a file in a folder', '- [line 3](deploy/a%20b.yaml#L3) text', '- [line 3](/deploy/a%20b.yaml#L3) text'],
  ['several in a line', '[a](a) and [b](b)', '[a](/a) and [b](/b)'],
  ['an address', '[x](https://example.com/)', '[x](https://example.com/)'],
  ['what is from the root already', '[x](/a)', '[x](/a)'],
  ['a heading', '[x](#findings)', '[x](#findings)'],
  ['escaped brackets of a message', 'image \\[a\\](b)', 'image \\[a\\](b)'],
])('links from the root: %s', (_, before, after) => {
  expect(linksFromRoot(before)).toBe(after)
})
