// Stands in for VS Code's native log writer: the same calls, plain appends, no rotation.
const { appendFileSync, mkdirSync } = require('node:fs')
const { dirname } = require('node:path')

const LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'critical']

class Logger {
  #file
  #level = 2
  #raw = false

  constructor(_name, file) {
    this.#file = file
    attempt(() => mkdirSync(dirname(file), { recursive: true }))
    LEVELS.forEach((level, i) => {
      this[level] = (message) => this.#write(i, message)
    })
  }

  #write(level, message) {
    if (level < this.#level || this.#file === undefined) return
    const line = this.#raw ? message : `${new Date().toISOString()} [${LEVELS[level]}] ${message}\n`
    attempt(() => appendFileSync(this.#file, line))
  }

  getLevel() {
    return this.#level
  }
  setLevel(level) {
    this.#level = level
  }
  clearFormatters() {
    this.#raw = true
  }
  setPattern() {}
  flush() {}
  drop() {
    this.#file = undefined
  }
}

/** The data folder is removed while the server goes down; a lost log line is no failure. */
function attempt(write) {
  try {
    write()
  } catch {}
}

const create = async (name, file) => new Logger(name, file)

// One by one: that is how a module's names are found by those that import it.
exports.version = 0
exports.setLevel = () => {}
exports.setFlushOn = () => {}
exports.shutdown = () => {}
exports.Logger = Logger
exports.createRotatingLogger = create
exports.createAsyncRotatingLogger = create
