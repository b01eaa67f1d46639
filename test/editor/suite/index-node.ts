// What a Node extension host calls to run the suite.
import Mocha from 'mocha'
import { OPTIONS, report } from './report.ts'

export async function run(): Promise<void> {
  const mocha = new Mocha(OPTIONS)
  mocha.suite.emit('pre-require', globalThis, '', mocha)
  await import('./extension.test.ts')
  await new Promise<void>((resolve, reject) => report(mocha.run(), resolve, reject))
}
