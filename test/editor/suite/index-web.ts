// What a web worker extension host calls to run the suite.
import 'mocha/mocha.js'
import { OPTIONS, report } from './report.ts'

export async function run(): Promise<void> {
  // The reporter of the browser build draws into a page, which a worker does not have.
  mocha.setup({ ...OPTIONS, reporter: 'spec' })
  await import('./extension.test.ts')
  await new Promise<void>((resolve, reject) => report(mocha.run(), resolve, reject))
}
