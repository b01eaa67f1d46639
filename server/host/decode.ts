import type { SourceFile } from '../sources/unit.ts'
import { unread } from '../sources/unread.ts'

/** How many bytes decide whether a file is binary, as in git. */
const SNIFF = 8000

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The text of a file's bytes; what is no text is a file with a problem, and its bytes. The byte order mark stays, so that offsets are the editor's. */
export function decode(path: string, bytes: Uint8Array): SourceFile {
  if (bytes.subarray(0, SNIFF).includes(0)) return { ...unread(path, 'This is a binary file; it is not analysed.'), bytes }
  try {
    return { path, text: utf8.decode(bytes) }
  } catch {
    return { ...unread(path, 'This is not valid UTF-8; it is not analysed.'), bytes }
  }
}
