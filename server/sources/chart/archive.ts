import { Gunzip } from 'fflate/browser'
import { cleanPath } from '../../syntax/go/path.ts'
import { decodeUtf8 } from '../../syntax/go/utf8.ts'

export interface ArchivedFile {
  /** Relative to the chart's folder. */
  readonly name: string
  readonly text: string
  readonly bytes: Uint8Array
}

/** Unpacked, a chart is a few megabytes at most; a bomb stops here. */
const MAX_BYTES = 64_000_000
const MAX_FILES = 20_000
const BLOCK = 512

/** The files of a packaged chart, or Helm's reason why it is none. */
export function readArchive(bytes: Uint8Array): readonly ArchivedFile[] | string {
  const tar = gunzip(bytes)
  return typeof tar === 'string' ? tar : readTar(tar)
}

function gunzip(bytes: Uint8Array): Uint8Array | string {
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return 'gzip: invalid header'
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    const stream = new Gunzip((chunk) => {
      length += chunk.length
      if (length > MAX_BYTES) throw new Error('too large')
      chunks.push(chunk)
    })
    // Small portions, so that what is unpacked is counted as it comes.
    for (let at = 0; at < bytes.length; at += 65536) stream.push(bytes.subarray(at, at + 65536), at + 65536 >= bytes.length)
  } catch (error) {
    return length > MAX_BYTES
      ? `unpacked, it is larger than ${MAX_BYTES / 1_000_000} MB`
      : `gzip: ${error instanceof Error ? error.message : 'broken'}`
  }
  const whole = new Uint8Array(length)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

function readTar(tar: Uint8Array): readonly ArchivedFile[] | string {
  const files: ArchivedFile[] = []
  let longName: string | undefined
  for (let at = 0; at + BLOCK <= tar.length; ) {
    const header = tar.subarray(at, at + BLOCK)
    if (header.every((byte) => byte === 0)) break
    const size = readSize(header)
    if (size === undefined || at + BLOCK + size > tar.length) return 'unexpected EOF'
    const content = tar.subarray(at + BLOCK, at + BLOCK + size)
    const type = String.fromCharCode(header[156] ?? 0)
    const name = longName ?? headerName(header)
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
    if (type === 'L') {
      longName = cString(content)
      continue
    }
    if (type === 'x') {
      longName = /(?:^|\n)\d+ path=([^\n]*)/.exec(decodeUtf8(content))?.[1] ?? longName
      continue
    }
    longName = undefined
    if ((type !== '0' && type !== '\0') || name.endsWith('/')) continue
    const inner = insideChart(name)
    if ('error' in inner) return inner.error
    if (files.length >= MAX_FILES) return `it holds more than ${MAX_FILES} files`
    const body = content[0] === 0xef && content[1] === 0xbb && content[2] === 0xbf ? content.subarray(3) : content
    files.push({ name: inner.name, text: decodeUtf8(body), bytes: body })
  }
  return files.length === 0 ? 'no files in chart archive' : files
}

/** The path below the chart's own folder; packages made on Windows have backslashes. */
function insideChart(name: string): { readonly name: string } | { readonly error: string } {
  const parts = name.split(name.includes('\\') ? '\\' : '/')
  const inner = parts.slice(1).join('/')
  if (inner.startsWith('/')) return { error: 'chart illegally contains absolute paths' }
  const clean = cleanPath(inner)
  if (clean === '.') return { error: `chart illegally contains content outside the base directory: ${JSON.stringify(name)}` }
  if (clean.startsWith('..')) return { error: 'chart illegally references parent directory' }
  if (/^[a-zA-Z]:\//.test(clean)) return { error: 'chart contains illegally named files' }
  if (parts[0] === 'Chart.yaml') return { error: 'chart yaml not in base directory' }
  return { name: clean }
}

function headerName(header: Uint8Array): string {
  const name = cString(header.subarray(0, 100))
  const prefix = cString(header.subarray(257, 262)) === 'ustar' ? cString(header.subarray(345, 500)) : ''
  return prefix === '' ? name : `${prefix}/${name}`
}

function cString(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return decodeUtf8(end < 0 ? bytes : bytes.subarray(0, end))
}

function readSize(header: Uint8Array): number | undefined {
  const field = header.subarray(124, 136)
  if (((field[0] ?? 0) & 0x80) !== 0) return undefined
  const text = cString(field).trim()
  return text === '' ? 0 : /^[0-7]+$/.test(text) ? Number.parseInt(text, 8) : undefined
}
