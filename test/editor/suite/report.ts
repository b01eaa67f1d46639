export const OPTIONS = { ui: 'tdd', color: false, timeout: 60_000 } as const

/** Closes a run with the line `N passed, N failed`; rejects when there are failures or nothing ran. */
export function report(runner: Mocha.Runner, resolve: () => void, reject: (error: Error) => void): void {
  runner.on('end', () => {
    const { passes = 0, failures = 0 } = runner.stats ?? {}
    console.log(`${passes} passed, ${failures} failed`)
    if (failures > 0 || passes === 0) reject(new Error(`${failures} failed`))
    else resolve()
  })
}
