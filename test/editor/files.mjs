// A read-only web server for one folder. VS Code runs no web worker of an extension that comes from a remote
// file system, so in the web worker host the extension comes from here, as it would from the Marketplace.
import { createReadStream, realpathSync, statSync } from 'node:fs'
import { createServer } from 'node:http'
import { extname, join, normalize, sep } from 'node:path'

const TYPES = { '.js': 'text/javascript', '.cjs': 'text/javascript', '.json': 'application/json', '.png': 'image/png' }

export async function serveFolder(folder) {
  const root = realpathSync(folder)
  const headers = {
    'Access-Control-Allow-Origin': '*',
    'Access-Control-Allow-Headers': '*',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  }
  const server = createServer((request, response) => {
    const file = find(root, request.url)
    if (request.method === 'OPTIONS') response.writeHead(204, headers).end()
    else if (!file) response.writeHead(404, headers).end()
    else
      createReadStream(file).pipe(
        response.writeHead(200, { ...headers, 'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream' }),
      )
  })
  await new Promise((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const authority = `127.0.0.1:${server.address().port}`
  return {
    uri: (path) => ({ scheme: 'http', authority, path }),
    async stop() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}

function find(root, url) {
  try {
    const file = realpathSync(join(root, normalize(decodeURIComponent(new URL(url, 'http://localhost').pathname))))
    return file.startsWith(root + sep) && statSync(file).isFile() ? file : undefined
  } catch {
    return undefined
  }
}
