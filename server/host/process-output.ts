import { type Output, OutputError } from '../cli/host.ts'
import { codeOf } from './disk.ts'

/** A stream of this process. Its reader may go away (`| head`): then the rest is dropped, and nobody complains. */
export function processOutput(stream: NodeJS.WriteStream): Output {
  let closed = false
  // Every write hears of its own failure; without a listener the event would end the process.
  stream.on('error', () => {
    closed = true
  })
  return {
    isTerminal: stream.isTTY === true,
    columns: stream.columns || 80,
    write: (text) =>
      new Promise((resolve, reject) => {
        if (closed) resolve()
        else stream.write(text, (error) => (error && codeOf(error) !== 'EPIPE' ? reject(new OutputError(codeOf(error))) : resolve()))
      }),
  }
}
