// Stands in for a native module: ends the extension host when the process that started it is gone.
const EXIT_CODE = 87

exports.start = (pid) => {
  setInterval(() => {
    try {
      process.kill(pid, 0)
    } catch (error) {
      if (error.code === 'ESRCH') process.exit(EXIT_CODE)
    }
  }, 2000).unref()
}
exports.exit = (code) => process.exit(code)
