import { relative } from 'node:path'
import { parseYaml } from '../../../server/syntax/yaml/index.ts'
import { faultsOf, mutations, render } from '../../sources/chart/provenance.ts'
import { chartsBelow, filesOf } from './charts.ts'

const [root] = process.argv.slice(2)
if (!root) {
  console.error('npm run conformance:provenance -- <folder of charts>   (MAX=<values a chart>)')
  process.exit(2)
}
const max = Number(process.env['MAX'] ?? 30)
let [charts, changed, faults] = [0, 0, 0]
for (const folder of chartsBelow(root)) {
  const files = filesOf(folder)
  const values = files.get('values.yaml')
  const before = values && render(files, '')
  if (!values || before?.failure || !before) continue
  charts++
  const all = mutations(values, { text: values.text, body: parseYaml(values.text).body })
  const step = Math.max(1, Math.floor(all.length / max))
  for (const { path, file } of all.filter((_, i) => i % step === 0)) {
    const after = render(new Map([...files, ['values.yaml', file]]), '')
    if (after.failure) continue
    changed++
    for (const { value, template, what } of faultsOf(before, after, 'values.yaml', path)) {
      faults++
      console.log(`${relative(root, folder)}: ${value} in ${template} ${what}`)
    }
  }
}
console.log(`${charts} charts, ${changed} values changed, ${faults} faults`)
process.exit(faults === 0 ? 0 : 1)
