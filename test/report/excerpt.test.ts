import { describe, expect, test } from 'vitest'
import { type Care, excerptOf } from '../../server/report/excerpt.ts'

const OPEN: Care = { sensitive: false, mark: 'shown' }

/** `<` and `>` stand around what is marked; the result has them at its columns. */
function excerpt(marked: string, sensitive = false, mark: Care['mark'] = 'shown'): string {
  const start = marked.indexOf('<')
  const end = marked.indexOf('>', start) - 1
  const { text, start: from, end: to } = excerptOf(marked.replace('<', '').replace(/>(?!.*>)/, ''), start, end, { sensitive, mark })
  return `${text.slice(0, from)}<${text.slice(from, to)}>${text.slice(to)}`
}

describe('the shown part of a line', () => {
  test.each([
    ['  privileged: <true>', '  privileged: <true>'],
    ['  privileged: <true> # for the driver', '  privileged: <true> # for the driver'],
    ['  - name: <cart>', '  - name: <cart>'],
    ['  - - <cart>', '  - - <cart>'],
    ['  image: web:<latest>', '  image: web:<latest>'],
    ['  image: "web:<latest>" # nightly', '  image: "web:<latest>" # nightly'],
    ['  verbs: ["get", "<*>"]', '  verbs: ["get", "<*>"]'],
    ['  verbs: [<get>, list]', '  verbs: [<get>, list]'],
    ['  - {resources: [pods], verbs: [get, <create>]}', '  - … verbs: [get, <create>]}'],
    ['  <privileged>: true', '  <privileged>: true'],
    ['  <containers>:', '  <containers>:'],
    ['  "<hostPort>": 80', '  "<hostPort>": 80'],
    ['<kind>: Pod', '<kind>: …'],
  ])('%s', (marked, shown) => {
    expect(excerpt(marked)).toBe(shown)
  })

  test.each([
    ['  <password>: hunter2', '  <password>: …'],
    ['  "<password>": "hunter2"', '  "<password>": …'],
    ['  {password: hunter2, <admin>: true}', '  … <admin>: …'],
    ['  {password: hunter2, admin: <true>}', '  … admin: <true>}'],
    ['  url: http://me:hunter2@<host>/x', '  … <host>/x'],
    ['  url: http://<host>/x?key=hunter2', '  url: http://<host> …'],
    ['  url: http://<host>/x # hunter2 = key', '  url: http://<host>/x # hunter2 = key'],
    ['{"kind":"Secret","data":{"a":"hunter2"},"type":"<Opaque>"}', '… "type":"<Opaque>"}'],
    ['{"type":"<Opaque>","data":{"a":"hunter2"}}', '… "type":"<Opaque> …'],
  ])('hides what stands beside: %s', (marked, shown) => {
    expect(excerpt(marked)).toBe(shown)
  })

  test.each([
    ['  args: ["--token=hunter2", "<--insecure>"]', '  … <--insecure>"]'],
    ['  args: [<--insecure>, --token, hunter2]', '  … <--insecure> …'],
    ['  - --insecure-<port>=1 # hunter2', '  - … <port> …'],
    ['  value: <x> # hunter2', '  value: <x> …'],
    ['  - <--insecure>', '  - <--insecure>'],
  ])('shows less where any value may be a secret: %s', (marked, shown) => {
    expect(excerpt(marked, true)).toBe(shown)
  })

  test.each([
    ['  - <--token=hunter2>', '  - <--token=…>'],
    ['  - <"--token=hunter2">', '  - <"--token=…>'],
    ['  - <--token>', '  - <--token>'],
    ['  - <hunter2>', '  - <…>'],
    ['  - <"-----BEGIN PRIVATE KEY-----">', '  - <…>'],
    ['  - <--insecure=true>', '  - <--insecure=true>'],
    ['  - <--port=8080>', '  - <--port=8080>'],
  ])('shows of a flag what cannot be a secret: %s', (marked, shown) => {
    expect(excerpt(marked, true, 'flag')).toBe(shown)
  })

  test.each([
    ['  value: <hunter2>', '  value: <…>'],
    ['  value: <"hunter2"> # mine', '  value: <…> …'],
    ['  {name: A, value: <hunter2>}', '  … value: <…>}'],
    ['  value: <"true">', '  value: <"true">'],
    ['  <password>: hunter2', '  <password>: …'],
  ])('does not show a value that may be the secret itself: %s', (marked, shown) => {
    expect(excerpt(marked, true, 'hidden')).toBe(shown)
  })

  test('a minified file of megabytes is cut on both sides, at once', () => {
    const line = `${'"hunter2:":['.repeat(200_000)}"x":"MARK"${',"hunter2"'.repeat(200_000)}`
    const start = line.indexOf('MARK')
    const { text, start: from, end } = excerptOf(line, start, start + 4, OPEN)
    expect(text.slice(from, end)).toBe('MARK')
    expect(text.length).toBeLessThan(250)
    expect(text).not.toContain('hunter2')
  })

  test('a line that is cut inside a secret does not look like a line of its own', () => {
    const line = `{"a":"${'x'.repeat(300)} hunter2: ${' '.repeat(20)}","b":"MARK"}`
    const start = line.indexOf('MARK')
    expect(excerptOf(line, start, start + 4, OPEN).text).not.toContain('hunter2')
  })
})
